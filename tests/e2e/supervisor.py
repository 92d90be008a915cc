#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""supervisor.py -- what systemd is told, and what it is asked: the notify socket, and the unit as it is shipped.

The unit says Type=notify and WatchdogSec: a daemon that never says READY is killed at its start, one that forgets WATCHDOG every
minute. The other end of the socket here is ours, so that a machine without systemd tests the same.
"""
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from base import Case, main, rig

UNIT = rig.ROOT / "packaging" / "bangfud.service"
WATCHDOG_S = 2.4
EXPOSURE_MAX = 1.5
NO_SUPERVISOR = {"NOTIFY_SOCKET": None, "WATCHDOG_USEC": None, "WATCHDOG_PID": None}


class Notify(Case):
    def setUp(self):
        super().setUp()
        self.path = self.rig.dir / "notify"
        self.ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.ear.close)
        self.ear.bind(str(self.path))

    def node(self, **env):
        return self.rig.node("node", env={**NO_SUPERVISOR, "NOTIFY_SOCKET": str(self.path), **env})

    def hear(self, seconds=8):
        """The next datagram's lines, and when it came."""
        self.ear.settimeout(seconds * rig.SLOW)
        return self.ear.recv(4096).decode().splitlines(), time.monotonic()

    def nothing_more(self, seconds):
        self.ear.settimeout(seconds)
        with self.assertRaises(TimeoutError):
            self.fail(self.ear.recv(4096))

    def test_ready_is_said_when_whoever_asks_is_answered_and_stopping_before_the_end(self):
        node = self.node().spawn()
        lines, _ = self.hear()
        self.assertIn("READY=1", lines)
        self.assertTrue(any(line.startswith("STATUS=") for line in lines), lines)
        node.call("status")  # no waiting: it was said to be ready
        self.nothing_more(0.5)  # nobody asked for a watchdog
        node.process.terminate()
        lines, _ = self.hear()
        self.assertEqual(lines, ["STOPPING=1"])
        self.assertEqual(node.process.wait(20 * rig.SLOW), 0)
        self.nothing_more(0.1)

    def test_the_watchdog_is_fed_twice_within_its_patience_for_as_long_as_the_daemon_runs(self):
        node = self.node(WATCHDOG_USEC=str(int(WATCHDOG_S * 1e6))).spawn()
        beats = []
        while len(beats) < 5:
            lines, at = self.hear()
            if "WATCHDOG=1" in lines:
                beats.append(at)
            else:
                self.assertIn("READY=1", lines)
        gaps = [b - a for a, b in zip(beats, beats[1:])]
        self.assertLessEqual(sum(gaps) / len(gaps), WATCHDOG_S / 2, gaps)
        self.assertLess(max(gaps), WATCHDOG_S, gaps)
        self.assertGreater(min(gaps), WATCHDOG_S / 20, gaps)  # nor is it a storm
        self.assertEqual(node.stop(), 0)

    def test_a_watchdog_meant_for_another_process_is_not_ours(self):
        node = self.node(WATCHDOG_USEC="300000", WATCHDOG_PID="1").spawn()
        lines, _ = self.hear()
        self.assertIn("READY=1", lines)
        self.nothing_more(1)
        self.assertEqual(node.stop(), 0)

    def test_a_start_that_fails_is_not_said_to_be_ready(self):
        node = self.node()
        (node.dir / "data.mdb").write_bytes(b"\xa5" * 8192)
        node.spawn()
        self.assertNotEqual(node.process.wait(20 * rig.SLOW), 0)
        self.ear.settimeout(0.2)
        heard = []
        try:
            while True:
                heard.append(self.ear.recv(4096))
        except TimeoutError:
            pass
        self.assertNotIn(b"READY=1", b"\n".join(heard))

    def test_without_a_supervisor_or_with_a_deaf_one_it_serves_all_the_same(self):
        for env in (NO_SUPERVISOR, {**NO_SUPERVISOR, "NOTIFY_SOCKET": str(self.rig.dir / "nobody"), "WATCHDOG_USEC": "200000"}):
            node = self.rig.node("alone", env=env).start()
            time.sleep(0.3)
            node.call("status")
            self.assertEqual(node.stop(), 0, node.log())


