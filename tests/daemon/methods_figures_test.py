#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""methods_figures_test.py -- total, list, show and balance: figures, and the entries behind them.

The world is methods_world.py's.
"""
import time

from methods_world import BANNER, CALLS_MAX, CHANNEL, Case, OTHER, VILLAGE, WORLD, fund, month, run, setUpModule, tearDownModule  # noqa: F401
import rig
import generate


def rows_of(t):
    return [dict(zip(t["columns"], row, strict=True)) for row in t["rows"]]


class Totals(Case):
    def test_a_total_is_the_sum_of_its_rows_and_of_the_list_behind_it(self):
        for i, channel in enumerate((1, 2, 1, 3)):
            self.log("fund", fund(f"合计{i}", amount=f"{i + 1}.01", channel=channel))
        for by in ([], ["month"], ["channel"], ["month", "channel", "movement"], ["place"]):
            t = self.station.call("total", kind="fund", by=by)
            place = ["division", "division_name"] if "place" in by else []
            self.assertEqual(t["columns"], [*place, *[d for d in ("month", "channel", "movement") if d in by], "count", "sum"])
            self.assertEqual((t["count"], t["sum"]), (sum(r["count"] for r in rows_of(t)), sum(r["sum"] for r in rows_of(t))), by)
            self.assertEqual({d: [c["code"] for c in codes][:2] for d, codes in t["dims"].items()}, {d: [1, 2] for d in by if d in ("channel", "movement")})
        before = self.station.call("total", kind="fund", by=["channel", "movement"])
        self.log("fund", fund("按渠道", amount="7.00", channel=4))
        after_it = self.station.call("total", kind="fund", by=["movement", "channel"])
        movements = {c["zh"]: c["code"] for c in after_it["dims"]["movement"]}
        pair = {"channel": 4, "movement": movements[fund("x")["movement"]]}
        was, now = ([(r["count"], r["sum"]) for r in rows_of(t) if pair.items() <= r.items()] for t in (before, after_it))
        self.assertEqual(now, [(c + 1, s + 700) for c, s in was or [(0, 0)]])
        self.assertEqual([r for r in rows_of(after_it) if not pair.items() <= r.items()], [r for r in rows_of(before) if not pair.items() <= r.items()])
        t = self.station.call("total", kind="fund")
        listed, after = [], None
        while True:
            page = self.station.call("list", kind="fund", limit=3, **({"after": after} if after else {}))
            listed += page["rows"]
            after = page["after"]
            self.assertEqual((page["count"], page["sum"]), (t["count"], t["sum"]))
            if after is None:
                break
        self.assertEqual(len({e["ref"] for e in listed}), t["count"])
        newest = [self.station.call("list", kind="fund", limit=2, newest=True)]
        newest.append(self.station.call("list", kind="fund", limit=2, newest=True, after=newest[0]["after"]))
        self.assertEqual([e["ref"] for page in newest for e in page["rows"]], [e["ref"] for e in listed[::-1]][:4])
        self.assertEqual(sum(round(float(e["fields"]["amount"]) * 100) for e in listed), t["sum"])
        one = self.station.call("total", kind="fund", where={"channel": 3})
        self.assertEqual((one["sum"], one["dims"]), (self.station.call("list", kind="资金", where={"资金渠道": 3})["sum"], {}))
        self.assertEqual(self.station.call("total", kind="fund", **{"from": "2001-01", "to": "2001-12"})["count"], 0)
        self.assertEqual(set(t), {"kind", "division", "division_name", "from", "to", "dims", "columns", "rows", "count", "sum", "fresh"})
        self.assertEqual(set(t["fresh"]), {"order_length", "nodes", "nodes_day", "nodes_clock", "nodes_forked", "as_of_ms"})

    def test_the_hub_answers_by_name_and_by_place(self):
        self.log("fund", fund("到省"))
        self.assertIsNone(self.station.call("sync", wait=True)["error"])
        here = self.station.call("total", kind="fund")
        for division in (VILLAGE, "莫力达瓦达斡尔族自治旗/宝山镇/宝山村委会"):
            t = self.hub.call("total", kind="fund", division=division)
            self.assertEqual((t["count"], t["sum"], t["division"]), (here["count"], here["sum"], VILLAGE))
        # The league has other banners, and their stations sync when they like: only ours is known to the fen.
        t = self.hub.call("total", kind="fund", division="呼伦贝尔市", by=["place", "month"])
        ours = [r for r in rows_of(t) if r["division"] == BANNER]
        self.assertEqual((ours[-1]["month"], {r["division_name"] for r in ours}), (month(), {"莫力达瓦达斡尔族自治旗"}))
        self.assertEqual(sum(r["sum"] for r in ours), here["sum"])
        self.assertEqual(t["sum"], sum(r["sum"] for r in rows_of(t)))

    def test_a_list_shows_subjects_as_they_are_and_says_whom_it_names(self):
        number, ref = self.household(head="王测试", phone="13800001234")
        self.log("household", {"phone": "13900005678", "members": "4"}, subject=number)
        row = next(e for e in self.station.call("list", kind="household", newest=True, limit=50)["rows"] if e["ref"] == ref)
        self.assertEqual((row["fields"]["phone"], row["fields"]["members"], row["names"]), ("139****5678", "4", {}))
        first = self.station.call("show", ref=ref)["entry"]
        self.assertEqual(first["fields"]["phone"], "138****1234")  # the entry itself stays as it was written
        visit = self.log("visit", {"households": number, "purpose": "日常走访"})["ref"]
        spent = self.log("fund", fund("到户", **{"to": f"户:{number}"}))["ref"]
        for kind, entry, field, giver in (("visit", visit, "households", {}), ("fund", spent, "to", {VILLAGE: f"{VILLAGE} 宝山村委会"})):
            row = next(e for e in self.station.call("list", kind=kind, newest=True)["rows"] if e["ref"] == entry)
            self.assertEqual(row["names"], {ref: f"{number} 王*试", **giver})
            self.assertIn(ref, row["fields"][field])
        out = self.station.cli("list", "--kind", "visit", "--last", "1", lang="zh").out
        self.assertIn(f"{number} 王*试", out)
        self.assertNotIn(ref, out)
        self.assertIn("走访 1 条，户次 1", out)
        self.assertIn(f"户:{number} 王*试", self.station.cli("list", "--kind", "fund", "--last", "1", lang="zh").out)
        self.assertIn(f"户:{number} 王*试", self.station.cli("balance", f"户:{number}", lang="zh").out)
        shown = self.station.cli("show", number, lang="zh").out
        self.assertIn("资金 1 笔：收到 12.50，付出 0.00，余额 12.50 元", shown)
        self.assertRegex(self.station.cli("show", spent, lang="zh").out, f"收方 +户:{number} 王\\*试\n")
        activity = self.log("activity", {"name": "敬老院义诊", "category": 1})["ref"]
        served = self.log("service", {"activity": activity, "minutes": "90"})["ref"]
        row = next(e for e in self.station.call("list", kind="service", newest=True)["rows"] if e["ref"] == served)
        self.assertEqual(row["names"], {activity: "敬老院义诊"})

    def test_periods(self):
        now = month()
        for frm, to in ((now, now), (now[:4], now[:4]), (now + "-01", now)):
            self.assertGreaterEqual(self.station.call("total", kind="fund", **{"from": frm, "to": to})["count"], 0)
        self.refused("period", "total", {"kind": "fund", "from": "soon"}, where="from")
        self.refused("period", "list", {"kind": "fund", "to": "2026-11-31"}, where="to")
        self.refused("day_or_week", "total", {"kind": "fund", "by": ["day", "week"]}, where="by")
        self.refused("period_order", "total", {"kind": "fund", "from": "2026-11-03", "to": "2026-11-02"})
        self.refused("period_order", "total", {"kind": "fund", "from": "2026-02", "to": "2026-01"})
        self.station.call("total", {"kind": "fund", "from": "2026-11-01", "to": "2026-11-30"})

    def test_what_no_tally_knows_is_added_up_once(self):
        _, ref = self.household()
        for nth in range(2):
            self.log("aid", {"household": ref, "category": "产业帮扶", "item": f"仔猪{nth}", "amount": "1.00"})
            self.log("fund", fund(f"相反{nth}", **{"from": VILLAGE, "to": "150000000000", "movement": "下达"}))
        for ask in ({"kind": "aid", "about": ref}, {"kind": "fund", "flagged": "against-tree"}):
            first = self.station.call("list", {**ask, "limit": 1})
            whole = self.station.call("list", ask)
            self.assertEqual((first["count"], first["sum"]), (len(whole["rows"]), whole["sum"]))
            self.assertGreaterEqual(first["count"], 2)
            later = self.station.call("list", {**ask, "limit": 1, "after": first["after"]})
            self.assertEqual((len(later["rows"]), later["count"], later["sum"]), (1, None, None))

    def test_each_page_of_what_is_added_up_tells_of_the_next(self):
        _, ref = self.household()
        for nth in range(4):
            self.log("aid", {"household": ref, "category": "就业帮扶", "item": f"工具{nth}", "day": "2026-11-03"})
        for ask in ({"kind": "aid", "about": ref}, {"kind": "aid", "from": "2026-11-03", "to": "2026-11-03"}):
            whole, pages, after = self.station.call("list", ask)["rows"], [], None
            while after is not None or not pages:
                page = self.station.call("list", {**ask, "limit": 1, **({"after": after} if after else {})})
                pages += page["rows"]
                after = page["after"]
            self.assertEqual([e["ref"] for e in pages], [e["ref"] for e in whole])

    def test_wrong_questions_are_told_apart(self):
        self.refused("unknown_kind", "total", kind="frob")
        self.refused("not_counted", "total", kind="void")
        self.refused("not_dimension", "total", kind="fund", by=["colour"], where="by")
        self.refused("not_dimension", "total", kind="fund", by=[7], where="by")
        self.refused("not_dimension", "total", {"kind": "fund", "where": {"amount": 1}}, where="where")
        self.assertIn(CHANNEL, self.refused("code_unknown", "total", {"kind": "fund", "where": {"channel": "frob"}}, where="channel")["zh"])
        self.refused("division_beyond", "total", kind="fund", division="150722102299", where="division")
        self.refused("limit", "list", kind="fund", limit=0, where="limit")
        self.refused("limit", "list", kind="fund", limit=1001, where="limit")
        self.station.call("list", kind="fund", limit=1000)
        self.refused("ref_form", "list", kind="fund", after="x", where="after")
        self.refused("unknown_param", "list", kind="fund", by=["month"])

    def test_balances_move_on_both_sides(self):
        before = self.station.call("balance", account="supplier"), self.station.call("balance", account=VILLAGE)
        self.log("fund", fund("余额", amount="5.00"))
        after = self.station.call("balance", account="supplier"), self.station.call("balance", account=VILLAGE)
        self.assertEqual((after[0]["in"] - before[0]["in"], after[1]["out"] - before[1]["out"]), (500, 500))
        self.assertEqual(after[1]["balance"], after[1]["in"] - after[1]["out"])
        number, _ = self.household()
        self.assertEqual(self.station.call("balance", account=f"户:{number}")["count"], 0)
        self.household(number="1507221022000901")
        self.assertIn("1507221022000901", str(self.station.call("balance", account="1507221022000901")["names"]))
        told = self.refused("account_name", "balance", account="谁也不是", where="account")
        self.assertNotIn("from", told["en"])
        self.assertIn("“谁也不是”", told["zh"])
        self.assertIn("其他/other", told["zh"])
        told = self.refused("subject_unknown", "balance", account="户:没有", where="account")
        self.refused("missing_param", "balance", account=" ")

    def test_show_gathers_what_concerns_a_household(self):
        number, ref = self.household(head="王测一")
        self.log("visit", {"households": number, "purpose": "日常走访"})
        self.log("household", {"members": "2"}, subject=number)
        shown = self.station.call("show", ref=ref)
        self.assertEqual((shown["entry"]["ref"], shown["state"]["members"]), (ref, "2"))
        self.assertEqual({e["kind"] for e in shown["about"]}, {"visit", "household"})
        self.assertNotIn("测", str(shown))
        self.assertIsNone(self.station.call("show", ref=shown["about"][0]["ref"] if shown["about"][0]["kind"] == "visit"
                                            else shown["about"][1]["ref"])["state"])
        self.refused("missing_param", "show")
        self.refused("missing_param", "show", key=number, where="kind")
        self.refused("ref_form", "show", ref="x")
        self.refused("ref_unknown", "show", ref="0" * 15 + "1-5")
        self.refused("subject_unknown", "show", kind="household", key="没有")


class Lists(Case):
    """Leaders' lists take their turns; what everybody else does does not wait for them."""
    WORKING, WAITING, NOTHING = 3, 64, {"kind": "fund", "where": {"movement": "拨付"}}  # a filter that no entry fits: all are looked at

    @classmethod
    def setUpClass(cls):
        port = rig.free_port()  # a hub with a name, so that a sync must have it resolved
        hub = WORLD.rig.node("named", ["--role", "hub", "--division", rig.PROVINCE, "--listen-host", "127.0.0.1", "--listen-port", port,
                                       "--advertise", f"localhost:{port}"]).start()
        hub.call("places", edition="2023", rows=[x for row in generate.divisions(rig.DIVISIONS).items() for x in row])
        cls.node = WORLD.rig.station(hub, "lists", OTHER)
        with cls.node.rpc() as r:
            for i in range(4000):
                r.send("log", {"kind": "fund", "fields": fund(f"列{i}", **{"from": OTHER})})
                if i >= 16:
                    assert r.take()[1] is None
            for _ in range(16):
                assert r.take()[1] is None

    def ask_much(self, times):
        asked = []
        for _ in range(times // CALLS_MAX):
            r = self.node.rpc()
            self.addCleanup(r.close)
            asked.append(r)
            for _ in range(CALLS_MAX):
                r.send("list", self.NOTHING)
        return asked

    def test_lists_wait_in_their_order_and_too_many_are_told_so(self):
        for _ in range(2 * self.WORKING):  # what askers who went away have left behind is over then
            self.node.call("list", self.NOTHING)
        told = [r.take() for r in self.ask_much(4 * CALLS_MAX) for _ in range(CALLS_MAX)]
        busy = [e for _, e, _ in told if e is not None]
        self.assertTrue(busy and all(e["name"] == "busy" for e in busy), busy)
        self.assertGreaterEqual(len(told) - len(busy), self.WORKING + self.WAITING)
        self.assertTrue(all(result == {"rows": [], "after": None, "count": 0, "sum": 0} for _, e, result in told if e is None))

    def test_a_sync_does_not_wait_for_lists(self):
        asked = self.ask_much(20 * CALLS_MAX)
        self.assertIsNone(self.node.call("sync", wait=True)["error"])
        listed = 0  # until then
        for r in asked:
            r.sock.setblocking(False)
            try:
                while True:
                    listed += r.take()[1] is None
            except BlockingIOError:
                pass
            r.close()
        self.assertLess(listed, (self.WORKING + self.WAITING) // 2)
        rig.until(self.answered, what="a list behind all that were asked before")

    def answered(self):
        with self.node.rpc() as r:
            r.send("list", self.NOTHING)
            return r.take()[1] is None

    def test_a_stop_does_not_wait_for_lists(self):
        asked = self.ask_much(2 * CALLS_MAX)
        self.node.call("counters")
        begun = time.monotonic()
        self.assertEqual(self.node.stop(), 0)
        self.assertLess(time.monotonic() - begun, 0.5 * rig.SLOW)
        told = []
        try:
            while True:
                told.append(asked[-1].take()[1])
        except (ConnectionError, OSError):
            pass
        self.assertTrue(all(e and e["name"] == "stopping" for e in told), told)
        self.node.start()

    def test_a_page_of_a_thousand_full_rows_is_one_that_can_be_read(self):
        number = self.node.call("status")["division"] + "0001"
        self.log("household", {"number": number}, node=self.node)
        member = {"household": number, "name": "甲乙", "people": "蒙古族", "note": "x", "year": 2026, "mandarin": True, "abroad": False,
                  **{f: "0" for f in ("work-months", "post-months")}, **{f: "否" for f in (
                      "low-income", "worker-pension", "illness-insurance", "resident-medical", "resident-pension", "commercial-medical",
                      "illness-aid", "health-aid", "worker-medical", "destitute")},
                  **{f: "x" for f in ("employer", "dropout", "industry", "post", "work-channel", "number")}}
        with self.node.rpc() as r:
            for _ in range(1000):
                r.send("log", {"kind": "member", "fields": member})
                error = r.take()[1]
                self.assertIsNone(error)
        shown, after = 0, {}
        while after is not None:
            page = self.node.call("list", kind="member", limit=1000, newest=True, **after)
            self.assertGreater(len(page["rows"]), 0)
            values = sum(21 + 2 * len(row["fields"]) + 2 * len(row["names"]) for row in page["rows"])
            self.assertLess(values, 65000)
            shown += len(page["rows"])
            after = {"after": page["after"]} if page["after"] else None
        self.assertEqual(shown, 1000)
        answer = self.node.cli("list", "--kind", "member", "--last", 1000, "--format", "csv")
        self.assertEqual((answer.code, answer.out.count("\n")), (0, 1001), answer.err)


if __name__ == "__main__":
    run()
