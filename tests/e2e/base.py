# SPDX-License-Identifier: Apache-2.0
"""base.py -- what every end-to-end test stands on: a rig per test, removed with all its daemons afterwards."""
import os
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import rig  # noqa: E402

VILLAGE_A = "150722102200"  # 莫力达瓦达斡尔族自治旗 宝山镇 宝山村委会
VILLAGE_B = "150723100200"  # 鄂伦春自治旗 阿里河镇 齐奇岭村委会
VILLAGE_C = "150105101202"  # 赛罕区 榆林镇 东干丈村民委员会
TEAM = "150103007000"       # 回民区 钢铁路街道

CLOCK_SHIFT = rig.BUILD / "tests" / "e2e" / "libclock_shift.so"


def wrong_clock(seconds):
    """The environment of a process whose wall clock is off by so much."""
    return {"LD_PRELOAD": str(CLOCK_SHIFT), "CLOCK_SHIFT_S": str(seconds),
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}


def fast_clock(rate):
    """The environment of a process for which time passes so many times as fast."""
    return {**wrong_clock(0), "CLOCK_RATE": str(rate)}


class Case(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.rig = rig.Rig()
        self.addCleanup(self.finish)

    def finish(self):
        errors = getattr(self._outcome, "errors", None)  # 3.11 and before keep (test, error) pairs here
        result = getattr(self._outcome, "result", None)
        failed = any(e for _, e in errors or []) or bool(result and (result.failures or result.errors))
        if failed:
            for node in self.rig.nodes:
                print(f"---- log of {node.name}\n{node.log()[-2500:]}", file=sys.stderr)
        self.rig.close(failed)

    def refused(self, answer, name, code):
        """A command was refused with the named fault in both languages' own sentence and this exit code."""
        self.assertEqual(answer.code, code, answer)
        self.assertIn(name, answer.text, answer)


def main():
    unittest.main(verbosity=int(os.environ.get("BF_VERBOSE", "1")))
