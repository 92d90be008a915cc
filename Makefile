# Thin wrappers over CMake presets and named packages. `make demo` and `make test` are all a newcomer needs.
JOBS ?= $(shell nproc)
SEEDS ?= 20000

.PHONY: demo test build deps clean bench sim fuzz mutants faults
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
clean:
	@rm -rf build demo-run
