#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""shells.py -- Tab in real bash, zsh and fish: verbs, options, words, households and places; and silence where there is no node."""
import os
import subprocess
import unittest

import base
import rig
from base import PROGRAM, VILLAGE
from screen import Screen

HEADS = {"1507221022000101": "王小山", "1507221022000102": "王小雨", "1507221022000208": "李铁柱"}
SCRIPTS = {"bash": "bangfu.bash", "zsh": "_bangfu", "fish": "bangfu.fish"}
SHELLS = {"bash": (["bash", "--norc"], "PS1='$ '; source <(bangfu completion bash)"),
          "zsh": (["zsh", "-f"], "PS1='$ '; autoload -U compinit; compinit -D; source <(bangfu completion zsh)"),
          "fish": (["fish", "--no-config"], "function fish_prompt; echo -n '$ '; end; set -g fish_autosuggestion_enabled 0; bangfu completion fish | source")}


class Shells(base.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.node = cls.station = cls.rig.station(cls.hub, "village", VILLAGE)
        for number, head in HEADS.items():
            cls.log("household", number=number, head=head)

    def sit(self, shell, directory=None):
        argv, start = SHELLS[shell]
        path = os.path.dirname(PROGRAM) + ":" + os.environ["PATH"]
        s = Screen(argv, {"PATH": path, "BANGFU_DIR": directory or self.station.dir, "BANGFU_LANG": "zh", "LC_ALL": "C.UTF-8",
                          "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=0")}, 120, 30)
        self.addCleanup(s.close)
        s.type(f"{start}; clear", "Enter")
        s.wait(r"\A\$$")
        return s

    def words(self, *argv, directory=None):
        done = subprocess.run([PROGRAM, "--dir", directory or self.station.dir, "--lang", "zh", "completion", "words", "--", *argv],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [line.split("\t")[0] for line in done.stdout.splitlines()]

    def test_the_program_prints_the_scripts_that_are_installed(self):
        for shell, name in SCRIPTS.items():
            done = subprocess.run([PROGRAM, "completion", shell], capture_output=True, text=True, check=True)
            self.assertEqual(done.stdout, (rig.ROOT / "packaging" / "completion" / name).read_text())

    def test_verbs_options_and_words_in_each_shell(self):
        for shell in SHELLS:
            with self.subTest(shell):
                s = self.sit(shell)
                s.type("bangfu vis", "Tab").wait(r"^\$ bangfu visit ?$")
                s.type("--hou", "Tab").wait(r"^\$ bangfu visit --households ?$")
                s.type("15072210220002", "Tab").wait(r"--households 1507221022000208 ?$")
                s.type("--purpose 集", "Tab").wait(r"--purpose 集中排查 ?$")
                s.type("", "C-u").type("bangfu total 宝山村", "Tab").wait(r"^\$ bangfu total 宝山村委会 ?$")
                s.type("", "C-u").type("bangfu list --format j", "Tab").wait(r"--format json ?$")

    def test_a_household_is_completed_by_its_name(self):
        """Not in fish, which offers only what goes on with what was typed."""
        for shell in ("bash", "zsh"):
            with self.subTest(shell):
                s = self.sit(shell)
                s.type("bangfu visit --households 王小", "Tab", *(["Tab"] if shell == "bash" else []))
                s.wait("王小雨")
                self.assertIn("王小山", s.shown())
                s.type("山", "Tab").wait(r"--households 1507221022000101 ?$")
                s.type("", "C-u").type("bangfu show ltz", "Tab").wait(r"bangfu show 1507221022000208 ?$")

    def test_files_are_offered_where_files_are_meant(self):
        for shell in SHELLS:
            with self.subTest(shell):
                s = self.sit(shell)
                s.type(f"bangfu import {rig.ROOT}/data/divisions-", "Tab").wait(r"data/divisions-15.csv ?$")

    def test_words_come_from_the_tables(self):
        self.assertIn("之外孙女", self.words("member", "--relation", "之"))
        self.assertEqual(self.words("visit", "--purpose", "rou"), ["routine"])
        self.assertEqual(self.words("household", "--safe-water", ""), ["是", "否"])
        self.assertEqual(self.words("list", "", "--kind=v"), ["--kind=visit"])
        self.assertEqual(self.words("visit", "--households", "1507221022000208,铁柱"), ["1507221022000208,1507221022000208"])
        self.assertEqual(self.words("", "", "revo"), ["revoke"])
        self.assertIn("--again", self.words("visit", "", ""))
        self.assertEqual(self.words("completion", "", "z"), ["zsh"])

    def test_without_a_node_there_is_no_word_and_no_sentence(self):
        self.assertEqual(self.words("visit", "--households", "王", directory="/nonexistent"), [])
        self.assertEqual(self.words("total", "", "宝山", directory="/nonexistent"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
