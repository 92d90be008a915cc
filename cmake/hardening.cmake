# SPDX-License-Identifier: Apache-2.0
# What every program of ours is built with, whoever builds it; tests/release/hardened.sh reads it off the programs.
# Distributions pass most of this themselves; on the machine of a county's technician nobody does.
include(CheckCCompilerFlag)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
	set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release, RelWithDebInfo, MinSizeRel or None" FORCE)
endif()

# -fPIE by name: CMake would give static libraries -fPIC, whose calls go through tables they do not need.
target_compile_options(bf_flags INTERFACE -fPIE)
target_link_options(bf_flags INTERFACE -pie LINKER:-z,relro,-z,now,-z,noexecstack)

# Of one processor or one compiler only.
foreach(flag stack-protector-strong stack-clash-protection cf-protection)
	string(MAKE_C_IDENTIFIER BF_HAS_${flag} has)
	check_c_compiler_flag(-f${flag} ${has})
	if(${has})
		target_compile_options(bf_flags INTERFACE -f${flag})
	endif()
endforeach()

# Fortify wants an optimiser, and hides from the sanitizers what they look for. -U: a distribution may have defined it.
if(NOT BF_SANITIZE)
	foreach(config Release RelWithDebInfo MinSizeRel)
		target_compile_options(bf_flags INTERFACE
			$<$<CONFIG:${config}>:-U_FORTIFY_SOURCE> $<$<CONFIG:${config}>:-D_FORTIFY_SOURCE=2>)
	endforeach()
endif()
