# SPDX-License-Identifier: Apache-2.0
# Thin wrappers over CMake presets and named packages. `make demo` and `make test` are all a newcomer needs.
JOBS ?= $(shell nproc)
SEEDS ?= 20000

.PHONY: demo test build deps clean bench sim fuzz mutants faults lint deb old arm64
build: deps
	@cmake --preset release -DBF_TESTS=OFF >/dev/null && cmake --build --preset release -j $(JOBS)
deps:
	@packaging/install-deps
demo: build
	@tests/demo/demo.sh build/release
test:
	@packaging/install-deps --test
	@tests/run.sh
bench:
	@packaging/install-deps --bench
	@cmake --preset release -DBF_TESTS=ON >/dev/null && cmake --build --preset release -j $(JOBS) >/dev/null
	@tests/bench/run.sh build/release
sim:
	@packaging/install-deps --test
	@cmake --preset release -DBF_TESTS=ON >/dev/null && cmake --build --preset release -j $(JOBS) --target bfsim >/dev/null
	@build/release/tests/sim/bfsim --seeds $(SEEDS)
fuzz:
	@packaging/install-deps --test
	@cmake --preset fuzz >/dev/null && cmake --build --preset fuzz -j $(JOBS) >/dev/null
	@tests/fuzz/run.sh build/fuzz
mutants:
	@packaging/install-deps --test
	@tests/sim/mutants.sh
faults:
	@packaging/install-deps --test
	@cmake --preset release -DBF_TESTS=ON >/dev/null && cmake --build --preset release -j $(JOBS) >/dev/null
	@tests/faults/run.sh build/release
# Shell scripts, form, and clang-tidy, which takes minutes.
lint:
	@packaging/install-deps --lint
	@tests/lint/shell.sh
	@tests/lint/format.sh
	@cmake --preset clang >/dev/null && tests/lint/tidy.py build/clang
# The Debian package, judged by lintian; as root also installed, run, upgraded and removed in a bare Debian.
deb:
	@packaging/install-deps --deb
	@tests/deb/build.sh build/deb
	@if [ "$$(id -u)" = 0 ]; then tests/deb/install.sh build/deb; else echo "not root: not installed anywhere"; fi
# Built and tested on a system of the age that Kylin V10 and UOS 20 have. Root only.
old:
	@packaging/install-deps --old
	@tests/old/run.sh build/old
# Built for arm64 by the cross compiler, the unit tests run under qemu. Root only.
arm64:
	@packaging/install-deps --arm64
	@tests/arm64/run.sh build/arm64
clean:
	@rm -rf build demo-run
