#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""guests.py -- who crowds the local socket keeps nobody else out and costs the daemon little: shares, kept seats, deadlines, bytes.

Accounts that every Debian has play the parts: `daemon` runs bangfud, the others are members of its socket_group. The kernel takes
who connects from the thread that does, so one process can be all of them in turn; only root can.
"""
import contextlib
import grp
import os
import pty
import select
import socket
import sys
import time

from base import Case, fast_clock, main, rig
import msgpack

GROUP = "users"
SEATS, OTHERS, SHARE = 128, 126, 64
IDLE_S, HALF_S, SWEEP_S = 300, 30, 3
MIB = 1024
RATE = 100  # 3 real seconds between two sweeps are IDLE_S of its own
LITTLE_MIB = 40  # what a crowd may cost: twice a user's 16 MiB, for buffers that double, and something for the rest


@contextlib.contextmanager
def as_user(user):
    """Whoever connects now is `user` (None: root)."""
    groups = os.getgroups()
    if user:
        os.setgroups(user.groups)
        os.setegid(user.gid)
        os.seteuid(user.uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def told(s, seconds=20):
    """All that is said until the connection ends."""
    s.settimeout(seconds * rig.SLOW)
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while more := s.recv(65536):
            data += more
    u = msgpack.Unpacker(raw=False)
    u.feed(data)
    return list(u)


def ended(s):
    return bool(select.select([s], [], [], 0)[0]) and s.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""


class Guests(Case):
    def setUp(self):
        if os.geteuid() != 0:
            print("guests.py: skipped: only root can be several people", file=sys.stderr)
            self.skipTest("only root can be several people")
        super().setUp()
        self.runner = rig.User("daemon", group=GROUP)
        self.games, self.mail, self.news = (rig.User(name, groups=[GROUP]) for name in ("games", "mail", "news"))
        self.open = []
        self.addCleanup(lambda: [s.close() for s in self.open])

    def node(self, env=None, name="station"):
        self.rig.dir.chmod(0o711)
        run = self.rig.dir / f"run-{name}"
        run.mkdir(mode=0o750)
        os.chown(run, self.runner.uid, grp.getgrnam(GROUP).gr_gid)
        # A freed answer is free memory again, as it is without a sanitizer.
        quarantine = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"}
        n = self.rig.node(name, ["--role", "station", "--socket", run / "s", "--socket-group", GROUP], user=self.runner,
                          env={**quarantine, **(env or {})})
        n.socket = run / "s"
        return n.start()

    def come(self, node, user):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(20 * rig.SLOW)
        with as_user(user):
            s.connect(str(node.socket))
        self.open.append(s)
        return s

    def crowd(self, node, user, count):
        return [self.come(node, user) for _ in range(count)]

    def asks(self, node, user, method="counters"):
        """A whole conversation of this user: (name of its fault or None, result)."""
        s = self.come(node, user)
        with contextlib.suppress(BrokenPipeError):
            s.sendall(msgpack.packb([0, 1, method, {}]))
            s.shutdown(socket.SHUT_WR)
        answers = [a for a in told(s) if a[0] == 1]
        s.close()
        self.assertEqual(len(answers), 1)
        return (answers[0][2] or {}).get("name"), answers[0][3]

    def rss_kb(self, node):
        fault, counters = self.asks(node, None)
        self.assertIsNone(fault)
        return counters["rss_anon_kb"]

    def test_the_idle_sockets_of_one_user_keep_nobody_out(self):
        node = self.node()
        held = self.crowd(node, self.games, SHARE)
        for user in (self.mail, self.news, self.runner, None):
            self.assertEqual(self.asks(node, user)[0], None, user and user.name)
        time.sleep(1.5)
        self.assertEqual(self.asks(node, self.games)[0], None)  # nor the one who holds them:
        self.assertEqual(told(held[0])[0][2]["name"], "conn_gave_way")  # the oldest gave way
        self.assertFalse(any(ended(s) for s in held[1:]))
        answer = node.cli("status", user=self.games)
        self.assertEqual(answer.code, 0, answer)

    def test_more_than_a_share_at_once_is_refused_and_says_so(self):
        node = self.node()
        self.crowd(node, self.games, SHARE)
        deadline = time.monotonic() + 20 * rig.SLOW  # within the grace of a second; a slow machine tries again with fresh ones
        while True:
            held = self.crowd(node, self.games, SHARE)
            fault, _ = self.asks(node, self.games)
            if fault == "clients_share" or time.monotonic() > deadline:
                break
            for s in held:
                s.close()
        self.assertEqual(fault, "clients_share")
        self.assertEqual(self.asks(node, self.mail)[0], None)

    def test_a_full_socket_has_a_seat_for_root_and_for_the_daemons_own_user(self):
        node = self.node()
        self.crowd(node, self.games, OTHERS // 2)
        self.crowd(node, self.mail, OTHERS // 2)
        for _ in range(3):
            for user in (None, self.runner):
                self.assertEqual(self.asks(node, user)[0], None)
        self.crowd(node, self.runner, SHARE)
        self.assertEqual(self.asks(node, None)[0], None)
        time.sleep(1.5)
        self.assertEqual(self.asks(node, self.news)[0], None)  # whoever holds the most spares one

    def test_answers_nobody_reads_cost_little_and_stop_nobody(self):
        node = self.node()
        before = self.rss_kb(node)
        ask = msgpack.packb([0, 1, "schema", {}]) * 300
        for s in self.crowd(node, self.games, SHARE - 4):
            s.setblocking(False)
            for _ in range(20):
                with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
                    s.send(ask)
        for _ in range(20):
            self.assertEqual(self.asks(node, self.mail)[0], None)
        self.assertEqual(self.asks(node, self.games)[0], None)  # who holds nothing is read on
        grown = self.rss_kb(node) - before
        print(f"unread answers of {SHARE - 4} connections: {grown} KiB", file=sys.stderr)
        self.assertLess(grown, LITTLE_MIB * MIB)

    def test_requests_nobody_ends_cost_little_and_stop_nobody(self):
        node = self.node()
        before = self.rss_kb(node)
        half = msgpack.packb([0, 1, "place", {"text": "x" * ((1 << 20) - 64)}])[:-1]
        for s in self.crowd(node, self.games, SHARE - 4):
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                s.sendall(half)
        self.assertEqual(self.asks(node, self.mail)[0], None)
        self.assertEqual(self.asks(node, self.games)[0], None)
        grown = self.rss_kb(node) - before
        print(f"half requests of {SHARE - 4} connections: {grown} KiB", file=sys.stderr)
        self.assertLess(grown, LITTLE_MIB * MIB)
        self.assertIn("event=unread_closed", node.log())

    def test_an_idle_connection_and_half_a_request_are_closed_in_their_time(self):
        node = self.node(fast_clock(RATE))
        idle, half, second = self.crowd(node, self.games, 3)
        half.sendall(b"\x94\x00\x01\xa6sta")
        self.assertEqual(told(half, (HALF_S / RATE + 2 * SWEEP_S) + 20)[0][2]["name"], "conn_half")
        self.assertEqual(told(idle, (IDLE_S / RATE + 2 * SWEEP_S) + 20)[0][2]["name"], "conn_idle")
        self.assertEqual(told(second)[0][2]["name"], "conn_idle")
        self.assertEqual(self.asks(node, self.games)[0], None)

    def test_a_cadre_who_thinks_long_at_a_prompt_loses_nothing(self):
        node = self.node(fast_clock(RATE))
        argv = [self.rig.program("bangfu", "client"), "--socket", str(node.socket), "--lang", "en", "show", "-"]
        before = min(self.sockets(node) for _ in range(20) if not time.sleep(0.1))  # the rig's own look is over
        pid, fd = pty.fork()
        if pid == 0:
            try:
                os.execv(argv[0], argv)
            finally:
                os._exit(127)
        shown = self.read_until(fd, ": ")
        rig.until(lambda: self.sockets(node) > before, what="the prompt's connection")
        rig.until(lambda: self.sockets(node) == before, seconds=30, every=0.2, what="the end of the prompt's connection")
        os.write(fd, b"1507\n")
        shown += self.read_until(fd, None)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self.assertEqual(code, 4, shown)  # the node's own refusal: there is no 1507
        for word in ("connect again", "went away", "No node"):
            self.assertNotIn(word, shown)
        self.assertIn("1507", shown.split("1507", 1)[1])  # it names what it looked for

    @staticmethod
    def sockets(node):
        fds = f"/proc/{node.process.pid}/fd"
        return sum(os.readlink(f"{fds}/{fd}").startswith("socket:") for fd in os.listdir(fds))

    @staticmethod
    def read_until(fd, text):
        shown = ""
        end = time.monotonic() + 60
        while time.monotonic() < end and (text is None or text not in shown):
            if not select.select([fd], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(fd, 4096)
            except OSError:
                break
            if not data:
                break
            shown += data.decode(errors="replace")
        return shown


if __name__ == "__main__":
    main()
