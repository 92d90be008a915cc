#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""rewind.py -- a hub set back to an older copy of itself: noticed at both ends, nothing lost, and over once its operator says so."""
import shutil
import subprocess

from base import VILLAGE_A, VILLAGE_B, Case, main, rig
import feed

NOTICED, REPORTED = "warn_hub_rewound", "warn_rewound"


def warned(node, name):
    return [w for w in node.call("status")["warnings"] if w["name"] == name]


def counts(station):
    state = station.call("status")
    return state["held"], state["waiting"]


class Rewind(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub()
        self.other = self.rig.station(self.hub, "other", VILLAGE_B)

    def save(self, station, first, count):
        feed.log_many(station, "fund", [feed.fund(station, n) for n in range(first, first + count)])

    def sync(self, station):
        done = station.call("sync", wait=True)
        self.assertIsNone(done["error"])
        return done

    def copy_hub(self):
        self.hub.stop()
        shutil.copytree(self.hub.dir, self.rig.dir / "copy")
        self.hub.start()

    def restore_hub(self, *options):
        self.hub.stop()
        shutil.rmtree(self.hub.dir)
        shutil.copytree(self.rig.dir / "copy", self.hub.dir)
        self.start_hub(*options)

    def start_hub(self, *options):
        usual, self.hub.options = self.hub.options, [*self.hub.options, *options]
        try:
            self.hub.start()
        finally:
            self.hub.options = usual

    def restart(self, node):
        node.stop()
        node.start()

    def everything_is_equal(self, *stations):
        for s in stations:
            state = s.call("status")
            self.assertEqual((state["held"], state["waiting"]), (state["saved"], 0))
        self.assertEqual(self.hub.call("total", kind="fund", division=rig.PROVINCE)["count"],
                         sum(s.call("total", kind="fund")["count"] for s in stations))
        for node in (self.hub, *stations):
            self.assertEqual(node.call("verify")["findings"], 0)

    def test_both_ends_say_it_until_the_operator_has_said_it(self):
        station = self.rig.station(self.hub, "station", VILLAGE_A)
        self.save(station, 1, 5)
        self.sync(station)
        self.copy_hub()
        self.save(self.other, 100, 30)
        self.sync(self.other)
        self.sync(station)  # nothing new of its own, but it has seen 30 more entries
        self.restore_hub()
        self.save(station, 6, 3)
        self.sync(station)
        self.assertEqual(counts(station), (8, 0))
        (said,) = warned(station, NOTICED)
        self.assertIn("Nothing is lost", said["en"])
        self.assertIn("35", said["en"])  # the order it had seen
        self.assertIn("管理员", said["zh"])
        self.restart(station)  # memory and disk agree
        self.assertEqual(counts(station), (8, 0))
        self.assertEqual(warned(station, NOTICED), [said])
        self.assertIn("set back to an older copy", station.cli("status").text)
        self.assertIn("退回到了较旧的一份", station.cli("status", lang="zh").text)

        for _ in range(2):  # one station is one report, however often it comes
            self.sync(station)
            (heard,) = warned(self.hub, REPORTED)
            self.assertIn("since the start: 1.", heard["en"])
        self.restart(self.hub)  # it counts from its start; the station still has the proof to show
        self.assertEqual(warned(self.hub, REPORTED), [])
        self.sync(station)
        self.assertEqual(len(warned(self.hub, REPORTED)), 1)
        self.sync(self.other)
        self.assertEqual(warned(self.other, NOTICED)[0]["name"], NOTICED)
        self.assertIn("since the start: 2.", warned(self.hub, REPORTED)[0]["en"])
        self.assertIn("--restored", self.hub.cli("status", lang="zh").text)
        self.assertEqual(self.hub.call("counters")["rewound"], 2)
        self.everything_is_equal(station, self.other)
        self.assertEqual(len(warned(station, NOTICED)), 1)  # also now that all was sent again

        self.hub.stop()
        self.start_hub("--restored")
        self.assertEqual(warned(self.hub, REPORTED), [])
        for s in (station, self.other):
            self.sync(s)
            self.assertEqual(warned(s, NOTICED), [])
        for node in (station, self.hub):
            self.restart(node)
        self.sync(station)
        self.assertEqual(warned(self.hub, REPORTED) + warned(station, NOTICED), [])
        self.everything_is_equal(station, self.other)
        self.assertEqual(self.hub.log().count("event=restored"), 1)

    def test_a_restore_that_is_said_at_once_alarms_nobody(self):
        station = self.rig.station(self.hub, "station", VILLAGE_A)
        self.save(station, 1, 5)
        self.sync(station)
        self.copy_hub()
        self.save(station, 6, 3)
        self.save(self.other, 100, 30)
        for s in (self.other, station):
            self.sync(s)
        self.restore_hub("--restored")
        done = self.sync(station)
        self.assertEqual(done["entries"], 3)  # what the copy lacks, and no more
        self.sync(self.other)
        self.assertEqual(warned(station, NOTICED) + warned(self.other, NOTICED) + warned(self.hub, REPORTED), [])
        self.everything_is_equal(station, self.other)

    def test_held_goes_down_with_the_hub_and_up_as_entries_are_sent_again(self):
        line = self.rig.proxy(self.hub.port)
        self.hub.stop()
        at = self.hub.options.index("--advertise") + 1
        self.hub.options[at] = f"127.0.0.1:{line.port}"  # tokens lead through the line
        self.hub.start()
        token = self.hub.call("token", division=VILLAGE_A, role="village")["token"]
        station = self.rig.node("station", ["--role", "station"]).start()
        station.call("enrol", token=token, name="station")
        self.save(station, 1, 5)
        self.sync(station)
        self.copy_hub()
        self.save(station, 6, 3)
        self.sync(station)
        self.assertEqual(counts(station), (8, 0))
        self.restore_hub()
        # Cut a little later each time: at some length WELCOME has come and STORED has not.
        for line.cut_after in range(1000, 8000, 60):
            self.assertIsNotNone(station.call("sync", wait=True)["error"])
            if counts(station) != (8, 0):
                break
        self.assertEqual(counts(station), (5, 3))
        self.assertEqual(len(warned(station, NOTICED)), 1)
        self.restart(station)
        self.assertEqual(counts(station), (5, 3))
        line.cut_after = None
        self.sync(station)
        self.assertEqual(counts(station), (8, 0))
        self.everything_is_equal(station)

    def test_a_station_the_copy_does_not_know_enrols_again_and_still_says_it(self):
        self.copy_hub()
        station = self.rig.station(self.hub, "station", VILLAGE_A)
        self.save(station, 1, 5)
        self.sync(station)
        self.restore_hub()
        self.assertEqual(station.call("sync", wait=True)["error"]["name"], "node_refused")
        station.call("enrol", token=self.hub.call("token", division=VILLAGE_A, role="village")["token"], name="station")
        self.sync(station)
        (said,) = warned(station, NOTICED)
        self.assertEqual(len(warned(self.hub, REPORTED)), 1)
        self.restart(station)
        self.assertEqual(warned(station, NOTICED), [said])
        self.everything_is_equal(station)

    def bangfud(self, *options):
        return rig.Answer(subprocess.run([rig.program("bangfud", "daemon"), *map(str, options)], capture_output=True, text=True,
                                         timeout=60 * rig.SLOW, check=False, stdin=subprocess.DEVNULL))

    def test_restored_is_refused_where_nothing_can_have_been_restored(self):
        self.hub.stop()
        hub = ["--role", "hub", "--division", rig.PROVINCE, "--listen-host", "127.0.0.1", "--listen-port", 0, "--restored"]
        self.refused(self.bangfud("--dir", self.hub.dir, *hub, "--check"), "--check", 2)
        self.other.stop()
        answer = self.bangfud("--dir", self.other.dir, "--restored")
        self.refused(answer, "works at the hub only", 1)
        self.assertIn("只能在省平台上使用", answer.text)
        new = self.rig.dir / "new"
        new.mkdir()
        self.refused(self.bangfud("--dir", new, *hub), "nothing was restored", 1)
        self.assertEqual(list(new.iterdir()), [])
        empty = self.rig.hub("empty", places=False)  # the backup was forgotten, and the hub started without it
        empty.stop()
        self.refused(self.bangfud("--dir", empty.dir, *hub), "nothing was restored", 1)

    def test_a_row_of_another_version_is_refused_with_a_sentence(self):
        station = self.rig.station(self.hub, "station", VILLAGE_A)
        station.stop()
        path = station.dir / "data.mdb"
        data = bytearray(path.read_bytes())
        rows = [i for i in range(len(data)) if data.startswith(b"hub\x02", i)]  # key and version, in every page that has them
        self.assertTrue(rows)
        for i in rows:
            data[i + 3] = 9
        path.write_bytes(data)
        answer = self.bangfud("--dir", station.dir)
        self.refused(answer, "another version of this program", 1)
        self.assertIn("另一版本", answer.text)


if __name__ == "__main__":
    main()
