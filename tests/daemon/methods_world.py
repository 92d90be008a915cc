# SPDX-License-Identifier: Apache-2.0
"""methods_world.py -- what the tests of the local questions share: one hub and two stations that live through a run.

A test makes what it needs under numbers of its own. Bad input is told by the name of its fault, and saves nothing.
"""
import datetime
import os
import re
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path
from random import Random

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import rig  # noqa: E402
import generate  # noqa: E402
import msgpack  # noqa: E402

VILLAGE = "150722102200"   # 宝山村委会
OTHER = "150723100200"     # 齐奇岭村委会: stations of single tests, so that the station's totals at the hub are its own
TEAM = "150103007000"      # 钢铁路街道
BANNER = "150722000000"
CHANNEL = "财政衔接推进乡村振兴补助资金"
SHARE_MAX, CALLS_MAX, ROWS_MAX, BYTES_MAX = 64, 32, 2000, 1024 * 1024
FILE_ROWS_MAX = 200000


def setUpModule():
    WORLD.begin()


def tearDownModule():
    """Each ends in order, with nothing leaked (under a sanitizer the exit code says so)."""
    codes = {n.name: n.stop() for n in WORLD.rig.nodes if n.alive()}
    for name, code in codes.items():
        if code != 0:
            print(f"---- {name} ended with {code}\n{WORLD.rig.dir}", file=sys.stderr)
            print(next(n for n in WORLD.rig.nodes if n.name == name).log()[-4000:], file=sys.stderr)
    WORLD.rig.close()
    if any(codes.values()):
        raise AssertionError(f"ended badly: {codes}")


class World:
    def begin(self):
        self.rig = rig.Rig()
        port = rig.free_port()
        self.hub = self.rig.node("hub", ["--role", "hub", "--division", rig.PROVINCE, "--listen-host", "127.0.0.1",
                                         "--listen-port", port, "--advertise", f"127.0.0.1:{port}"]).start()
        self.bare = self.rig.node("bare").start()
        table = generate.divisions(rig.DIVISIONS)
        self.before = self.hub.call("status"), self.bare.call("status")
        self.places = self.hub.call("places", edition="2023", rows=[x for row in table.items() for x in row])
        self.station = self.rig.station(self.hub, "station", VILLAGE)
        self.team = self.rig.station(self.hub, "team", TEAM, role="team")
        self.people = generate.Village(VILLAGE, [], 1, "159901")
        self.number = 0

    def fresh(self):
        self.number += 1
        return f"{VILLAGE}-{self.number:05d}"


def quietly(state, ask):
    """(state, answer) of a moment in which no station's visit changed the state while the question was answered: stations sync when they
    like. What state() tells only ever grows, so that equal before and after means equal in between."""
    def once():
        before, answer = state(), ask()
        return (before, answer) if state() == before else None
    return rig.until(once, what="a quiet moment")


def month():
    return datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).strftime("%Y-%m")


def fund(document, amount="12.50", **more):
    return {"movement": "支出", "channel": CHANNEL, "from": VILLAGE, "to": "供应商/项目单位", "amount": amount,
            "document": document, **more}


WORLD = World()


class Case(unittest.TestCase):
    maxDiff = 3000

    def setUp(self):
        self.hub, self.station, self.team, self.bare = WORLD.hub, WORLD.station, WORLD.team, WORLD.bare

    def log(self, kind, fields, node=None, **more):
        return (node or self.station).call("log", kind=kind, fields=fields, **more)

    def household(self, **fields):
        number = WORLD.fresh()
        return number, self.log("household", {"number": number, **fields})["ref"]

    def refused(self, fault, method, params=None, node=None, where=None, **more):
        """The named fault, in two languages, and nothing saved."""
        node = node or self.station
        saved = node.call("status")["saved"]
        with self.assertRaises(rig.RpcError) as caught:
            node.call(method, params, **more)
        told = caught.exception.fault
        self.assertEqual(told["name"], fault, told)
        self.assertTrue(re.search("[\u4e00-\u9fff]", told["zh"]) and len(told["en"]) > 10, told)
        self.assertNotIn("{", told["zh"] + told["en"])
        if where is not None:
            self.assertEqual(told["where"], where, told)
        self.assertEqual(node.call("status")["saved"], saved)
        return told

    def refused_log(self, fault, kind, fields, **more):
        return self.refused(fault, "log", kind=kind, fields=fields, **more)


def run():
    unittest.main(verbosity=int(os.environ.get("BF_VERBOSE", "1")))
