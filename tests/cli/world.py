# SPDX-License-Identifier: Apache-2.0
"""What the command line's whole-program tests share: a fake node with good answers, and a way to run bangfu."""
import os
import subprocess
import tempfile
import unittest

import fake_node

BANGFU = os.environ.get("BANGFU", "bangfu")
DONE, FAILED, USAGE, NO_NODE, REFUSED = range(5)
REF = "0f3a000000000001-12"
NOW = 1795450000000  # 2026-11-24 00:06 in China
SYNCED = 1795439640000  # 2026-11-23 21:14

STATUS = {"role": "station", "division": "150722102200", "division_name": "宝山村", "saved": 123, "held": 120,
          "held_ms": SYNCED, "waiting": 3, "syncing": False, "last_try_ms": SYNCED, "next_try_ms": NOW + 7200000,
          "now_ms": NOW, "last_error": None, "hub": {"name": "hub", "host": "h", "port": 7450},
          "kinds": {"visit": 100, "fund": 23}, "warnings": []}
FUNDS = [{"ref": "0f3a000000000001-%d" % i, "kind": "fund", "day": "2026-11-0%d" % i, "division": "150722102200",
          "division_name": "宝山村", "author": "zhang", "saved_ms": NOW, "voided": False,
          "fields": {"movement": movement, "amount": amount, "channel": "社会捐赠", "document": document}}
         for i, movement, amount, document in ((1, "下达", "1000.00", "=cmd|x"), (2, "支出", "234.56", "凭证2"))]
MOVEMENTS = ({"code": 1, "zh": "下达", "en": "allot"}, {"code": 3, "zh": "支出", "en": "spend"})


def total(params):
    """Two entries: one row, or one for each movement when it is asked for."""
    dims, columns, rows = {}, ["count", "sum"], [[2, 123456]]
    if "movement" in params.get("by", ()):
        dims, columns = {"movement": list(MOVEMENTS)}, ["movement", *columns]
        rows = [[m["code"], 1, s] for m, s in zip(MOVEMENTS, (100000, 23456))]
    return {"kind": params["kind"], "division": "150722102200", "division_name": "宝山村", "dims": dims, "columns": columns, "rows": rows,
            "count": 2, "sum": 123456, "fresh": {"order_length": 9, "nodes": 4, "nodes_day": 3, "as_of_ms": NOW}}


def entries(params):
    """Two pages of one entry each: the client must ask on."""
    if "after" not in params:
        return {"rows": FUNDS[:1], "after": FUNDS[0]["ref"], "count": 2, "sum": 123456}
    assert params["after"] == FUNDS[0]["ref"]
    return {"rows": FUNDS[1:], "after": None, "count": 2, "sum": 123456}


def importer():
    """Keeps the parts of a file, and judges it on the last: rows whose 姓名 is 错 fail."""
    kept, session = [], 7

    def imported(params):
        assert params.get("session", session) == session and ("session" in params) == bool(kept)
        kept.extend(zip(params["lines"], params["rows"], strict=True))
        if params.get("more"):
            return {"session": session, "rows": len(kept)}
        rows, kept[:] = kept[:], []
        failed = [{"line": line, "fault": {"name": "x", "rc": -1, "where": "姓名", "zh": "姓名不对", "en": "bad name"}}
                  for line, row in rows if row.get("姓名") == "错"]
        good = len(rows) - len(failed) if not failed or params.get("rest") else 0
        return {"households": {"new": good, "changed": 0, "same": 0}, "members": {"new": good, "changed": 0, "same": 0},
                "wrong": len(failed), "failed": failed[:1000]}
    return imported


def verified(params):
    raise fake_node.Notices([{"done": 1, "total": 2}, {"done": 2, "total": 2}],
                            {"origins": 2, "entries": 9, "tally_rows": 5, "ledger_rows": 4, "index_rows": 3, "ledger_sum": 0,
                             "findings": 0, "first": [], "ms": 12})


