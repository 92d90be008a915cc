# Tests of bf_wire. wire_world: a log, a hub and golden files, in memory.
add_library(wire_world STATIC ${CMAKE_CURRENT_LIST_DIR}/wire_world.c)
target_link_libraries(wire_world PUBLIC bf_flags bf_wire bf_rng PkgConfig::CMOCKA)
target_compile_definitions(wire_world PRIVATE GOLDEN_DIR="${CMAKE_SOURCE_DIR}/tests/golden")

foreach(name frame pack message give take sync_pair rpc method token)
	unit_test(${name} wire_world)
endforeach()
# The compressor is called directly only to make bombs.
target_link_libraries(unit_pack PRIVATE PkgConfig::ZSTD)
# Memory that fails: our own calls only; libraries keep theirs.
target_link_options(unit_sync_pair PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
