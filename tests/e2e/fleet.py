#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""fleet.py -- what the hub's operator sees of its nodes: clones, rollbacks, the late, and how a monitor asks."""
import csv
import io
import json
import shutil
import subprocess
import time

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from base import TEAM, VILLAGE_A, VILLAGE_B, VILLAGE_C, Case, main, rig, wrong_clock
import doors
import feed
import silent

DAY_S = 86400


class Fleet(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub()

    def save(self, station, first, count):
        feed.log_many(station, "fund", [feed.fund(station, n) for n in range(first, first + count)])

    def sync(self, station):
        return station.call("sync", wait=True)["error"]

    def well(self, station):
        self.assertIsNone(self.sync(station))

    def row(self, origin):
        after = {}
        while after is not None:
            page = self.hub.call("watch", **after)
            for row in page["rows"]:
                if row["origin"] == origin:
                    return row
            after = {"after": page["after"]} if page["after"] else None
        raise AssertionError(f"no {origin}")

    def seen(self, origin, **want):
        """The roster is written once a second."""
        def there():
            row = self.row(origin)
            return row if all(row[k] == v for k, v in want.items()) else None
        return rig.until(there, what=f"{want} of {origin}")

    def warned(self, name):
        return [w for w in self.hub.call("status")["warnings"] if w["name"] == name]

    def copy(self, station, name):
        station.stop()
        shutil.copytree(station.dir, self.rig.dir / name)
        station.start()
        return self.rig.node(name, station.options)

    # ---- clones and rollbacks ----

    def test_a_clone_is_seen_until_the_operator_clears_it_and_is_never_fresh(self):
        station = self.rig.station(self.hub, "s06", VILLAGE_A)
        self.save(station, 1, 3)
        self.well(station)
        origin = station.call("status")["origin"]
        self.seen(origin, trouble=None, unsent=0)
        clone = self.copy(station, "clone")
        self.save(station, 4, 2)
        self.well(station)
        clone.start()
        self.save(clone, 100, 2)  # as many, and others
        self.assertEqual(self.sync(clone)["name"], "fork")
        row = self.seen(origin, trouble="forked")
        self.assertEqual((row["fault"], row["splits"], row["unsent"]), ("fork", 1, None))
        self.assertGreater(row["split_ms"], 0)

        (said,) = self.warned("warn_nodes_forked")
        self.assertIn("宝山", said["zh"])
        self.assertIn("--clear", said["en"])
        status = self.hub.cli("status", lang="zh")
        self.assertIn("两台电脑", status.out)
        self.assertNotIn("一切正常", status.out)
        self.assertEqual(self.hub.call("status")["nodes"], {"active": 0, "revoked": 0, "silent": 0, "never": 0, "clock": 0, "forked": 1})
        self.assertEqual(self.hub.cli("status", "--check").code, 2)

        self.well(station)  # the other copy goes on well
        row = self.seen(origin, fault=None)
        self.assertEqual(row["trouble"], "forked")
        time.sleep(0 if rig.SLOW > 1 else 0.1)
        fresh = rig.until(lambda: (f := self.hub.call("total", kind="fund")["fresh"])["nodes_forked"] and f, what="figures counted anew")
        self.assertEqual((fresh["nodes"], fresh["nodes_day"], fresh["nodes_forked"]), (1, 0, 1))
        self.assertIn("1 个的记录与省平台对不上，没有算在内", self.hub.cli("total", lang="zh").out)
        self.hub.stop()
        self.hub.start()
        self.assertEqual(self.row(origin)["trouble"], "forked")

        self.refused(self.hub.cli("nodes", "--clear", "nobody"), "No node in trouble is called", 4)
        self.assertEqual(self.hub.cli("nodes", "--clear", "s06").code, 0)
        self.assertIn("act=cleared", self.hub.log())
        self.assertIsNone(self.row(origin)["trouble"])
        self.assertEqual(self.warned("warn_nodes_forked"), [])
        self.assertEqual(self.sync(clone)["name"], "fork")
        self.seen(origin, trouble="forked")
        self.assertEqual(self.hub.call("clear", origin=origin), {"origin": origin})
        self.assertEqual(self.hub.call("revoke", origin=origin), {"origin": origin})
        self.assertIsNone(self.row(origin)["trouble"])

    def test_a_station_that_was_set_back_is_seen(self):
        station = self.rig.station(self.hub, "s07", VILLAGE_B)
        self.save(station, 1, 3)
        self.well(station)
        older = self.copy(station, "older")
        self.save(station, 4, 5)
        self.well(station)
        station.stop()
        older.start()
        self.assertEqual(self.sync(older)["name"], "rolled_back")
        row = self.seen(station_origin := older.call("status")["origin"], trouble="rolled_back")
        self.assertEqual(row["fault"], "rolled_back")
        out = self.hub.cli("nodes", "--trouble", lang="zh").out
        self.assertIn("退回旧数据", out)
        self.assertIn("数据退回了较旧的一份", out)
        self.assertIn("鄂伦春自治旗", self.hub.cli("nodes", "--wide", lang="zh").out)
        self.save(older, 50, 9)  # now it is longer than what the hub holds, and another log
        self.assertEqual(self.sync(older)["name"], "fork")
        self.seen(station_origin, trouble="forked", splits=2)

    # ---- what is told of each ----

    def test_the_program_the_unsent_and_a_line_that_was_cut_are_told(self):
        line = self.rig.proxy(self.hub.port)
        self.hub.stop()
        at = self.hub.options.index("--advertise") + 1
        self.hub.options[at] = f"127.0.0.1:{line.port}"
        self.hub.start()
        station = self.rig.station(self.hub, "far", VILLAGE_A)
        origin = station.call("status")["origin"]
        self.save(station, 1, 4)
        self.well(station)
        row = self.seen(origin, trouble=None, head=4)
        self.assertEqual((row["seq"], row["head"], row["unsent"], row["program"]), (4, 4, 0, station.call("status")["version"]))
        empty = station.call("sync", wait=True)
        self.save(station, 5, 3)
        line.cut_after = empty["bytes_in"] + empty["bytes_out"]  # HELLO and WELCOME pass, a BATCH does not
        self.assertEqual(self.sync(station)["name"], "link_cut")
        row = self.seen(origin, head=7)
        self.assertEqual((row["unsent"], row["fault"]), (3, "link_cut"))
        self.assertIsNone(row["trouble"])  # nobody needs to mend it
        line.cut_after = None
        self.well(station)
        self.seen(origin, unsent=0, fault=None)

    def test_a_clock_that_is_hours_off_is_trouble(self):
        station = self.rig.station(self.hub, "slow", VILLAGE_A, env=wrong_clock(-3 * 3600))
        self.well(station)
        row = self.seen(station.call("status")["origin"], trouble="clock")
        self.assertLess(row["clock_ms"], -2 * 3600 * 1000)

    # ---- filters and order ----

    def fleet(self):
        """Late, never, team and well; and one revoked."""
        self.hub.stop()
        self.hub.env = wrong_clock(-9 * DAY_S)
        self.hub.start()
        names = {"late": VILLAGE_A, "later": VILLAGE_B, "well": VILLAGE_C, "gone": VILLAGE_C}
        self.stations = {n: self.rig.station(self.hub, n, v) for n, v in names.items()}
        self.never()
        for n in ("later", "gone"):
            self.well(self.stations[n])
        self.hub.stop()
        self.hub.env = wrong_clock(-5 * DAY_S)
        self.hub.start()
        self.well(self.stations["late"])
        self.hub.stop()
        self.hub.env = {}
        self.hub.start()
        self.stations["team"] = self.rig.station(self.hub, "team", TEAM, role="team")
        self.well(self.stations["well"])
        self.well(self.stations["team"])
        self.hub.call("revoke", origin=self.stations["gone"].call("status")["origin"])
        rig.until(lambda: self.hub.call("status")["nodes"]["active"] == 2, what="the roster")

    def never(self):
        """Enrolled, and each sync since was cut."""
        line = silent.EnrolOnly(self.hub.port)
        self.rig.proxies.append(line)
        never = self.rig.node("never").start()
        _, key, secret = doors.token_parts(self.hub.call("token", division=VILLAGE_A, role="village")["token"])
        never.call("enrol", token=doors.token_text(f"127.0.0.1:{line.port}", key, secret), name="never")
        rig.until(lambda: never.call("status")["last_error"], what="its first sync to be cut")
        never.stop()

    def names(self, *argv):
        return [r["name"] for r in self.hub.cli("nodes", *argv, "--format", "json").json()]

    def test_the_worst_come_first_and_filters_leave_the_rest_out(self):
        self.fleet()
        everyone = self.names()
        self.assertEqual(everyone[:3], ["later", "late", "never"])
        self.assertEqual((set(everyone[3:5]), everyone[5]), ({"well", "team"}, "gone"))
        self.assertEqual(self.names("--late"), ["later", "late", "never"])
        self.assertEqual(self.names("--late=160"), ["later", "never"])
        self.assertEqual(self.names("--late", "160"), ["later", "never"])
        self.assertEqual(self.names("--late", "900"), [])
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 6 * DAY_S + 8 * 3600))
        self.assertEqual(self.names("--late", day), ["later", "never"])
        self.assertEqual(self.names("--never"), ["never"])
        self.assertEqual(self.names("--trouble"), ["later", "late", "never"])
        self.assertEqual(self.names("--place", "莫力达瓦达斡尔族自治旗"), ["late", "never"])
        self.assertEqual(self.names("--place", "150722", "--never"), ["never"])
        self.assertEqual(set(self.names("--place", "150100")), {"well", "team", "gone"})
        self.assertEqual(self.names("--trouble", "--place", "150100"), [])
        self.refused(self.hub.cli("nodes", "--late=soon"), "--late", 2)
        self.refused(self.hub.cli("nodes", "--place", "水星"), "--place: no place here is called “水星”", 4)
        self.refused(self.stations["well"].cli("nodes"), "hub", 4)

        table = self.hub.cli("nodes", "--limit", 2)
        self.assertIn("2 listed of 6.", table.out)
        self.assertIn("--limit 6", table.out)
        self.assertEqual(table.err, "")
        cut = self.hub.cli("nodes", "--limit", 2, "--format", "csv")
        self.assertEqual(len(list(csv.DictReader(io.StringIO(cut.out)))), 2)
        self.assertIn("Only 2 nodes are listed of 6", cut.err)
        rows = list(csv.DictReader(io.StringIO(self.hub.cli("nodes", "--format", "csv").out)))
        self.assertEqual([r["name"] for r in rows], everyone)
        self.assertEqual((rows[0]["trouble"], rows[0]["place"].split("/")[1]), ("silent", "鄂伦春自治旗"))
        self.assertEqual(rows[5]["trouble"], "revoked")
        self.assertIn("--trouble", self.hub.cli("nodes").out + self.hub.cli("nodes", "--limit", 1).out)
        self.assertIn("--late", [w["en"] for w in self.hub.call("status")["warnings"] if w["name"] == "warn_nodes_silent"][0])

    def test_the_freshness_of_a_total_is_that_of_the_area(self):
        self.fleet()
        def fresh(area):
            f = self.hub.call("total", kind="fund", division=area)["fresh"]
            return f["nodes"], f["nodes_day"]
        self.assertEqual(fresh(rig.PROVINCE), (5, 2))
        self.assertEqual(fresh("150722"), (2, 0))
        self.assertEqual(fresh("150105"), (1, 1))
        self.assertEqual(fresh("150103"), (1, 1))  # the team
        self.assertEqual(fresh("150103007001"), (1, 1))  # a community of the team's street
        said = self.hub.cli("total", "莫力达瓦达斡尔族自治旗", lang="zh").out
        self.assertIn("，莫力达瓦达斡尔族自治旗：2 个工作站中有 0 个一天内同步过。", said)
        self.assertIn(", 赛罕区: of 1 node 1 synced within a day.", self.hub.cli("total", "150105").out)

    # ---- a province ----

    def test_eleven_thousand_nodes_are_listed_whole_soon_and_in_little_memory(self):
        with open(rig.DIVISIONS, encoding="utf-8") as rows:
            villages = [r["code"] for r in csv.DictReader(rows) if not r["code"].endswith("000")]
        count = 11200
        self.hub.stop()
        subprocess.run([rig.BUILD / "tests" / "e2e" / "roster_fill", self.hub.dir], input="\n".join(villages[i % len(villages)] for i in range(count)),
                       text=True, check=True, timeout=120)
        self.hub.start()
        before = self.hub.call("counters")["rss_anon_kb"]
        began = time.monotonic()
        table = self.hub.cli("nodes", lang="zh")
        took = time.monotonic() - began
        self.assertLess(took, 1 * rig.SLOW)
        self.assertIn(f"列出 100 个，共 {count} 个", table.out)
        answer = self.hub.cli("nodes", "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(answer.out)))
        self.assertEqual((len({r["origin"] for r in rows}), len(rows)), (count, count))
        order = [("silent", "never", "").index(r["trouble"]) for r in rows]
        self.assertEqual(order, sorted(order))
        late = [r["last sync"] for r in rows if r["trouble"] == "silent"]
        self.assertEqual(late, sorted(late))
        self.assertEqual(sum(r["trouble"] == "never" for r in rows), count // 7)
        self.assertEqual({r["version"] for r in rows} | {r["unsent"] for r in rows}, {""})  # as the rows were then
        banner = self.hub.cli("nodes", "--place", "150722", "--format", "json").json()
        self.assertEqual(len(banner), sum(villages[i % len(villages)].startswith("150722") for i in range(count)))
        if rig.SLOW == 1:
            self.assertLess(self.hub.call("counters")["rss_anon_kb"] - before, 16 * 1024)
        self.assertEqual(self.hub.call("verify")["findings"], 0)
        station = self.rig.station(self.hub, "one more", VILLAGE_A)
        self.well(station)
        self.seen(station.call("status")["origin"], trouble=None)

    # ---- monitors ----

    def checked(self, node, code, word, *argv):
        answer = node.cli("status", "--check", *argv)
        self.assertEqual((answer.code, answer.err, answer.out.count("\n")), (code, "", 1), answer)
        self.assertTrue(answer.out.startswith(f"BANGFU {word} - "), answer)
        return answer.out

    def test_a_monitor_gets_one_line_and_a_code(self):
        station = self.rig.station(self.hub, "s", VILLAGE_A)
        self.well(station)
        origin = station.call("status")["origin"]
        self.seen(origin, trouble=None)
        self.assertEqual(self.checked(self.hub, 0, "OK"), "BANGFU OK - Nothing is wrong.\n")
        self.checked(station, 0, "OK")
        bare = self.rig.node("bare").start()
        self.assertIn("token", self.checked(bare, 1, "WARNING"))
        self.hub.stop()
        self.assertIn("127.0.0.1", self.checked_after_sync(station, 1, "WARNING"))
        line = self.checked(self.hub, 3, "UNKNOWN")
        self.assertIn(str(self.hub.dir), line)
        self.hub.env = wrong_clock(3 * DAY_S)
        self.hub.start()
        self.assertIn("1 stations have not synced", self.checked(self.hub, 1, "WARNING"))
        self.assertEqual(self.hub.cli("status").code, 0)  # looking never fails

    def checked_after_sync(self, station, *want):
        self.assertIsNotNone(self.sync(station))
        return self.checked(station, *want)

    def metrics(self, node):
        answer = node.cli("status", "--format", "openmetrics")
        self.assertEqual((answer.code, answer.err), (0, ""), answer)
        self.assertTrue(answer.out.endswith("# EOF\n"))
        families = list(text_string_to_metric_families(answer.out))
        self.assertEqual(len({f.name for f in families}), len(families))
        for f in families:
            self.assertTrue(f.name.startswith("bangfu") and f.documentation, f)
        return answer.out, {f.name: f for f in families}, {(s.name, *s.labels.values()): s.value for f in families for s in f.samples}

    def test_a_parser_of_another_house_reads_the_metrics_of_hub_and_station(self):
        station = self.rig.station(self.hub, "s", VILLAGE_A)
        self.save(station, 1, 3)
        self.well(station)
        self.save(station, 4, 1)
        self.seen(station.call("status")["origin"], head=3)
        text, families, at = self.metrics(self.hub)
        self.assertEqual((families["bangfu_sessions_done"].type, families["bangfu_received_bytes"].unit), ("counter", "bytes"))
        self.assertEqual(families["bangfu_nodes"].type, "gauge")
        self.assertEqual((at["bangfu_nodes", "active"], at["bangfu_nodes", "forked"], at["bangfu_stored_entries_by_kind", "fund"]), (1, 0, 3))
        self.assertEqual(at["bangfu_received_entries_total",], 3)
        self.assertEqual(at["bangfu_info", self.hub.call("status")["version"], "hub"], 1)
        self.assertEqual(at["bangfu_check",], 0)
        self.assertNotIn("bangfu_waiting_entries", families)
        for personal in (station.call("status")["origin"], "宝山", VILLAGE_A):
            self.assertNotIn(personal, text)
        _, families, at = self.metrics(station)
        self.assertEqual((at["bangfu_waiting_entries",], at["bangfu_held_entries",]), (1, 3))
        self.assertAlmostEqual(at["bangfu_held_time_seconds",], time.time(), delta=60 * rig.SLOW)
        self.assertNotIn("bangfu_nodes", families)
        series = text.count("\n")
        self.rig.station(self.hub, "another", VILLAGE_B)
        rig.until(lambda: self.hub.call("status")["nodes"]["active"] == 2, what="the second")
        text, _, at = self.metrics(self.hub)
        self.assertEqual(text.count("\n"), series)  # no series of a node's own
        self.hub.stop()
        self.hub.env = wrong_clock(3 * DAY_S)
        self.hub.start()
        _, _, at = self.metrics(self.hub)
        self.assertEqual((at["bangfu_warning", "warn_nodes_silent", "WARNING"], at["bangfu_check",]), (1, 1))
        self.hub.stop()
        answer = self.hub.cli("status", "--format", "openmetrics")
        self.assertEqual((answer.code, answer.out), (3, ""))
        self.refused(station.cli("list", "--format", "openmetrics"), "table, json, csv", 2)


if __name__ == "__main__":
    main()
