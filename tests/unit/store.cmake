# SPDX-License-Identifier: Apache-2.0
# Tests of bf_store. store_world: a store in a directory of its own, and entries whose meaning is known.
add_library(store_world STATIC ${CMAKE_CURRENT_LIST_DIR}/store_world.c)
target_link_libraries(store_world PUBLIC bf_flags bf_store bf_rng PkgConfig::CMOCKA)

foreach(name store store_open store_pair hurt journal keys tally view versions view_about view_look place roster roster_news acts peer epoch snapshot check)
	unit_test(${name} store_world)
endforeach()
unit_test(bounds store_world bf_wire)
# The disk is broken where our own calls reach it.
add_library(store_breaks STATIC ${CMAKE_CURRENT_LIST_DIR}/store_breaks.c)
target_link_libraries(store_breaks PUBLIC store_world PRIVATE PkgConfig::LMDB)
foreach(call statvfs pwrite fdatasync mdb_txn_commit mdb_cursor_put)
	target_link_options(store_breaks INTERFACE -Wl,--wrap=${call})
endforeach()
foreach(name store_disk store_gross store_room malformed flags)
	unit_test(${name} store_breaks)
endforeach()
# The store of the field is packed.
target_link_libraries(unit_malformed PRIVATE PkgConfig::ZSTD)
