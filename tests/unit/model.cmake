# SPDX-License-Identifier: Apache-2.0
# Tests of bf_model. model_world: records of chance, a resolver that knows everybody, golden files.
add_library(model_world STATIC ${CMAKE_CURRENT_LIST_DIR}/model_world.c)
target_link_libraries(model_world PUBLIC bf_flags bf_model bf_rng PkgConfig::CMOCKA)
target_compile_definitions(model_world PRIVATE GOLDEN_DIR="${CMAKE_SOURCE_DIR}/tests/golden")

foreach(name bytes mp division calendar person money near pinyin look entry chain schema fault)
	unit_test(${name} model_world)
endforeach()
# record_fx: one record, set and read in text.
add_library(record_fx STATIC ${CMAKE_CURRENT_LIST_DIR}/record_fx.c)
target_link_libraries(record_fx PUBLIC model_world)
foreach(name record record_key record_older record_rules record_each flag)
	unit_test(${name} record_fx)
endforeach()
target_compile_definitions(unit_record_older PRIVATE GOLDEN_DIR="${CMAKE_SOURCE_DIR}/tests/golden")
# The other side of the wall, called directly only to compare mp_scan with it.
target_link_libraries(unit_mp PRIVATE PkgConfig::MSGPACK)

add_test(NAME purity COMMAND ${CMAKE_CURRENT_LIST_DIR}/purity.sh ${CMAKE_SOURCE_DIR}
	$<TARGET_FILE:bf_model> $<TARGET_FILE:bf_wire>)
add_test(NAME purity_refuses COMMAND ${CMAKE_CURRENT_LIST_DIR}/purity_refuses.sh ${CMAKE_C_COMPILER}
	${CMAKE_CURRENT_LIST_DIR}/purity.sh)
# protocol/KINDS.md is what the program has.
add_executable(schema_table ${CMAKE_CURRENT_LIST_DIR}/schema_table.c)
target_link_libraries(schema_table PRIVATE bf_model)
add_test(NAME schema_table COMMAND ${CMAKE_CURRENT_LIST_DIR}/schema_table.sh
	$<TARGET_FILE:schema_table> ${CMAKE_SOURCE_DIR}/protocol/KINDS.md)
set_tests_properties(purity purity_refuses schema_table PROPERTIES LABELS unit)
