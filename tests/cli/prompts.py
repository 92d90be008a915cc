#!/usr/bin/python3
"""prompts.py -- on a terminal what is missing is asked for; off a terminal it is a fault. The terminal is a real one (pty)."""
import os
import pty
import select
import time
import unittest

import fake_node
from world import BANGFU, DONE, REF, REFUSED, USAGE, World


class Prompts(World):
    def converse(self, argv, answers, lang="zh"):
        """Run on a pty; for each (text to wait for, what to type). Returns (exit code, all that was shown)."""
        pid, fd = pty.fork()
        if pid == 0:
            try:
                os.execvpe(BANGFU, [BANGFU, "--dir", self.dir.name, "--lang", lang, *argv], self.environment(TERM="xterm"))
            finally:
                os._exit(127)  # else the child would run the tests too
        shown, at = "", 0
        end = time.monotonic() + 30
        waiting = list(answers)
        raw = b""
        while time.monotonic() < end:
            if waiting and waiting[0][0] in shown[at:]:
                at = shown.index(waiting[0][0], at) + len(waiting[0][0])
                os.write(fd, waiting.pop(0)[1].encode())
            if not select.select([fd], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(fd, 4096)
            except OSError:
                data = b""
            if not data:
                break
            raw += data
            shown = raw.decode(errors="replace")
        else:
            os.kill(pid, 9)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self.assertEqual(waiting, [], shown)
        return code, shown

    def test_each_missing_required_field_is_asked_for_with_its_words(self):
        code, shown = self.converse(["visit"], [("走访户", "1507\n"), ("走访目的：", "集中排查\n")])
        self.assertEqual(code, DONE, shown)
        self.assertIn("  2 集中排查", shown)
        self.assertRegex(shown, f"已保存 走访 .* {REF}")
        self.assertEqual(self.asked("log"), [{"kind": "visit", "fields": {"households": "1507", "purpose": "集中排查"}}])

    def test_only_a_field_that_takes_several_asks_for_several(self):
        code, shown = self.converse(["member"], [("所在户", "\x04")])
        self.assertEqual(code, USAGE, shown)
        self.assertIn("所在户（一个编号或记录号）", shown)
        code, shown = self.converse(["visit"], [("走访户", "\x04")])
        self.assertIn("走访户（编号，多个用逗号分开）", shown)

    def test_a_hyphen_is_asked_for_and_so_is_a_name_that_is_missing(self):
        code, shown = self.converse(["member", "--household", "1", "--id", "-"], [("证件号码：", "11010519491231002X\n"), ("姓名：", "王测一\n")])
        self.assertEqual(code, DONE, shown)
        self.assertEqual(self.asked("log")[0]["fields"], {"household": "1", "id": "11010519491231002X", "name": "王测一"})
        code, shown = self.converse(["enrol", "-"], [("登记码：", "bangfu://h:1/x\n")])
        self.assertEqual((code, self.asked("enrol")), (DONE, [{"token": "bangfu://h:1/x"}]), shown)
        code, shown = self.converse(["show", "-"], [("编号或证件号码：", "1507\n")])
        self.assertEqual((code, self.asked("show")[0]["key"]), (DONE, "1507"), shown)

    def test_questions_are_in_the_readers_language(self):
        code, shown = self.converse(["visit", "--households", "1"], [("why: ", "2\n")], lang="en")
        self.assertEqual(code, DONE, shown)
        self.assertIn("  2 screening", shown)

    def test_what_cannot_be_right_is_asked_again(self):
        code, shown = self.converse(["visit", "--households", "1"], [("走访目的：", "跳舞\n"), ("走访目的：", "\n"), ("走访目的：", "1\n")])
        self.assertEqual(code, DONE, shown)
        self.assertEqual(shown.count("请再输入一次"), 2)
        self.assertEqual(self.asked("log")[-1]["fields"]["purpose"], "1")

    def test_what_the_node_refuses_is_said_and_asked_again(self):
        def log(params):
            if params["fields"]["households"] != "1508":
                raise fake_node.Refused("subject_unknown", "没有户编号 1507", "no household 1507", where="households")
            return {"ref": REF, "kind": "visit", "subject": REF, "fields": {}}

        self.methods["log"] = log
        code, shown = self.converse(["visit", "--households", "1507", "--purpose", "1"], [("没有户编号 1507", ""), ("走访户", "1508\n")])
        self.assertEqual(code, DONE, shown)
        self.assertIn(REF, shown)

    def test_the_end_of_input_saves_nothing(self):
        code, shown = self.converse(["visit"], [("走访户", "\x04")])
        self.assertEqual(code, USAGE, shown)
        self.assertEqual(self.asked("log"), [])

    def test_off_a_terminal_nothing_is_asked(self):
        code, out, err = self.run_bangfu("visit", lang="zh")
        self.assertEqual((code, out), (USAGE, ""))
        self.assertIn("households", err)

        def log(params):
            raise fake_node.Refused("x", "不对", "wrong", where="purpose")

        self.methods["log"] = log
        self.assertEqual(self.run_bangfu("visit", "--households", "1", "--purpose", "1")[0], REFUSED)


if __name__ == "__main__":
    unittest.main(verbosity=2)
