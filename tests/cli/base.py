# SPDX-License-Identifier: Apache-2.0
"""base.py -- what the tests of the command line against real daemons stand on: a hub for all tests of a class, and how a node is asked."""
import csv
import io
import os
import re
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import rig  # noqa: E402
import terminal  # noqa: E402

DONE, FAILED, USAGE, NO_NODE, REFUSED = range(5)
VILLAGE = "150722102200"
PROGRAM = rig.program("bangfu", "client")


class Case(unittest.TestCase):
    maxDiff = 3000
    lang = "zh"  # unless a test names another
    node = None  # that is asked, likewise: the hub, until a class says which

    @classmethod
    def setUpClass(cls):
        cls.rig = rig.Rig()
        cls.addClassCleanup(cls.rig.close)
        cls.node = cls.hub = cls.rig.hub()

    @classmethod
    def log(cls, kind, **fields):
        """Its ref. Underscores stand for the hyphens of fields."""
        return cls.node.call("log", kind=kind, fields={k.replace("_", "-"): v for k, v in fields.items()}, again=True)["ref"]

    def ask(self, *argv, code=DONE, lang=None, node=None, stdin=None):
        done = (node or self.node).cli(*argv, lang=lang or self.lang, stdin=stdin, timeout=300)
        self.assertEqual(done.code, code, done)
        return done

    def json(self, *argv, **more):
        return self.ask(*argv, "--format", "json", **more).json()

    def csv(self, *argv, **more):
        return list(csv.DictReader(io.StringIO(self.ask(*argv, "--format", "csv", **more).out, newline="")))

    def converse(self, *argv, typed=(), lang=None, node=None, **more):
        """On a terminal; for each (text to wait for, what to type). Returns (exit code, all that was shown)."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("BANGFU_", "LC_", "LANG")) and k != "COLUMNS"}
        return terminal.shown([PROGRAM, "--dir", str((node or self.node).dir), "--lang", lang or self.lang, *argv], env, errors="replace",
                              typed=[(re.escape(text), keys) for text, keys in typed], seconds=60 * rig.SLOW, **more)
