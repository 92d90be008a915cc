# Tests of bf_store. store_world: a store in a directory of its own, and entries whose meaning is known.
add_library(store_world STATIC ${CMAKE_CURRENT_LIST_DIR}/store_world.c)
target_link_libraries(store_world PUBLIC bf_flags bf_store bf_rng PkgConfig::CMOCKA)

foreach(name store journal keys tally view place roster peer epoch check)
	unit_test(${name} store_world)
endforeach()
unit_test(bounds store_world bf_wire)
# The disk is broken where our own calls reach it.
foreach(call statvfs pwrite fdatasync mdb_txn_commit mdb_cursor_put)
	target_link_options(unit_store PRIVATE -Wl,--wrap=${call})
endforeach()
target_link_libraries(unit_store PRIVATE PkgConfig::LMDB)
