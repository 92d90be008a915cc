#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""programs.py -- the two programs of a build (BF_BUILD) are fit to be handed out: see judge.py."""
import os
import sys
import unittest
from pathlib import Path

import judge

BUILD = Path(os.environ.get("BF_BUILD") or sys.exit("BF_BUILD must name a build directory"))
PROGRAMS = (BUILD / "daemon" / "bangfud", BUILD / "client" / "bangfu")


class Programs(unittest.TestCase):
    def none(self, check):
        self.assertEqual(judge.judge(PROGRAMS[0], [check]) + judge.judge(PROGRAMS[1], [check]), [])

    def test_both_are_hardened(self):
        self.none(judge.hardened)

    def test_neither_needs_more_than_glibc_2_28_and_openssl_1_1_1(self):
        self.none(judge.symbols)

    def test_every_library_linked_is_known_and_allows_our_licence(self):
        self.none(judge.libraries)

    def test_no_row_speaks_of_a_library_that_is_no_longer_linked(self):
        linked = {soname.split(".so")[0] for program in PROGRAMS for soname in judge.needed(program)}
        self.assertEqual(set(judge.table()) - linked, set())

    def test_no_symbol_is_explained_that_nobody_asks_for(self):
        asked = {name for program in PROGRAMS for name, _ in judge.wanted(program)}
        openssl = set().union(*(names for version, names in judge.explained().items() if version.startswith("OPENSSL")))
        self.assertEqual(openssl - asked, set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