NODE = {"origin": "0f3a000000000001", "name": "村", "role": "village", "state": "active", "division": "150722102200", "division_name": "宝山村",
        "path": "呼伦贝尔市/莫力达瓦达斡尔族自治旗/宝山镇/宝山村", "trouble": "never", "enrolled_ms": NOW, "last_ms": 0, "tried_ms": 0, "fault": None,
        "split_ms": 0, "splits": 0, "clock_ms": 0, "sessions": 0, "seq": 0, "head": None, "unsent": None, "malformed": 0, "first_malformed": None,
        "program": None}


def watched(nodes, params):
    """One page of them; `after` is made of what the last page ended with."""
    first = int(params.get("after", "0"), 16)
    rows = nodes[first:first + min(params.get("limit", 1000), 1000)]
    end = first + len(rows)
    return {"now_ms": NOW, "nodes": len(nodes), "count": len(nodes), "after": f"{end:034x}" if end < len(nodes) else None, "rows": rows}


def good_methods():
    def log(p):
        return {"ref": None if p.get("check") else REF, "kind": p["kind"], "subject": REF, "fields": p["fields"]}

    return {
        "status": lambda p: STATUS,
        "log": log,
        "total": total,
        "list": entries,
        "import": importer(),
        "verify": verified,
        "void": lambda p: {"ref": REF, "subject": p["ref"]},
        "show": lambda p: {"entry": FUNDS[0], "state": None, "about": FUNDS[1:]},
        "balance": lambda p: {"account": p["account"], "in": 500, "out": 123, "balance": 377, "count": 2},
        "place": lambda p: {"code": "150722102200", "name": "宝山村", "level": 5, "path": "内蒙古自治区/宝山村", "children": []},
        "places": lambda p: {"rows": len(p["rows"]) // 2},
        "sync": lambda p: {"entries": 3, "bytes_in": 10, "bytes_out": 20, "round_trips": 2, "ms": 5, "held": 123, "error": None},
        "enrol": lambda p: {"division": "150722102200", "division_name": "宝山村", "role": "village", "hub_name": "hub",
                            "origin": "0f3a000000000001"},
        "watch": lambda p: watched([NODE], p),
        "clear": lambda p: {"origin": p["origin"]},
        "token": lambda p: {"token": "bangfu://h:7450/x", "id": "12ab34cd", "expires_ms": NOW},
        "tokens": lambda p: [{"id": "12ab34cd", "hash": "12ab34cd" * 8, "state": "open", "role": "village", "division": "150722102200",
                              "division_name": "宝山村", "made_ms": NOW, "by": "wang", "expires_ms": NOW, "origin": None, "name": None}],
        "cancel": lambda p: {"id": "12ab34cd", "division": "150722102200", "division_name": "宝山村"},
        "acts": lambda p: [{"number": 1, "at_ms": NOW, "act": "token_made", "who": "wang", "origin": None, "name": None, "division": "150722102200",
                            "division_name": "宝山村", "count": 0, "note": "12ab34cd"}],
        "revoke": lambda p: {"origin": p["origin"]},
        "counters": lambda p: {"sessions": 1},
        "methods": lambda p: [{"name": "log", "zh": "记一条", "en": "record one", "params": [
            {"name": "kind", "type": "text", "required": True, "en": "kind"}], "result": "{}"}],
    }


class World(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory(prefix="bf-cli.")
        self.socket = os.path.join(self.dir.name, "bangfu.sock")
        self.methods = good_methods()
        self.node = fake_node.FakeNode(self.socket, self.methods)

    def tearDown(self):
        self.node.close()
        self.dir.cleanup()

    def environment(self, **more):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("BANGFU_", "LC_", "LANG"))}
        return {**kept, **more}

    def run_bangfu(self, *argv, lang="en", env=None, **options):
        """(exit code, standard output, error output)"""
        command = [BANGFU, "--dir", self.dir.name, *(["--lang", lang] if lang else []), *map(str, argv)]
        if options.setdefault("stdin", subprocess.DEVNULL) is None:
            del options["stdin"]  # `input` is given
        done = subprocess.run(command, capture_output="stdout" not in options, env=self.environment(**(env or {})),
                              timeout=60, check=False, **options)
        return done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode()

    def file(self, name, content):
        path = os.path.join(self.dir.name, name)
        with open(path, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode())
        return path

    def asked(self, method):
        return [params for name, params in self.node.asked if name == method]
