# SPDX-License-Identifier: Apache-2.0
# The local socket, by a client of which nobody here wrote the codec (python3-msgpack).
foreach(part methods methods_correct methods_find methods_figures methods_import methods_hub methods_socket)
	add_test(NAME daemon_${part} COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/${part}_test.py)
	set_tests_properties(daemon_${part} PROPERTIES LABELS daemon TIMEOUT 600 ENVIRONMENT "BF_BUILD=${CMAKE_BINARY_DIR}")
endforeach()

add_executable(daemon_cut cut.c)
target_link_libraries(daemon_cut PRIVATE bf_flags bf_daemon bf_rng PkgConfig::CMOCKA)
add_test(NAME daemon_cut COMMAND daemon_cut)
set_tests_properties(daemon_cut PROPERTIES LABELS unit)
