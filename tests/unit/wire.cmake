# SPDX-License-Identifier: Apache-2.0
# Tests of bf_wire. wire_world: a log, a hub and golden files, in memory.
add_library(wire_world STATIC ${CMAKE_CURRENT_LIST_DIR}/wire_world.c)
target_link_libraries(wire_world PUBLIC bf_flags bf_wire bf_rng PkgConfig::CMOCKA)
target_compile_definitions(wire_world PRIVATE GOLDEN_DIR="${CMAKE_SOURCE_DIR}/tests/golden")

# give_fx: a station, a hub that says what it is told to, and a driver between.
add_library(give_fx STATIC ${CMAKE_CURRENT_LIST_DIR}/give_fx.c)
target_link_libraries(give_fx PUBLIC wire_world)
foreach(name give give_hub)
	unit_test(${name} give_fx)
endforeach()
foreach(name frame pack message take sync_pair golden_session rpc method token)
	unit_test(${name} wire_world)
endforeach()
# A second implementation, made from protocol/README.md alone, reads the same bytes.
add_test(NAME golden_session_py COMMAND /usr/bin/python3 ${CMAKE_CURRENT_LIST_DIR}/golden_session.py)
set_tests_properties(golden_session_py PROPERTIES LABELS unit)
# The compressor is called directly only to make bombs.
target_link_libraries(unit_pack PRIVATE PkgConfig::ZSTD)
# Memory that fails: our own calls only; libraries keep theirs.
target_link_options(unit_sync_pair PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
