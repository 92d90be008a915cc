#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""nodes.py -- how an operator and his monitor see the nodes: pages that move, words, one line and a code."""
import csv
import json
import os
import subprocess
import time
import unittest

from world import BANGFU, DONE, FAILED, NODE, NOW, NO_NODE, REFUSED, STATUS, USAGE, World, watched

DAY_MS = 86400000


def node(i, **more):
    return {**NODE, "origin": f"{i:016x}", "name": f"n{i}", "last_ms": NOW - i * 1000, **more}


def fault(name, zh="有事", en="something"):
    return {"name": name, "rc": -1, "where": "", "zh": zh, "en": en}


class Nodes(World):
    def watch(self, nodes, **more):
        self.methods["watch"] = lambda p: {**watched(nodes, p), **more}

    def listed(self, *argv):
        return [n["origin"] for n in json.loads(self.run_bangfu("nodes", *argv, "--format", "json")[1])]

    def test_all_are_listed_page_by_page_in_files_and_the_first_hundred_in_a_table(self):
        nodes = [node(i) for i in range(1, 2501)]
        want = [n["origin"] for n in nodes]
        self.watch(nodes)
        self.assertEqual(self.listed(), want)
        self.assertEqual([p.get("after") for p in self.asked("watch")], [None, f"{1000:034x}", f"{2000:034x}"])
        code, out, err = self.run_bangfu("nodes", "--format", "csv")
        self.assertEqual((code, err, [r["name"] for r in csv.DictReader(out.splitlines())]), (DONE, "", [n["name"] for n in nodes]))
        out = self.run_bangfu("nodes", lang="zh")[1]
        self.assertIn("n100 ", out)
        self.assertNotIn("n101 ", out)
        self.assertIn("列出 100 个，共 2500 个。", out)
        self.assertIn("--limit 2500", out)
        self.assertEqual(len(self.listed("--limit", 1100)), 1100)
        code, out, err = self.run_bangfu("nodes", "--limit", 3, "--format", "json")
        self.assertEqual((code, len(json.loads(out))), (DONE, 3))
        self.assertIn("Only 3 nodes are listed of 2500", err)
        self.watch([])
        self.assertEqual(self.listed(), [])
        self.assertIn("No node is enrolled yet", self.run_bangfu("nodes")[1])

    def test_a_node_that_moves_between_two_pages_is_written_once_and_none_is_left_out(self):
        nodes = [node(i) for i in range(1, 2001)]

        def moving(p):
            page = watched(nodes, p)
            if "after" not in p and len(self.asked("watch")) == 1:
                nodes.append(nodes.pop(5))  # it came and is well now: last
                nodes.insert(0, nodes.pop(1500))  # this one became the worst
            return page
        self.methods["watch"] = moving
        got = self.listed()
        self.assertEqual(len(got), len(set(got)))
        self.assertEqual(set(got), {n["origin"] for n in nodes})

    def test_a_hub_that_goes_round_in_circles_is_not_followed(self):
        self.methods["watch"] = lambda p: {**watched([node(1)], p if "after" not in p else {}), "after": "7" * 34, "count": 9}
        code, _, err = self.run_bangfu("nodes")
        self.assertEqual((code, "watch" in err), (FAILED, True), err)

    def test_filters_are_what_the_hub_is_asked_for(self):
        self.watch([node(1)])
        for argv, asked in ((("--trouble",), {"trouble": True}), (("--never", "--place", "莫旗"), {"never": True, "division": "莫旗"})):
            self.assertEqual(self.run_bangfu("nodes", *argv)[0], DONE)
            self.assertEqual(self.asked("watch")[-1], {"limit": 100, **asked})
        for argv, hours in ((("--late",), 48), (("--late=72",), 72), (("--late", "72"), 72), (("--late", "--trouble"), 48)):
            self.assertEqual(self.run_bangfu("nodes", *argv)[0], DONE)
            self.assertAlmostEqual(self.asked("watch")[-1]["before"] / 1000, time.time() - hours * 3600, delta=100)
        self.assertEqual(self.run_bangfu("nodes", "--late", "2026-11-20")[0], DONE)
        self.assertEqual(self.asked("watch")[-1]["before"], 1795104000000)  # that midnight in China
        for bad in ("--late=soon", "--late=0", "--late=2026-13-01", "--late="):
            code, _, err = self.run_bangfu("nodes", bad)
            self.assertEqual((code, "--late" in err), (USAGE, True) if bad != "--late=" else (DONE, False), err)
        self.assertEqual(self.run_bangfu("nodes", "--late", "soon")[0], USAGE)

    def test_the_reasons_are_in_words(self):
        rows = [node(1, trouble="forked", fault="fork", splits=2), node(2, trouble="rolled_back", fault="rolled_back"),
                node(3, trouble="refused", fault="from_the_future"), node(4, trouble="silent", fault="link_cut", unsent=17, head=20, seq=3),
                node(5, trouble="clock", program="0.1.0", unsent=0, clock_ms=-7200000), node(6, trouble=None, state="revoked"), node(7, trouble="from_the_future")]
        self.watch(rows)
        zh = self.run_bangfu("nodes", lang="zh")[1].splitlines()
        for line, words in zip(zh[1:], (("两份记录", "同一编号有两份记录"), ("退回旧数据", "较旧的一份"), ("同步出错", "from_the_future"), ("多日没来", "17", "线路断了"),
                                        ("时钟不准", "宝山村（宝山镇，莫力达瓦达斡尔族自治旗，呼伦贝尔市）", "0.1.0", "时钟慢 2 小时", " -7200 "), ("已停用",), ("别的问题",))):
            for word in words:
                self.assertIn(word, line)
        self.assertIn("two logs of one node", self.run_bangfu("nodes")[1])
        first = next(csv.DictReader(self.run_bangfu("nodes", "--format", "csv")[1].splitlines()))
        self.assertEqual((first["trouble"], first["place"], first["contradicted"], first["unsent"]), ("forked", NODE["path"], "2", ""))

    def test_clear_takes_an_origin_or_the_one_in_trouble_that_is_called_so(self):
        self.watch([node(1, name="甲"), node(2, name="乙"), node(3, name="乙")])
        self.assertEqual(self.run_bangfu("nodes", "--clear", "甲")[0], DONE)
        self.assertEqual(self.run_bangfu("nodes", "--clear", "'1234567890123456")[0], DONE)
        self.assertEqual(self.asked("clear"), [{"origin": f"{1:016x}"}, {"origin": "1234567890123456"}])
        for typed, count in (("乙", 2), ("丙", None)):
            code, _, err = self.run_bangfu("nodes", "--clear", typed, lang="zh")
            self.assertEqual((code, (f"叫“{typed}”的有 {count} 个" if count else "没有叫“丙”的") in err), (REFUSED, True), err)
        self.assertEqual(self.run_bangfu("nodes", "--clear")[0], USAGE)
        self.assertEqual(self.run_bangfu("nodes", "--clear", "甲", "乙")[0], USAGE)


