#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""backup.py -- a copy of a node that goes on working is a node of one moment, and what is none is never called one."""
import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

from base import VILLAGE_A, VILLAGE_B, Case, fast_clock, main, rig
import feed

PART_BYTES = 524288
IDLE_S, SILENT_S = 300, 30
RATE = 100
os.environ["PATH"] = f"{Path(rig.program('bangfud', 'daemon')).parent}:{os.environ['PATH']}"


class Writer(threading.Thread):
    """Logs as fast as it is answered, until it is told to stop; `told` is what it was told is saved."""

    def __init__(self, node, **fields):
        super().__init__(daemon=True)
        self.node, self.fields, self.told, self.over, self.failed = node, fields, [], False, None

    def run(self):
        try:
            with self.node.rpc() as r:
                while not self.over:
                    fields = feed.fund(self.node, len(self.told))
                    self.told.append(r.call("log", kind="fund", fields={**fields, **self.fields})["ref"])
        except (rig.RpcError, OSError) as e:
            self.failed = e

    def stop(self):
        self.over = True
        self.join()
        assert self.failed is None, self.failed
        return self.told


def seq(ref):
    return int(ref.split("-")[1])


class Backup(Case):
    def setUp(self):
        super().setUp()
        self.copy = self.rig.dir / "copy"
        self.part = self.rig.dir / "copy.part"

    def made(self, node, *more):
        answer = node.cli("backup", self.copy, *more)
        self.assertEqual(answer.code, 0, answer)
        self.assertFalse(self.part.exists())
        return answer

    def opened(self, options=(), directory=None):
        """A node on the copy."""
        return self.rig.node("again", options, directory=directory or self.copy).start()

    def client(self, node, *words):
        return subprocess.Popen([rig.program("bangfu", "client"), "--dir", str(node.dir), "--lang", "en", *map(str, words)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, preexec_fn=rig.die_with_parent)

    def begun(self, node):
        """A client in the middle of its copy, which cannot be over yet: it is stopped."""
        def made():
            file = self.part / "data.mdb"
            return file.stat().st_ctime_ns if file.exists() else None
        before = made()  # of one that was killed
        client = self.client(node, "backup", self.copy)
        rig.until(lambda: made() not in (None, before), what="the copy to begin", every=0.0005)
        client.send_signal(signal.SIGSTOP)
        return client

    def test_a_hubs_copy_made_while_it_writes_and_syncs_is_the_hub_of_one_moment(self):
        hub = self.rig.hub()
        a, b = self.rig.station(hub, "a", VILLAGE_A), self.rig.station(hub, "b", VILLAGE_B)
        writers = [Writer(hub, **{"from": "中央财政", "to": rig.PROVINCE}), Writer(a), Writer(b)]
        for w in writers:
            w.start()
        rig.until(lambda: all(len(w.told) > 60 for w in writers), seconds=60)
        sent = threading.Event()

        def syncs():
            while not sent.is_set():
                a.call("sync", wait=True)
                b.call("sync", wait=True)
        t = threading.Thread(target=syncs, daemon=True)
        t.start()
        rig.until(lambda: hub.call("status")["entries"] > 120, seconds=60)
        before, held = len(writers[0].told), {n["origin"]: n["seq"] for n in hub.call("nodes")}
        said = self.made(hub, "--format", "json").json()
        after = {n["origin"]: n["seq"] for n in hub.call("nodes")}
        sent.set()
        t.join()
        told = [w.stop() for w in writers]
        self.assertGreater(len(told[0]), before)  # it never stood still for long
        self.assertEqual((said["role"], said["origin"], said["findings"]), ("hub", hub.call("status")["origin"], 0))

        again = self.opened(["--role", "hub", "--division", rig.PROVINCE, "--listen-host", "127.0.0.1", "--listen-port", rig.free_port()])
        status = again.call("status")
        self.assertEqual(status["entries"], said["entries"])
        self.assertEqual(again.call("verify")["findings"], 0)
        own = [ref for ref in told[0] if seq(ref) <= status["saved"]]
        self.assertGreaterEqual(len(own), before)
        self.assertEqual(status["saved"], len(own))
        for ref in (own[0], own[-1]):
            self.assertEqual(again.call("show", ref=ref)["entry"], hub.call("show", ref=ref)["entry"])
        in_copy = {n["origin"]: n["seq"] for n in again.call("nodes")}
        self.assertEqual(in_copy.keys(), held.keys())
        for origin, n in in_copy.items():
            self.assertTrue(held[origin] <= n <= after[origin], (held, in_copy, after))
        self.assertEqual(status["entries"], status["saved"] + sum(in_copy.values()))
        self.assertEqual([p.name for p in self.copy.iterdir() if p.stat().st_mode & 0o077], [])
        self.assertEqual(self.copy.stat().st_mode & 0o777, 0o700)

    def test_a_stations_copy_bears_its_key_and_settings_and_goes_on_where_it_was(self):
        hub = self.rig.hub()
        a = self.rig.station(hub, "a", VILLAGE_A)
        a.stop()
        (a.dir / "bangfud.conf").write_text("sync_every_s = 3600\n")
        a.start()
        refs = feed.log_many(a, "fund", [feed.fund(a, n) for n in range(5)])
        answer = self.made(a)
        self.assertIn("5 entries", answer.out)
        self.assertIn(a.call("status")["origin"], answer.out)
        self.assertIn("station", answer.out)
        self.assertIn("工作站", a.cli("backup", "--check", self.copy, lang="zh").out)
        for name in ("node.key", "bangfud.conf"):
            self.assertEqual((self.copy / name).read_bytes(), (a.dir / name).read_bytes())
        a.stop()
        again = self.opened()
        self.assertEqual(len(refs), again.call("status")["saved"])
        feed.log_many(again, "fund", [feed.fund(again, 100)])
        self.assertIsNone(again.call("sync", wait=True)["error"])
        self.assertEqual(hub.call("total", kind="fund", division=VILLAGE_A)["count"], 6)

    def test_settings_of_65536_bytes_are_copied_and_larger_ones_refused_by_name(self):
        a = self.rig.node("a").start()
        conf = a.dir / "bangfud.conf"
        conf.write_bytes(b"# 65537 bytes\n" + b"#" * (65537 - 14))
        answer = a.cli("backup", self.copy)
        self.assertEqual(answer.code, 4, answer)
        self.assertIn("bangfud.conf", answer.err)
        self.assertFalse(self.part.exists())
        conf.write_bytes(b"# 65536 bytes\n" + b"#" * (65536 - 15) + b"\n")
        self.assertEqual(a.cli("backup", self.copy).code, 1)  # a line that bangfud itself cannot read
        self.assertTrue(self.part.exists())  # it was written whole: who knows what it is good for
        conf.write_bytes(b"# 65536 bytes\n" + (b"#" * 63 + b"\n") * 1023 + b"#" * (64 - 15) + b"\n")
        self.assertEqual(conf.stat().st_size, 65536)
        self.made(a)
        self.assertEqual((self.copy / "bangfud.conf").read_bytes(), conf.read_bytes())

    def test_nothing_that_is_there_is_written_over(self):
        a = self.rig.node("a").start()
        for there, why in ((self.copy, "Name a directory that does not exist yet"), (self.part, "was not left by bangfu")):
            there.mkdir()
            (there / "precious").write_text("1")
            answer = a.cli("backup", self.copy)
            self.assertEqual(answer.code, 1, answer)
            self.assertIn(str(there), answer.err)
            self.assertIn(why, answer.err)
            self.assertEqual([p.name for p in there.iterdir()], ["precious"])
            shutil.rmtree(there)
        self.made(a)
        self.assertEqual(a.cli("backup", self.copy).code, 1)
        self.assertEqual(a.cli("backup", "--check", self.copy).code, 0)

    def test_a_part_with_something_else_in_it_is_left_although_it_bears_our_mark(self):
        a = self.rig.node("a").start()
        (self.part / "photos").mkdir(parents=True)
        (self.part / ".bangfu-part").touch()
        answer = a.cli("backup", self.copy)
        self.assertEqual(answer.code, 1, answer)
        self.assertIn("was not left by bangfu", answer.err)
        self.assertTrue((self.part / "photos").exists())

    def test_a_client_or_a_node_killed_in_the_middle_leaves_a_part_that_says_so(self):
        a = self.rig.node("a", ["--journal-mib", "64"]).start()
        client = self.begun(a)
        client.kill()
        client.communicate()
        self.assertFalse(self.copy.exists())
        self.assertNotEqual(a.cli("backup", "--check", self.part).code, 0)
        self.assertTrue(a.alive())
        self.assertEqual(a.cli("backup", self.rig.dir / "other").code, 4)  # the dead one's session is not over at once
        self.assertFalse((self.rig.dir / "other.part").exists())
        a.stop()
        a.start()
        client = self.begun(a)  # what the dead one left gives way
        for lang, words in (("en", "Another bangfu is writing"), ("zh", "正在由另一个 bangfu 写")):
            answer = a.cli("backup", self.copy, lang=lang)  # and what a living one writes does not
            self.assertEqual(answer.code, 1, answer)
            self.assertIn(words, answer.err)
        a.kill()
        client.send_signal(signal.SIGCONT)
        _, err = client.communicate(timeout=60)
        self.assertEqual(client.returncode, 3, err)
        self.assertFalse(self.part.exists())  # a cron job of tomorrow finds nothing in its way
        self.assertFalse(self.copy.exists())
        a.start()
        client = self.begun(a)
        client.kill()
        client.communicate()
        a.stop()
        a.start()
        self.assertIn("was left by one that was broken off", self.made(a).err)
        self.assertEqual([p.name for p in self.copy.iterdir() if p.name.startswith(".")], [])

    def test_without_bangfud_nothing_is_copied_and_it_says_where_it_looked(self):
        a = self.rig.station(self.rig.hub(), "a", VILLAGE_A)
        alone = self.rig.dir / "alone"
        alone.mkdir()
        shutil.copy(rig.program("bangfu", "client"), alone / "bangfu")
        self.made(a)
        empty = self.rig.dir / "empty"
        for words in (("backup", self.rig.dir / "two"), ("backup", "--check", self.copy), ("restore", self.copy, "--to", empty)):
            for lang, said in (("en", "nothing was done"), ("zh", "什么也没有做")):
                p = subprocess.run([alone / "bangfu", "--dir", a.dir, "--lang", lang, *map(str, words)], capture_output=True, text=True, check=False,
                                   env={**os.environ, "PATH": "/nowhere:/bin"})
                self.assertEqual(p.returncode, 1, p)
                for word in (said, f"{alone}/bangfud", "PATH"):
                    self.assertIn(word, p.stderr)
        self.assertEqual(sorted(p.name for p in self.rig.dir.iterdir() if p.name.startswith(("two", "empty"))), [])

    def test_a_tiny_nodes_copy_is_small_and_a_restored_one_has_its_room(self):
        a = self.rig.node("a", ["--journal-mib", "64"]).start()
        self.made(a)
        journal = self.copy / "journal"
        self.assertEqual(journal.stat().st_size, 64 << 20)
        self.assertLess(sum(p.stat().st_blocks * 512 for p in self.copy.iterdir()), 4 << 20)
        self.assertEqual(a.cli("backup", "--check", self.copy).code, 0)
        to = self.rig.dir / "restored"
        self.assertEqual(a.cli("restore", self.copy, "--to", to).code, 0)
        self.assertGreaterEqual((to / "journal").stat().st_blocks * 512, 64 << 20)
        self.assertEqual((to / "journal").read_bytes(), journal.read_bytes())
        self.assertEqual(self.opened(directory=to).call("verify")["findings"], 0)

    def test_a_stop_does_not_wait_for_a_backup(self):
        a = self.rig.node("a", ["--journal-mib", "64"]).start()
        client = self.begun(a)
        self.assertEqual(a.stop(), 0)
        client.send_signal(signal.SIGCONT)
        _, err = client.communicate(timeout=60)
        self.assertEqual(client.returncode, 3, err)
        a.start()
        self.assertEqual(a.call("verify")["findings"], 0)

    def test_a_full_disk_under_the_copy_is_told_and_costs_the_node_nothing(self):
        if os.geteuid() != 0:
            self.skipTest("mounting a small tmpfs needs root")
        a = self.rig.node("a").start()
        small = self.rig.dir / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", small], capture_output=True, check=False).returncode != 0:
            self.skipTest("mount is not allowed here")
        self.addCleanup(subprocess.run, ["umount", "-l", str(small)], check=False)
        answer = a.cli("backup", small / "copy")
        self.assertEqual(answer.code, 1, answer)
        self.assertIn("No space left on device", answer.err)
        self.assertEqual(list(small.iterdir()), [])
        self.assertEqual(a.call("verify")["findings"], 0)

    def test_a_copy_that_was_damaged_or_is_none_does_not_pass_the_check(self):
        a = self.rig.node("a").start()
        self.made(a)
        data = self.copy / "data.mdb"
        whole = data.read_bytes()
        page = bytearray(whole)
        page[3 * 4096:-4096] = b"\xa5" * (len(page) - 4 * 4096)
        data.write_bytes(page)
        for where in (self.copy, self.rig.dir / "nothing"):
            answer = a.cli("backup", "--check", where)
            self.assertEqual(answer.code, 1, answer)
            self.assertIn(f"{where} is no whole backup", answer.err)
        data.write_bytes(whole)
        (self.copy / "journal").write_bytes(b"\0" * 4096)
        self.assertEqual(a.cli("backup", "--check", self.copy).code, 1)

    def test_the_copy_of_a_store_in_which_something_was_changed_is_not_called_a_backup(self):
        a = self.rig.station(self.rig.hub(), "a", VILLAGE_A)
        feed.log_many(a, "fund", [{**feed.fund(a, 1), "document": "MARK0001"}])
        a.call("verify")  # it is applied
        a.stop()
        data = (a.dir / "data.mdb").read_bytes()
        self.assertIn(b"MARK0001", data)
        (a.dir / "data.mdb").write_bytes(data.replace(b"MARK0001", b"MARK0002"))
        a.start()
        answer = a.cli("backup", self.copy)
        self.assertEqual(answer.code, 1, answer)
        self.assertIn("findings", answer.err)
        self.assertIn(f"left {self.part}", answer.err)
        self.assertFalse(self.copy.exists())

    def test_who_is_only_a_member_of_the_group_gets_no_copy(self):
        if os.geteuid() != 0:
            self.skipTest("being somebody else needs root")
        self.rig.dir.chmod(0o711)
        run = self.rig.dir / "run"
        run.mkdir(mode=0o755)
        a = self.rig.node("a", ["--socket-group", "users", "--socket", run / "sock"])
        a.socket = run / "sock"
        a.start()
        member = rig.User("games", group="users")
        where = Path("/tmp") / f"copy-{os.getpid()}"
        self.addCleanup(shutil.rmtree, str(where) + ".part", True)
        self.assertEqual(a.cli("status", user=member).code, 0)
        answer = a.cli("backup", where, user=member)
        self.assertEqual(answer.code, 4, answer)
        self.assertIn("sudo bangfu backup", answer.err)
        self.assertFalse(Path(str(where) + ".part").exists())
        self.assertFalse(where.exists())

    def test_one_backup_at_a_time_and_a_silent_one_gives_way(self):
        a = self.rig.node("a").start()
        with a.rpc() as r:
            r.call("backup")
            with self.assertRaises(rig.RpcError) as caught:
                r.call("backup")
            self.assertEqual(caught.exception.name, "backup_running")
        fast = self.rig.node("fast", env=fast_clock(RATE)).start()
        first = fast.call("backup")
        time.sleep((SILENT_S + 20) / RATE)
        second = fast.call("backup")
        for session in (first["session"], second["session"] ^ 1):
            self.lost(fast, session)

    def test_the_moment_is_let_go_when_nobody_asks_any_more(self):
        a = self.rig.node("a", env=fast_clock(RATE)).start()
        begun = a.call("backup")
        time.sleep((IDLE_S + 60) / RATE)
        self.lost(a, begun["session"])

    def lost(self, node, session):
        with self.assertRaises(rig.RpcError) as caught:
            node.call("backup", session=session, file="data.mdb", offset=0)
        self.assertEqual(caught.exception.name, "backup_lost")

    def test_a_file_is_handed_out_from_any_offset_and_ends_where_it_ends(self):
        a = self.rig.node("a").start()
        with a.rpc() as r:
            begun = r.call("backup")
            files = {f["name"]: f["bytes"] for f in begun["files"]}
            self.assertEqual(sorted(files), ["data.mdb", "journal", "node.key"])
            self.assertEqual(len(r.call("backup", session=begun["session"], file="journal", offset=0)["part"]), PART_BYTES)
            for name, size in files.items():
                self.assertEqual(len(r.call("backup", session=begun["session"], file=name, offset=size - 1)["part"]), 1)
                for offset in (size, size + 1, 2**63 - 1):
                    self.assertEqual(r.call("backup", session=begun["session"], file=name, offset=offset)["part"], b"")
            for name in ("lock.mdb", "../a/node.key", ""):
                with self.assertRaises(rig.RpcError) as caught:
                    r.call("backup", session=begun["session"], file=name, offset=0)
                self.assertEqual(caught.exception.name, "bad_param")
            self.assertEqual(r.call("backup", session=begun["session"], end=True), {})

    # ---- restore ----

    def isolated_hub(self):
        """A hub whose stations come by an address at which it does not listen while it is isolated."""
        port = rig.free_port()
        hub = self.rig.hub(port=port, options=["--listen-host", "127.0.0.9", "--advertise", f"127.0.0.9:{port}"])
        return hub, self.rig.station(hub, "a", VILLAGE_A), self.rig.station(hub, "b", VILLAGE_B)

    def test_a_restored_hub_lets_nobody_in_until_it_is_opened_and_is_no_set_back_one(self):
        hub, a, b = self.isolated_hub()
        for s in (a, b):
            feed.log_many(s, "fund", [feed.fund(s, n) for n in range(3)])
            self.assertIsNone(s.call("sync", wait=True)["error"])
        self.made(hub)
        feed.log_many(a, "fund", [feed.fund(a, n) for n in range(3, 7)])
        self.assertIsNone(a.call("sync", wait=True)["error"])
        stolen = b.call("status")["origin"]
        hub.call("revoke", origin=stolen)
        hub.stop()

        answer = hub.cli("restore", self.copy, "--to", hub.dir)
        self.assertEqual(answer.code, 1, answer)
        self.assertIn("--move-old", answer.err)
        answer = hub.cli("restore", self.copy, "--to", hub.dir, "--move-old")
        self.assertEqual(answer.code, 0, answer)
        self.assertIn("bangfu restore --open", answer.out)
        (old,) = self.rig.dir.glob("hub.old-*")
        self.assertTrue((old / "data.mdb").exists())
        for _ in range(2):  # over a restart, too
            hub.start()
            self.assertIsNotNone(b.call("sync", wait=True)["error"])
            self.assertIn("warn_isolated", [w["name"] for w in hub.call("status")["warnings"]])
            hub.stop()
        self.assertEqual(hub.log().count("event=restored"), 1)
        hub.start()
        hub.call("revoke", origin=stolen)
        answer = hub.cli("restore", "--open")
        self.assertEqual(answer.code, 0, answer)
        self.assertIn(f"127.0.0.9 port {hub.port}", answer.out)
        self.assertIsNone(a.call("sync", wait=True)["error"])
        self.assertIsNotNone(b.call("sync", wait=True)["error"])
        self.assertEqual(hub.call("total", kind="fund", division=VILLAGE_A)["count"], 7)
        for node in (hub, a):
            self.assertEqual([w for w in node.call("status")["warnings"] if "rewound" in w["name"] or "isolated" in w["name"]], [])
        self.assertEqual(hub.cli("restore", "--open").code, 4)
        hub.stop()
        hub.start()
        self.assertIsNone(a.call("sync", wait=True)["error"])
        self.assertEqual(hub.log().count("event=restored"), 1)
        self.assertEqual(hub.call("verify")["findings"], 0)

    def test_what_is_in_use_and_what_is_no_backup_restores_nothing(self):
        a = self.rig.node("a").start()
        self.made(a)
        answer = a.cli("restore", self.copy, "--to", a.dir, "--move-old")
        self.assertEqual(answer.code, 1, answer)
        self.assertIn("systemctl stop bangfud", answer.err)
        self.assertTrue(a.alive())
        self.assertEqual(a.cli("restore", self.copy, "--to", self.copy, "--move-old").code, 1)
        a.stop()
        target = self.rig.dir / "target"
        (self.copy / "journal").unlink()
        for backup in (self.copy, self.rig.dir / "nothing"):
            answer = a.cli("restore", backup, "--to", target)
            self.assertEqual(answer.code, 1, answer)
            self.assertIn("no whole backup", answer.err)
            self.assertEqual(list(self.rig.dir.glob("target*")), [])
        for words in ((), (self.copy,), ("--to", target), ("--open", "--to", target)):
            self.assertEqual(a.cli("restore", *words).code, 2, words)
        a.start()
        self.assertEqual(a.call("verify")["findings"], 0)

    def test_a_station_is_put_back_where_it_belongs_and_to_whom(self):
        if os.geteuid() != 0:
            self.skipTest("giving a directory to somebody needs root")
        a = self.rig.node("a").start()
        origin = a.call("status")["origin"]
        self.made(a)
        a.stop()
        target, link = self.rig.dir / "private", self.rig.dir / "link"
        target.mkdir(mode=0o700)
        owner = rig.User("games")
        os.chown(target, owner.uid, owner.gid)
        link.symlink_to("private")
        answer = a.cli("restore", self.copy, "--to", link)
        self.assertEqual(answer.code, 0, answer)
        self.assertTrue(link.is_symlink())
        self.assertEqual({p.stat().st_uid for p in (target, *target.iterdir())}, {owner.uid})
        self.assertEqual([p for p in (target, *target.iterdir()) if p.stat().st_mode & 0o077], [])
        self.rig.dir.chmod(0o711)
        again = self.rig.node("again", directory=target, user=owner).start()
        self.assertEqual(again.call("status")["origin"], origin)
        self.assertFalse((target / "restored").exists())  # it means nothing at a station


if __name__ == "__main__":
    main()
