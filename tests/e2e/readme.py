#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""readme.py -- what README.md says is typed, literally, and does what it says.

The block "By hand" runs in a clean directory that holds of the repository only what it names: data/, a `make build` that has nothing left
to do, and the programs under test where the build would have put them. Its hub listens where a hub listens when nothing is set, so the
block has a network of its own, where that is allowed.
"""
import ctypes
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import unittest

from base import Case, main, rig

README = (rig.ROOT / "README.md").read_text()
CLONE_NEWNET, SIOCSIFFLAGS, IFF_UP_RUNNING = 0x40000000, 0x8914, 0x1 | 0x40
HUB_PORT = 7450


def block(heading):
    """The first block of code below a heading."""
    return re.search(rf"^## {re.escape(heading)}\n.*?^```\n(.*?)^```", README, re.M | re.S)[1]


def own_network():
    """In the child: loopback and nothing else, or the network there is."""
    rig.die_with_parent()
    if ctypes.CDLL(None).unshare(CLONE_NEWNET) == 0:
        import fcntl
        with socket.socket() as s:
            fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", IFF_UP_RUNNING, b""))


def port_is_free():
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("0.0.0.0", HUB_PORT))
            return True
        except OSError:
            return False


class ByHand(Case):
    def setUp(self):
        super().setUp()
        self.home = self.rig.dir / "clone"
        built = self.home / "build" / "release"
        for name, part in (("bangfud", "daemon"), ("bangfu", "client")):
            (built / part).mkdir(parents=True)
            (built / part / name).symlink_to(rig.program(name, part))
        (self.home / "Makefile").write_text("build:\n\t@:\n")
        (self.home / "data").symlink_to(rig.ROOT / "data")
        # A reader's second is longer on a machine that runs the whole test at once, under a sanitizer.
        shims = self.rig.dir / "shims"
        shims.mkdir()
        (shims / "sleep").write_text(f"#!/bin/sh\nexec /bin/sleep $(({2 * rig.SLOW} * $1))\n")
        (shims / "sleep").chmod(0o755)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("BANGFU_")}
        self.env.update(PATH=f"{shims}:{os.environ['PATH']}", LC_ALL="C.UTF-8", LANG="C.UTF-8", BANGFU_LANG="zh")

    def typed(self, text, tail=""):
        """Exit code and output of the lines, each of which must succeed; whatever they left running is ended."""
        log = self.rig.dir / "typed.log"
        script = f"set -e -o pipefail\n{text}\n{tail}\nkill $(jobs -p)\nwait\n"
        with open(log, "wb") as out:
            p = subprocess.Popen(["bash", "-c", script], cwd=self.home, env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                 preexec_fn=own_network, start_new_session=True)
            try:
                code = p.wait(60 * rig.SLOW)
            finally:
                try:
                    os.killpg(p.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                p.wait()
        return code, log.read_text(errors="replace")

    def test_the_block_by_hand_works_as_it_stands(self):
        if os.geteuid() != 0 and not port_is_free():
            why = f"port {HUB_PORT} is taken, and a network of one's own needs root"
            print(f"readme.py: skipped: {why}", file=sys.stderr)
            self.skipTest(why)
        code, said = self.typed(block("By hand"), 'echo "token: $token"; bangfu --dir hub verify')
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r"token: bangfu://127\.0\.0\.1:7450/\S+")
        self.assertIn("资金 下达 合计 1 条，金额 120000.00 元", said)  # at the hub: it crossed the line
        self.assertIn("明细逐条相加，与合计一致", said)
        self.assertIn("没有发现不符", said)
        self.assertNotRegex(said, "(?m)^bangfud?: ")  # no complaint of either program


class Figures(unittest.TestCase):
    def test_the_count_that_is_shown_is_the_demos(self):
        text = (rig.ROOT / "tests" / "demo" / "night.py").read_text()
        entries = re.search(r"^ENTRIES = (\d+)", text, re.M)[1]
        self.assertIn(f"{entries} entries logged", README)
        self.assertIn(f"、{entries} 条", README)

    def test_every_file_that_is_named_is_there(self):
        for path in re.findall(r"\]\(([^)#:]+)\)", README):
            self.assertTrue((rig.ROOT / path).exists(), path)


if __name__ == "__main__":
    main()
