#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""disk.py -- a full disk, a directory that cannot be written, two daemons on one directory, stops and pauses."""
import os
import re
import signal
import subprocess
import time
import unittest
from pathlib import Path
from unittest import mock

from base import VILLAGE_A, Case, main, rig
import feed
import generate


class SmallDisk(Case):
    """A hub, and a directory on a disk of its own that can be filled."""
    size = "8m"

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("mounting a small tmpfs needs root")
        self.hub = self.rig.hub()
        self.mount = self.rig.dir / "small"
        self.mount.mkdir()
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.size},mode=0700", "tmpfs", self.mount], capture_output=True,
                              text=True, check=False)
        if made.returncode != 0:
            self.skipTest(f"mount is not allowed here: {made.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.mount)], check=False)

    def fill(self, leave=0):
        """Take the space, but for `leave` bytes."""
        space = os.statvfs(self.mount)
        (self.mount / "ballast").write_bytes(b"\0" * max(0, space.f_bavail * space.f_frsize - leave))


class FullDisk(SmallDisk):
    def test_a_full_disk_refuses_new_entries_answers_questions_and_recovers(self):
        station = self.rig.station(self.hub, "station", VILLAGE_A, options=["--free-mib-min", "1", "--journal-mib", "1"], directory=self.mount)
        saved = feed.log_many(station, "fund", [feed.fund(station, n) for n in range(20)])
        self.fill(leave=800 * 1024)
        for lang, word in (("zh", "磁盘"), ("en", "disk")):
            answer = station.cli("fund", *feed.as_options(feed.fund(station, 1000)), lang=lang)
            self.assertEqual(answer.code, 4, answer)
            self.assertIn(word, answer.err)
        total = station.call("total", kind="fund", division=VILLAGE_A)
        self.assertEqual((total["count"], total["sum"]), (20, sum(feed.fen(f["amount"]) for f in saved)))
        self.assertEqual(station.cli("list", "--kind", "fund").code, 0)
        self.assertTrue(station.call("status")["warnings"])
        (self.mount / "ballast").unlink()
        answer = rig.until(lambda: (a := station.cli("fund", *feed.as_options(feed.fund(station, 1001)))).code == 0 and a, what="room again")
        self.assertEqual(answer.code, 0)
        self.assertEqual(station.call("total", kind="fund", division=VILLAGE_A)["count"], 21)
        self.assertEqual(station.call("verify")["findings"], 0)
        self.assertIsNone(station.call("sync", wait=True)["error"])
        self.assertEqual(self.hub.call("total", kind="fund", division=VILLAGE_A)["count"], 21)

    def test_a_station_without_space_spends_no_token(self):
        station = self.rig.node("station", ["--role", "station", "--free-mib-min", "4", "--journal-mib", "1"], directory=self.mount).start()
        self.fill(leave=2 << 20)
        tokens = [self.hub.call("token", division=VILLAGE_A, role="village")["token"] for _ in range(2)]
        with self.assertRaises(rig.RpcError) as caught:
            station.call("enrol", token=tokens[0], name="station")
        self.assertEqual(caught.exception.name, "disk_full")
        self.assertEqual(self.hub.call("nodes"), [])  # nothing was given out that could not be kept
        (self.mount / "ballast").unlink()
        station.call("enrol", token=tokens[1], name="station")

    def test_a_node_on_a_full_disk_is_backed_up_to_another_one(self):
        station = self.rig.station(self.hub, "station", VILLAGE_A, options=["--free-mib-min", "1", "--journal-mib", "1"], directory=self.mount)
        feed.log_many(station, "fund", [feed.fund(station, n) for n in range(20)])
        station.call("sync", wait=True)
        station.call("verify")  # applied: nothing takes of the disk while it is filled
        self.fill()
        copy = self.rig.dir / "copy"
        with mock.patch.dict(os.environ, PATH=f"{Path(rig.program('bangfud', 'daemon')).parent}:{os.environ['PATH']}"):
            answer = station.cli("backup", copy)
        self.assertEqual(answer.code, 0, answer)
        self.assertIn("20 entries", answer.out)

    def test_a_hub_without_any_space_refuses_in_words_and_stays(self):
        hub = self.rig.hub("small", options=["--free-mib-min", "1", "--journal-mib", "1"], directory=self.mount)
        station = self.rig.station(hub, "station", VILLAGE_A)
        late = hub.call("token", division=VILLAGE_A, role="village")["token"]
        # The session that follows the enrolment must be over, or it takes the entries while there is room.
        rig.until(lambda: not station.call("status")["syncing"], what="the first sync")
        feed.log_many(station, "fund", [feed.fund(station, n) for n in range(5)])
        self.fill()  # revoke has a room of its own: admin.py
        for method, more in (("token", {"division": VILLAGE_A, "role": "village"}), ("places", {"edition": "2024", "rows": [VILLAGE_A, "改名村委会"]})):
            for _ in range(5):
                with self.assertRaises(rig.RpcError) as caught:
                    hub.call(method, **more)
                self.assertEqual(caught.exception.name, "disk_full")
        for _ in range(5):
            self.assertIsNotNone(station.call("sync", wait=True)["error"])
        newcomer = self.rig.node("newcomer").start()
        with self.assertRaises(rig.RpcError) as caught:
            newcomer.call("enrol", token=late, name="newcomer")
        self.assertEqual(caught.exception.name, "disk_full")
        time.sleep(2)  # the roster's memory of the sessions is written once a second
        self.assertTrue(hub.alive(), hub.log()[-2000:])
        (self.mount / "ballast").unlink()
        newcomer.call("enrol", token=late, name="newcomer")
        self.assertIsNone(station.call("sync", wait=True)["error"])
        self.assertEqual(hub.call("total", kind="fund", division=VILLAGE_A)["count"], 5)

    def test_a_disk_that_fills_up_under_load_loses_nothing_it_promised(self):
        station = self.rig.station(self.hub, "station", VILLAGE_A, options=["--free-mib-min", "1", "--journal-mib", "1"], directory=self.mount)
        told, refused = 0, None
        with station.rpc() as r:
            for n in range(40000):
                r.send("log", {"kind": "fund", "fields": {**feed.fund(station, n), "note": "满" * 190}})
                _, refused, _ = r.take()
                if refused:
                    break
                told += 1
        self.assertIsNotNone(refused, "8 MiB never filled")
        self.assertEqual(refused["name"], "disk_full")
        self.assertTrue(station.alive(), station.log()[-2000:])
        self.assertEqual(station.call("total", kind="fund", division=VILLAGE_A)["count"], told)
        station.kill()
        station.start()
        self.assertEqual(station.call("total", kind="fund", division=VILLAGE_A)["count"], told)
        self.assertEqual(station.call("verify")["findings"], 0)

    def test_an_import_that_meets_the_full_disk_tells_what_is_saved_and_the_next_one_completes_it(self):
        rows = generate.people(VILLAGE_A, 1500, "disk", rig.DIVISIONS)
        houses = len({r["户编号"] for r in rows})
        path = self.rig.dir / "people.csv"
        with open(path, "wb") as out:
            generate.write(rows, out)
        station = self.rig.station(self.hub, "station", VILLAGE_A, options=["--free-mib-min", "1", "--journal-mib", "1"], directory=self.mount)
        saved = 0
        for lang, sentence in (("zh", r"已存下 (\d+) 条"), ("en", r"(\d+) entries are saved")):
            (self.mount / "ballast").unlink(missing_ok=True)
            self.fill(leave=2000 * 1024)
            answer = station.cli("import", path, lang=lang)
            self.assertEqual(answer.code, 4, answer)
            now = station.call("status")["saved"]
            self.assertEqual(now - saved, int(re.search(sentence, answer.err)[1]), answer)
            saved = now
        answer = station.cli("import", path)  # and where there is no room at all, it says that nothing was written
        self.assertEqual((answer.code, station.call("status")["saved"]), (4, saved), answer)
        self.assertIn("nothing was written", answer.err)
        self.assertTrue(0 < saved < houses + len(rows), saved)
        (self.mount / "ballast").unlink()
        answer = rig.until(lambda: (a := station.cli("import", path)).code == 0 and a, what="room again")
        self.assertEqual(station.call("status")["saved"], houses + len(rows), answer)
        for _ in range(2):
            counts = tuple(station.call("total", kind=k)["count"] for k in ("household", "member"))
            self.assertEqual(counts, (houses, len(rows)))
            station.kill()
            station.start()
        self.assertEqual(station.call("verify")["findings"], 0)


class SavedAndNotApplied(SmallDisk):
    """What is durable and finds no room in the indexes is neither lost nor passed over in silence."""
    size = "64m"

    def setUp(self):
        super().setUp()
        self.station = self.rig.station(self.hub, "station", VILLAGE_A, options=["--free-mib-min", "1"], directory=self.mount)

    def save_and_fill(self, count):
        """Entries that come too fast to be applied in between; the disk fills up while they wait. How many were saved, and the
        names of the last two."""
        refs = []
        with self.station.rpc() as r:
            for n in range(count):
                r.send("log", {"kind": "fund", "fields": feed.fund(self.station, n)})
                if n >= 16:
                    refs.append(r.take())
            self.station.process.send_signal(signal.SIGSTOP)
            self.fill()
            self.station.process.send_signal(signal.SIGCONT)
            refs += [r.take() for _ in range(16)]
        refs = [result["ref"] for _, error, result in refs if error is None]
        return len(refs), refs[-1]

    def test_status_counts_it_and_every_figure_says_that_it_lacks_it(self):
        told = self.save_and_fill(1500)[0]
        status = self.station.call("status")
        pending = self.station.call("counters")["pending"]
        self.assertGreater(pending, 0, "everything was applied before the disk was full")
        self.assertEqual((status["saved"], status["held"] + status["waiting"]), (told, told))
        self.assertGreaterEqual(status["waiting"], pending)
        warning = [w for w in status["warnings"] if w["name"] == "warn_pending"]
        self.assertIn(str(pending), warning[0]["zh"])
        for lang, word in (("zh", "磁盘满了"), ("en", "The disk is full")):
            answer = self.station.cli("status", lang=lang)
            self.assertIn(str(told), answer.out)
            self.assertIn(word, answer.out)
            for verb in (["total"], ["total", "--list"], ["list", "--kind", "fund"], ["balance", VILLAGE_A], ["verify"],
                         ["total", "--format", "json"]):
                answer = self.station.cli(*verb, lang=lang)
                self.assertEqual(answer.code, 1, (verb, answer))
                self.assertIn(word, answer.err, verb)
                self.assertIn(str(pending), answer.err, verb)
        self.assertEqual(self.station.call("total", kind="fund")["count"], told - pending)
        for method, params in (("total", {"kind": "fund"}), ("list", {"kind": "fund"}), ("balance", {"account": VILLAGE_A})):
            self.assertEqual(self.station.call(method, params)["pending"], pending, method)

    def test_what_waits_is_not_told_to_be_unknown(self):
        told, last = self.save_and_fill(1500)
        answer = self.station.cli("show", last)
        self.assertEqual(answer.code, 4, answer)
        self.assertIn("The disk is full", answer.err)
        self.assertNotIn("pending", self.hub.call("total", kind="fund"))
        (self.mount / "ballast").unlink()
        self.assertEqual(self.station.cli("show", last).code, 0)
        self.assertEqual(self.station.call("total", kind="fund")["count"], told)

    def test_sync_says_so_and_sends_it_all_when_there_is_room_again(self):
        told = self.save_and_fill(1500)[0]
        result = self.station.call("sync", wait=True)
        self.assertEqual(result["error"]["name"], "disk_full")
        answer = self.station.cli("sync")
        self.assertEqual(answer.code, 1, answer)
        self.assertIn("disk is full", answer.err)
        self.assertGreater(self.station.call("status")["waiting"], 0)
        (self.mount / "ballast").unlink()
        result = self.station.call("sync", wait=True)
        self.assertIsNone(result["error"])
        self.assertEqual(result["held"], told)
        status = self.station.call("status")
        self.assertEqual((status["saved"], status["waiting"]), (told, 0))
        self.assertNotIn("warn_pending", [w["name"] for w in status["warnings"]])
        total = self.station.call("total", kind="fund")
        self.assertEqual(total["count"], told)
        self.assertNotIn("pending", total)
        self.assertEqual(self.hub.call("total", kind="fund", division=VILLAGE_A)["count"], told)


class FullHub(SmallDisk):
    """A hub on a disk that is nearly full, and a station that has much to send."""
    size = "96m"
    households = 64

    def setUp(self):
        super().setUp()
        self.small = self.rig.hub("small", options=["--journal-mib", "8", "--free-mib-min", "1"], directory=self.mount)
        self.station = self.rig.station(self.small, "station", VILLAGE_A)
        rig.until(lambda: not self.station.call("status")["syncing"], what="the first sync")
        numbers = [f"{VILLAGE_A}{n:04d}" for n in range(self.households)]
        feed.log_many(self.station, "household", [{"number": n} for n in numbers])
        self.everywhere = {"households": ",".join(numbers), "purpose": "日常走访"}
        self.visits = 0
        self.visit(60)

    def visit(self, count):
        feed.log_many(self.station, "visit", [{**self.everywhere, "cadre": f"队员{n}"} for n in range(self.visits, self.visits + count)])
        self.visits += count
        self.saved = self.households + self.visits

    def test_what_it_says_is_stored_is_applied_on_the_same_disk(self):
        """From too little to plenty: the runs are refused, or every one of them is in the figures."""
        refused = 0
        for leave_kib in (900, 1500, 2000, 2500, 3000, 3500, 4000, 6000, 8000, 17000, 24000, 40000):
            self.visit(40)
            (self.mount / "ballast").unlink(missing_ok=True)
            self.fill(leave=leave_kib << 10)
            result = self.station.call("sync", wait=True)
            if result["error"]:
                self.assertEqual(result["error"]["name"], "hub_disk_full", result)
                refused += 1
            total = self.small.call("total", kind="visit")
            self.assertNotIn("pending", total, leave_kib)
            households = self.small.call("total", kind="household")["count"]
            self.assertEqual(households + total["count"], result["held"], leave_kib)
            self.assertNotIn("warn_pending", [w["name"] for w in self.small.call("status")["warnings"]])
        self.assertGreater(refused, 0)
        self.assertEqual((result["held"], result["error"]), (self.saved, None))
        self.assertEqual(total["sum"], self.visits * self.households)
        self.assertEqual(self.small.call("verify")["findings"], 0)

    def test_the_station_is_told_what_is_full_and_when_it_tries_again(self):
        self.fill(leave=900 << 10)
        for lang, words in (("zh", ("省平台的磁盘满了", "记录都保存在本站", "腾出")), ("en", ("The hub's disk is full", "Nothing is lost", "make room"))):
            answer = self.station.cli("sync", lang=lang)
            self.assertEqual((answer.code, answer.out), (1, ""), answer)
            for word in words:
                self.assertIn(word, answer.err)
        status = self.station.call("status")
        self.assertEqual((status["last_error"]["name"], status["held"], status["waiting"]), ("hub_disk_full", 0, self.saved))
        told = int(re.search(r"in (\d+) s\.", status["last_error"]["en"])[1])
        self.assertAlmostEqual(told, (status["next_try_ms"] - status["last_try_ms"]) / 1000, delta=15)
        self.assertTrue(600 <= told <= 751, told)
        self.assertIn("warn_refused", [w["name"] for w in self.small.call("status")["warnings"]])
        self.assertIn("stations send", self.small.cli("status").out)
        (self.mount / "ballast").unlink()
        answer = self.station.cli("sync")
        self.assertEqual(answer.code, 0, answer)
        self.assertIn(f"the hub has stored {self.saved}", answer.out)
        self.assertIsNone(self.station.call("status")["last_error"])
        self.assertNotIn("warn_refused", [w["name"] for w in self.small.call("status")["warnings"]])


class FullStation(SmallDisk):
    def test_a_station_that_cannot_note_what_the_hub_has_says_both(self):
        station = self.rig.station(self.hub, "station", VILLAGE_A, options=["--free-mib-min", "1", "--journal-mib", "1"], directory=self.mount)
        rig.until(lambda: not station.call("status")["syncing"], what="the first sync")
        feed.log_many(station, "fund", [feed.fund(station, n) for n in range(3)])
        self.assertEqual(station.call("total", kind="fund")["count"], 3)  # applied, not only saved
        self.fill()
        for lang, words in (("zh", ("省平台已存下", "第 3 条", "本机磁盘已满", "腾出空间")), ("en", ("The hub has stored", "number 3", "this machine's disk is full", "make room"))):
            answer = station.cli("sync", lang=lang)
            self.assertEqual((answer.code, answer.out), (1, ""), answer)
            for word in words:
                self.assertIn(word, answer.err)
            self.assertEqual(self.hub.call("total", kind="fund", division=VILLAGE_A)["count"], 3)
        status = station.call("status")
        self.assertEqual((status["last_error"]["name"], status["held"]), ("stored_unnoted", 0))
        (self.mount / "ballast").unlink()
        result = station.call("sync", wait=True)
        self.assertEqual((result["error"], result["held"], result["entries"]), (None, 3, 0))
        self.assertEqual(station.call("status")["waiting"], 0)
        self.assertEqual(self.hub.call("total", kind="fund", division=VILLAGE_A)["count"], 3)


class Directory(Case):
    def refused_to_start(self, node, word):
        node.spawn()
        code = node.process.wait(20 * rig.SLOW)
        self.assertNotIn(code, (0, -signal.SIGSEGV, -signal.SIGABRT))
        self.assertIn(word, node.log())
        return code

    def test_a_second_daemon_on_one_directory_is_refused_and_the_first_goes_on(self):
        first = self.rig.node("first", ["--role", "station"]).start()
        second = self.rig.node("second", ["--role", "station"], directory=first.dir)
        self.refused_to_start(second, "first")
        first.call("status")
        self.assertTrue((first.dir / "bangfu.sock").exists())

    def test_a_read_only_directory_is_refused_with_its_name(self):
        node = self.rig.node("locked", ["--role", "station"])
        if os.geteuid() == 0:
            made = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", node.dir], capture_output=True, check=False)
            if made.returncode != 0:
                self.skipTest("mount is not allowed here")
            self.addCleanup(subprocess.run, ["umount", "-l", str(node.dir)], check=False)
        else:
            node.dir.chmod(0o500)
            self.addCleanup(node.dir.chmod, 0o700)
        self.refused_to_start(node, "locked")

    def test_a_missing_directory_is_named(self):
        node = self.rig.node("gone", ["--role", "station"])
        node.dir.rmdir()
        node.dir.write_text("a file where a directory should be")
        self.refused_to_start(node, "gone")

    def test_a_damaged_store_is_named_and_left_as_it_is(self):
        hub = self.rig.hub()
        station = self.rig.station(hub, "station", VILLAGE_A)
        feed.log_many(station, "fund", [feed.fund(station, n) for n in range(5)])
        station.stop()
        data = next(station.dir.rglob("data.mdb"))
        damaged = b"\xa5" * 8192 + data.read_bytes()[8192:]
        data.write_bytes(damaged)
        self.refused_to_start(station, str(station.dir))
        self.assertEqual(data.read_bytes(), damaged)

    def test_files_are_for_their_owner_alone(self):
        hub = self.rig.hub()
        for path in [hub.dir, *hub.dir.rglob("*")]:
            mode = path.lstat().st_mode & 0o777
            allowed = 0o660 if path.suffix == ".sock" else 0o700 if path.is_dir() else 0o600
            self.assertEqual(mode & ~allowed, 0, f"{path} {mode:o}")


class Stops(Case):
    def test_sigterm_leaves_a_store_that_the_check_finds_clean(self):
        hub = self.rig.hub()
        station = self.rig.station(hub, "station", VILLAGE_A)
        feed.log_many(station, "fund", [feed.fund(station, n) for n in range(300)])
        self.assertIsNone(station.call("sync", wait=True)["error"])
        feed.log_many(station, "fund", [feed.fund(station, n) for n in range(300, 330)])
        for node in (station, hub):
            self.assertEqual(node.stop(), 0, node.log()[-1000:])
            answer = node.check()
            self.assertEqual(answer.code, 0, answer)
            self.assertFalse((node.dir / "bangfu.sock").exists())

    def test_the_check_of_a_killed_store_is_clean_too(self):
        hub = self.rig.hub()
        station = self.rig.station(hub, "station", VILLAGE_A)
        feed.log_many(station, "fund", [feed.fund(station, n) for n in range(300)])
        station.kill()
        answer = station.check()
        self.assertEqual(answer.code, 0, answer)

    def test_sigterm_during_a_sync_ends_soon_and_loses_nothing(self):
        hub = self.rig.hub()
        station = self.rig.station(hub, "station", VILLAGE_A)
        fed = feed.log_many(station, "fund", [feed.fund(station, n) for n in range(3000)])
        with station.rpc() as r:
            r.send("sync", {"wait": True})
            time.sleep(0.02)
            self.assertEqual(station.stop(), 0)
        self.assertEqual(hub.stop(), 0)
        hub.start()
        station.start()
        rig.until(lambda: station.call("sync", wait=True)["error"] is None, what="a sync that ends well")
        self.assertEqual(hub.call("total", kind="fund", division=VILLAGE_A)["count"], len(fed))

    def test_the_command_line_gives_up_a_daemon_that_stands_still(self):
        hub = self.rig.hub(places=False)
        hub.process.send_signal(signal.SIGSTOP)
        answer = hub.cli("status")
        self.assertEqual(answer.code, 3, answer)
        self.assertIn("may stand still", answer.err)
        hub.process.send_signal(signal.SIGCONT)
        self.assertEqual(hub.cli("status").code, 0)

    def test_a_long_answer_says_that_it_is_under_way(self):
        """The hub stands still, so the sync takes as long as it is borne with; its asker hears of it meanwhile."""
        hub = self.rig.hub()
        station = self.rig.station(hub, "station", VILLAGE_A)
        rig.until(lambda: not station.call("status")["syncing"], what="the first sync to end")
        hub.process.send_signal(signal.SIGSTOP)
        with station.rpc() as r:
            r.send("sync", {"wait": True})
            self.assertIsNotNone(r.take()[2]["error"])
            self.assertIn({}, r.notices)
            self.assertLess(len(r.notices), 8)
        hub.process.send_signal(signal.SIGCONT)

    def test_a_daemon_paused_for_three_seconds_carries_on(self):
        hub = self.rig.hub()
        station = self.rig.station(hub, "station", VILLAGE_A)
        fed = feed.log_many(station, "fund", [feed.fund(station, n) for n in range(3000)])
        with station.rpc() as r:
            r.send("sync", {"wait": True})
            time.sleep(0.01)
            hub.process.send_signal(signal.SIGSTOP)
            time.sleep(3)
            hub.process.send_signal(signal.SIGCONT)
            _, error, result = r.take()
        self.assertIsNone(error)
        self.assertIsNone(result["error"])
        self.assertEqual(hub.call("total", kind="fund", division=VILLAGE_A)["count"], len(fed))


if __name__ == "__main__":
    main()
