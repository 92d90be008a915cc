#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""scarce.py -- few descriptors, few threads, little address space, or a part of the data gone: the daemon works, or it says in both
languages what is lacking and ends with 1. It never blames the disk, and never ends later for what it met at the start."""
import os
import resource
import shutil
import subprocess
import sys

from base import VILLAGE_A, Case, main, rig
import feed

FILES_MIN = 192
LOADER = 127  # what the dynamic loader ends with when it cannot open a library: then we have not begun
SANITIZED = rig.SLOW > 1
GIB = 1 << 30


def limited(**limits):
    def prepare():
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, name), (value, value))
        rig.die_with_parent()
    return prepare


class Scarce(Case):
    def run_limited(self, argv, user=None, **limits):
        def prepare():
            limited(**limits)()
            rig.becoming(user)()
        env = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}  # its own thread would count
        return rig.Answer(subprocess.run([str(a) for a in argv], capture_output=True, text=True, check=False, timeout=60 * rig.SLOW,
                                         stdin=subprocess.DEVNULL, preexec_fn=prepare, env=env))

    def says(self, answer, zh, en, code=1):
        self.assertEqual(answer.code, code, answer)
        self.assertIn(zh, answer.err)
        self.assertIn(en, answer.err)

    def nobody_blames_the_disk(self, text):
        for word in ("disk failed", "replace the disk", "更换磁盘", "BF_REQUIRE", "not whole", "Sanitizer"):
            self.assertNotIn(word, text)

    def filled(self, name="station"):
        """A node with a record, stopped."""
        hub = self.rig.hub(f"hub-{name}")
        node = self.rig.station(hub, name, VILLAGE_A)
        feed.log_many(node, "fund", [feed.fund(node, 1)])
        self.assertEqual(node.stop(), 0)
        return node

    def daemon(self, node, *options):
        return [rig.program("bangfud", "daemon"), "--dir", node.dir, *options]


class Descriptors(Scarce):
    def test_with_any_few_descriptors_the_daemon_says_how_many_it_needs(self):
        node = self.rig.node("new")
        for files in [*range(3, 41), FILES_MIN - 1]:
            answer = self.run_limited(self.daemon(node), RLIMIT_NOFILE=files)
            if answer.code == LOADER and files < 8:
                continue
            self.says(answer, f"只许本程序同时打开 {files} 个文件", f"only {files} files at a time, and it needs {FILES_MIN}")
            self.assertFalse((node.dir / "data.mdb").exists())

    def test_with_as_many_as_it_asks_for_it_serves_a_full_socket(self):
        node = self.rig.node("new", files=FILES_MIN).start()
        held = [node.rpc() for _ in range(63)]
        for r in held:
            r.call("counters")
        self.assertEqual(node.cli("status").code, 0)
        for r in held:
            r.close()
        self.assertEqual(node.stop(), 0)

    def test_a_hub_with_as_many_as_it_asks_for_takes_a_station(self):
        hub = self.rig.hub(places=True, files=FILES_MIN)
        station = self.rig.station(hub, "station", VILLAGE_A)
        self.assertIsNone(station.call("sync", wait=True)["error"])
        self.assertEqual(hub.stop(), 0)

    def test_a_check_with_few_descriptors_works_or_says_so(self):
        node = self.filled()
        worked = 0
        for files in range(3, 41):
            answer = self.run_limited(self.daemon(node, "--check"), RLIMIT_NOFILE=files)
            self.nobody_blames_the_disk(answer.text)
            if answer.code == LOADER and files < 8:
                continue
            if answer.code != 0:
                self.says(answer, f"只许本程序同时打开 {files} 个文件", f"only {files} files at a time")
            worked += answer.code == 0
        self.assertGreater(worked, 20)

    def test_the_command_with_few_descriptors_works_or_says_so(self):
        node = self.rig.node("station").start()
        worked = 0
        for files in range(3, 41):
            answer = self.run_limited([rig.program("bangfu", "client"), "--dir", node.dir, "--lang", "en", "status"], RLIMIT_NOFILE=files)
            self.assertNotIn("No node answers", answer.err)
            if answer.code == LOADER and files < 8:
                continue
            if answer.code != 0:
                self.assertEqual(answer.code, 1, answer)
                self.assertIn(f"only {files} files at a time", answer.err)
            worked += answer.code == 0
        self.assertGreater(worked, 20)


class Threads(Scarce):
    def test_with_few_threads_the_daemon_works_or_says_so(self):
        if os.geteuid() != 0:
            self.skipTest("only root can be somebody else, and root has no limit of threads")
        user = rig.User("games")
        said = 0
        for threads in range(1, 9):
            node = self.rig.node(f"t{threads}", user=user, env={"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"})
            node.prepare = lambda n=threads: (resource.setrlimit(resource.RLIMIT_NPROC, (n, n)), rig.becoming(user)())
            node.spawn()
            rig.until(lambda n=node: n.process.poll() is not None or "event=ready" in n.log(), what="a start")
            if not node.alive():
                said += 1
                self.assertEqual(node.process.returncode, 1, node.log())
                self.assertIn("不让本程序再开线程", node.log())
                self.assertIn("no further thread", node.log())
                continue
            try:
                node.call("verify")
            except rig.RpcError as e:
                said += 1
                self.assertEqual(e.name, "threads_few")
            node.call("counters")  # and goes on
            self.assertEqual(node.stop(), 0, node.log())
        self.assertGreater(said, 2)


class AddressSpace(Scarce):
    def setUp(self):
        if SANITIZED:
            print("scarce.py: skipped: a sanitizer's own map does not fit into a small address space (starved.c has the words)",
                  file=sys.stderr)
            self.skipTest("a sanitizer needs the address space itself")
        super().setUp()

    def test_a_map_larger_than_the_address_space_is_said_with_both_figures(self):
        node = self.rig.node("new")
        answer = self.run_limited(self.daemon(node), RLIMIT_AS=GIB)
        self.says(answer, "要占 65536 MiB 地址空间，系统不许（本进程上限 1024 MiB）", "takes 65536 MiB of address space")
        self.assertIn("map_mib", answer.err)
        old = self.filled()
        self.says(self.run_limited(self.daemon(old), RLIMIT_AS=GIB), "map_mib", "may have 1024 MiB")
        self.says(self.run_limited(self.daemon(old, "--check"), RLIMIT_AS=GIB), "map_mib", "may have 1024 MiB")

    def test_a_smaller_map_fits_and_the_store_works(self):
        node = self.filled()
        answer = self.run_limited(self.daemon(node, "--map-mib", 256, "--check"), RLIMIT_AS=GIB)
        self.assertEqual(answer.code, 0, answer)

    def test_a_start_with_too_little_memory_says_so(self):
        node = self.rig.node("new")
        for mib in range(8, 80, 8):
            answer = self.run_limited(["timeout", "-s", "TERM", "3", *self.daemon(node, "--map-mib", 16)], RLIMIT_AS=mib << 20)
            self.nobody_blames_the_disk(answer.text)
            self.assertIn(answer.code, (0, 1, 124, 125, 126, LOADER), answer)


class Gone(Scarce):
    def test_a_key_without_data_is_told_at_the_start(self):
        for leave in (("node.key",), ("node.key", "lock.mdb", "node.lock")):
            node = self.filled(f"node{len(leave)}")
            for file in node.dir.iterdir():
                if file.name not in leave:
                    file.unlink()
            key = (node.dir / "node.key").read_bytes()
            for more in ((), ("--check",)):
                answer = self.run_limited(self.daemon(node, *more))
                self.says(answer, "密钥 node.key 还在，数据", "node.key is there but the data")
                self.assertEqual(answer.err.count("data.mdb"), 2)
            self.assertFalse((node.dir / "data.mdb").exists())
            self.assertEqual((node.dir / "node.key").read_bytes(), key)
            (node.dir / "node.key").rename(node.dir / "node.key.old")  # as it says, to begin anew on purpose
            node.start()
            self.assertEqual(node.call("status")["saved"], 0)
            self.assertEqual(node.stop(), 0)

    def test_the_copy_put_back_whole_starts_as_ever(self):
        node = self.filled()
        copy = self.rig.dir / "copy"
        shutil.copytree(node.dir, copy, ignore=shutil.ignore_patterns("*.sock"))
        (node.dir / "data.mdb").unlink()
        self.assertNotEqual(self.run_limited(self.daemon(node)).code, 0)
        shutil.rmtree(node.dir)
        shutil.copytree(copy, node.dir)
        node.start()
        self.assertEqual(node.call("status")["saved"], 1)

    def test_a_creation_cut_short_before_its_key_goes_on(self):
        node = self.rig.node("new").start()
        self.assertEqual(node.stop(), 0)
        (node.dir / "node.key").unlink()  # a store without a log of its own, and no key yet
        self.says(self.run_limited(self.daemon(node)), "密钥文件", "the key file")  # its log has begun: that key is missed
        shutil.rmtree(node.dir)
        node.dir.mkdir(mode=0o700)
        (node.dir / "store.new").mkdir(mode=0o700)
        (node.dir / "store.new" / "data.mdb").write_bytes(b"cut")
        node.start()
        self.assertEqual(node.call("status")["saved"], 0)


if __name__ == "__main__":
    main()