class Unit(unittest.TestCase):
    """systemd's own judgement of the file we ship."""

    def setUp(self):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("systemd-analyze is not installed here (Debian package systemd)")

    def analyze(self, *args):
        return subprocess.run(["systemd-analyze", *args], capture_output=True, text=True, check=False, timeout=60,
                              env={**os.environ, "SYSTEMD_COLORS": "0", "LC_ALL": "C"})

    def test_the_unit_is_closed_to_almost_all_that_it_does_not_need(self):
        answer = self.analyze("security", "--no-pager", "--offline=true", str(UNIT))
        found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", answer.stdout)
        if found is None:
            self.skipTest(f"this systemd-analyze cannot judge a file: {answer.stderr.strip()[:200]}")
        self.assertLessEqual(float(found[1]), EXPOSURE_MAX, answer.stdout)

    def test_the_unit_has_no_mistake_that_systemd_knows(self):
        with tempfile.TemporaryDirectory() as d:
            # It names /usr/bin/bangfud, which is not there before it is installed.
            copy = Path(d) / UNIT.name
            copy.write_text(UNIT.read_text().replace("/usr/bin/bangfud", rig.program("bangfud", "daemon")))
            answer = self.analyze("verify", "--man=no", "--recursive-errors=no", str(copy))
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))


class Installed(unittest.TestCase):
    """cmake --install into a directory: all that the README's three commands rely on is there and says the same names."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = Path(temporary.name)
        done = subprocess.run(["cmake", "--install", str(rig.BUILD), "--prefix", "/usr"], capture_output=True, text=True, check=False, timeout=120,
                              env={**os.environ, "DESTDIR": str(self.root)})
        self.assertEqual(done.returncode, 0, done)
        self.unit = (self.root / "usr/lib/systemd/system/bangfud.service").read_text()

    def setting(self, name):
        return re.search(rf"^{name}=(.*)$", self.unit, re.M)[1]

    def test_the_unit_starts_what_is_installed_for_the_group_that_is_made(self):
        argv = self.setting("ExecStart").split()
        self.assertTrue(os.access(self.root / argv[0].lstrip("/"), os.X_OK), argv)
        group, socket_path = argv[argv.index("--socket-group") + 1], argv[argv.index("--socket") + 1]
        self.assertEqual(group, self.setting("Group"))
        self.assertEqual(socket_path, f"/run/{self.setting('RuntimeDirectory')}/bangfu.sock")
        self.assertIn(socket_path, (rig.ROOT / "client" / "main.c").read_text())
        self.assertEqual(self.setting("RuntimeDirectoryMode"), "0750")
        self.assertNotIn("PrivateUsers=yes", self.unit)  # all cadres would be one nobody
        made = (self.root / "usr/lib/sysusers.d/bangfu.conf").read_text()
        self.assertRegex(made, rf"(?m)^g {group} -$")
        for page in ("man1/bangfu.1", "man8/bangfud.8"):
            self.assertIn(f"usermod \\-aG {group}" if page.endswith("8") else socket_path,
                          next(self.root.rglob(page)).read_text())

    def test_systemd_makes_the_group(self):
        if shutil.which("systemd-sysusers") is None:
            self.skipTest("systemd-sysusers is not installed here (Debian package systemd)")
        (self.root / "etc").mkdir()
        done = subprocess.run(["systemd-sysusers", f"--root={self.root}"], capture_output=True, text=True, check=False, timeout=60)
        if done.returncode != 0 and os.geteuid() != 0:
            self.skipTest(f"systemd-sysusers wants root here: {done.stderr.strip()[:200]}")
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex((self.root / "etc/group").read_text(), "(?m)^bangfu:")


if __name__ == "__main__":
    main()