class Monitor(World):
    def status(self, *warnings, **more):
        self.methods["status"] = lambda p: {**STATUS, "warnings": list(warnings), **more}

    def checked(self, lang="en"):
        code, out, err = self.run_bangfu("status", "--check", lang=lang)
        self.assertEqual((err, out.count("\n")), ("", 1))
        return code, out

    def test_the_worst_warning_is_the_code_and_the_line(self):
        self.status()
        self.assertEqual(self.checked(), (0, "BANGFU OK - Nothing is wrong.\n"))
        self.status(fault("warn_disk", "盘快满", "disk low"))
        self.assertEqual(self.checked(), (1, "BANGFU WARNING - disk low\n"))
        self.status(fault("warn_disk", "盘快满", "disk low"), fault("fork", "分叉", "forked"), fault("warn_clock"))
        self.assertEqual(self.checked("zh"), (2, "BANGFU CRITICAL - 分叉（另有 2 项）\n"))
        self.status(fault("warn_of_tomorrow", "新", "new"))
        self.assertEqual(self.checked(), (1, "BANGFU WARNING - new\n"))
        self.status(fault("warn_disk", en="two\nlines\x1b[1m"))
        self.assertEqual(self.checked()[0], 1)

    def test_without_an_answer_it_is_unknown(self):
        os.rename(self.socket, self.socket + ".away")
        try:
            code, out = self.checked()
            self.assertEqual((code, out.startswith("BANGFU UNKNOWN - ")), (3, True), out)
            self.assertEqual(self.run_bangfu("status")[0], NO_NODE)
        finally:
            os.rename(self.socket + ".away", self.socket)

    def test_each_warning_that_a_node_can_give_has_its_level_in_the_man_page(self):
        names = subprocess.run(["grep", "-oE", '"warn_[a-z_]+"', __file__.replace("tests/cli/nodes.py", "protocol/fault_table.h")], capture_output=True, text=True,
                               check=True).stdout.split()
        man = subprocess.run([BANGFU, "help", "--man"], capture_output=True, text=True, check=True).stdout
        levels = man[man.index(".SH EXIT STATUS"):man.index(".SH ENVIRONMENT")]
        self.assertGreater(len(names), 15)
        for name in names:
            self.assertIn(name.strip('"'), levels)

    def test_one_entry_is_not_told_as_several(self):
        self.methods["sync"] = lambda p: {"entries": 1, "bytes_in": 1, "bytes_out": 2, "round_trips": 1, "ms": 5, "held": 1, "error": None}
        self.assertIn("Synced: 1 entry sent, the hub has stored 1; 1 byte in, 2 bytes out, 1 round trip, 5 ms.", self.run_bangfu("sync")[1])
        self.status(saved=1, held=1, waiting=1)
        self.assertIn("1 entry saved here; the hub has stored 1", self.run_bangfu("status")[1])
        self.assertIn("; 1 waits to be synced; ", self.run_bangfu("status")[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
