#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""cadre.py -- people who are not the daemon use its socket: members of socket_group, each under the own name, and nobody else.

Accounts that every Debian has play the parts: `daemon` runs bangfud with the group `users` for its own, as the shipped unit runs with
bangfu; `games` is a cadre, `mail` a stranger. /run is ours: a small file system in a mount namespace of this process, so that the paths
are the shipped ones.
"""
import ctypes
import grp
import os
import stat
import subprocess
import sys
from pathlib import Path

from base import VILLAGE_A, Case, main, rig
import feed

GROUP, CADRE, STRANGER = "users", "games", "mail"
RUN, SOCKET = Path("/run/bangfu"), Path("/run/bangfu/bangfu.sock")
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 1 << 18
NO_NODE, REFUSED = 3, 4


def own_run():
    """Why /run cannot be ours, or None when it is now."""
    if os.geteuid() != 0:
        return "only root can be several people"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0 \
            or libc.mount(b"tmpfs", b"/run", b"tmpfs", 0, b"mode=0755,size=1m") != 0:
        return f"a mount namespace is not allowed here: {os.strerror(ctypes.get_errno())}"
    return None


WHY_NOT = own_run()


class Cadre(Case):
    def setUp(self):
        if WHY_NOT:
            print(f"cadre.py: skipped: {WHY_NOT}", file=sys.stderr)
            self.skipTest(WHY_NOT)
        super().setUp()
        self.group = grp.getgrnam(GROUP).gr_gid
        self.runner = rig.User("daemon", group=GROUP)
        self.cadre, self.stranger = rig.User(CADRE, groups=[GROUP]), rig.User(STRANGER)
        self.addCleanup(subprocess.run, ["rm", "-rf", RUN], check=False)

    def runtime_directory(self, mode=0o750):
        """What RuntimeDirectory= makes."""
        RUN.mkdir()
        os.chown(RUN, self.runner.uid, self.group)
        RUN.chmod(mode)

    def node(self, *options, user=None, socket=SOCKET, name="station"):
        n = self.rig.node(name, ["--role", "station", *(["--socket", socket] if socket else []), *options], user=user)
        n.socket = socket or n.socket
        return n

    def shared(self, user=None, **kw):
        return self.node("--socket-group", GROUP, user=user, **kw)

    def bangfu(self, user, *args, lang="en", env=None):
        """The command as it is typed: nothing says where the node is."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("BANGFU_") and k != "XDG_STATE_HOME"}
        p = subprocess.run([self.rig.program("bangfu", "client", user or self.cadre), "--lang", lang, *map(str, args)], capture_output=True, text=True,
                           check=False, timeout=60, stdin=subprocess.DEVNULL, env={**clean, "HOME": "/nonexistent", **(env or {})},
                           preexec_fn=rig.becoming(user))
        return rig.Answer(p)

    def place(self):
        s = SOCKET.stat()
        return stat.S_IMODE(s.st_mode), s.st_gid

    def enrolled(self, node):
        hub = self.rig.hub()
        node.call("enrol", token=hub.call("token", division=VILLAGE_A, role="village")["token"], name=node.name)
        return hub

    def fund(self, node, n):
        return ["--quiet", "fund", *feed.as_options(feed.fund(node, n))]

    def test_a_member_logs_by_the_bare_command_and_is_the_author(self):
        self.runtime_directory()
        node = self.shared(self.runner).start()
        self.assertEqual(self.place(), (0o660, self.group))
        hub = self.enrolled(node)
        people = [self.cadre, rig.User("nobody", group=GROUP), self.runner, None]  # supplementary, own group, the daemon's user, root
        for n, user in enumerate(people):
            said = self.bangfu(user, *self.fund(node, n))
            self.assertEqual(said.code, 0, said)
            want = user.name if user else "root"
            self.assertEqual(node.call("show", ref=said.out.strip())["entry"]["author"], want)
            self.assertIsNone(node.call("sync", wait=True)["error"])
            self.assertEqual(hub.call("show", ref=said.out.strip())["entry"]["author"], want)
        many = rig.User(CADRE)
        many.groups = [*range(70000, 70200), self.group]  # more than fit where the daemon first looks
        self.assertEqual(self.bangfu(many, "status").code, 0)

    def test_who_is_no_member_is_refused_with_advice_that_works(self):
        self.runtime_directory()
        node = self.shared(self.runner).start()
        for lang, word in (("en", "log out and in again"), ("zh", "重新登录")):
            said = self.bangfu(self.stranger, "status", lang=lang)
            self.assertEqual(said.code, NO_NODE, said)
            self.assertIn(f"usermod -aG {GROUP} {STRANGER}", said.err)
            self.assertIn(word, said.err)
        self.assertEqual(self.bangfu(rig.User(STRANGER, groups=[GROUP]), "status").code, 0)  # the advice, followed
        # Where the file's mode lets anybody in, the daemon itself does not.
        RUN.chmod(0o755)
        self.assertIn(f"usermod -aG {GROUP} {STRANGER}", self.bangfu(self.stranger, "status").err)
        SOCKET.chmod(0o666)
        for lang in ("en", "zh"):
            said = self.bangfu(self.stranger, "status", lang=lang)
            self.assertEqual(said.code, REFUSED, said)
            self.assertIn(f"usermod -aG {GROUP} {STRANGER}", said.err)
        self.assertEqual(self.bangfu(self.cadre, "status").code, 0)
        self.assertEqual(node.call("status")["saved"], 0)

    def test_without_a_group_the_node_is_its_users_alone_and_the_advice_names_the_setting(self):
        self.runtime_directory(0o755)
        node = self.node(user=self.runner).start()
        self.assertEqual(stat.S_IMODE(SOCKET.stat().st_mode), 0o600)
        for mode, code in ((0o600, NO_NODE), (0o666, REFUSED)):
            SOCKET.chmod(mode)
            for lang in ("en", "zh"):
                said = self.bangfu(self.cadre, "status", lang=lang)
                self.assertEqual(said.code, code, said)
                self.assertIn("socket_group", said.err)
                self.assertNotIn("usermod", said.err)
        node.stop()
        self.shared(self.runner, name="again").start()  # the advice, followed
        self.assertEqual(self.bangfu(self.cadre, "status").code, 0)

    def test_root_gives_the_socket_to_a_group_it_is_not_in(self):
        self.runtime_directory()
        node = self.shared().start()
        self.assertEqual(self.place(), (0o660, self.group))
        self.assertEqual(self.bangfu(self.cadre, "status").code, 0)
        self.assertEqual(self.bangfu(self.stranger, "status").code, NO_NODE)
        self.assertEqual(node.stop(), 0)
        self.assertFalse(SOCKET.exists())

    def test_a_member_by_another_group_gives_it_too(self):
        self.runtime_directory()
        self.shared(rig.User("daemon", groups=[GROUP])).start()
        self.assertEqual(self.place(), (0o660, self.group))
        self.assertEqual(self.bangfu(self.cadre, "status").code, 0)

    def refuses_to_start(self, node, *words):
        node.spawn()
        self.assertNotIn(node.process.wait(20 * rig.SLOW), (0, -6, -11), node.log())
        for word in words:
            self.assertIn(word, node.log())
        self.assertFalse(SOCKET.exists())

    def test_a_group_that_cannot_be_served_is_refused_at_the_start(self):
        self.refuses_to_start(self.node("--socket-group", GROUP, socket=None, name="a"), "socket = /run/bangfu/bangfu.sock")
        self.runtime_directory()
        self.refuses_to_start(self.node("--socket-group", "no-such-group", user=self.runner, name="b"), "no-such-group", "groupadd --system no-such-group")
        self.refuses_to_start(self.shared(rig.User("daemon"), name="c"), f"本机接口不能交给用户组 {GROUP}")  # not a member: may not give it
        RUN.chmod(0o700)
        self.refuses_to_start(self.shared(self.runner, name="d"), f"chgrp {GROUP} /run/bangfu", "chmod 750 /run/bangfu")
        RUN.chmod(0o750)
        self.shared(self.runner, name="e").start()  # the advice, followed

    def test_a_node_of_ones_own_comes_before_the_machines(self):
        self.runtime_directory()
        self.shared(self.runner).start()
        home = self.rig.dir / "home"
        own = self.rig.node("own", directory=home, user=rig.User(CADRE, groups=[GROUP]))
        state = home / ".local" / "state" / "bangfu"
        env = {"HOME": str(home)}
        self.assertIn("station", self.bangfu(self.cadre, "status", "--format", "json", env=env).out)
        machine = self.bangfu(self.cadre, "status", "--format", "json", env=env).json()["origin"]
        own.dir = state
        own.socket = state / "bangfu.sock"
        state.mkdir(parents=True)
        for d in (home / ".local", home / ".local" / "state", state):
            os.chown(d, self.cadre.uid, self.cadre.gid)
        own.start()
        mine = self.bangfu(self.cadre, "status", "--format", "json", env=env).json()["origin"]
        self.assertNotEqual(mine, machine)
        own.stop()
        self.assertEqual(self.bangfu(self.cadre, "status", "--format", "json", env=env).json()["origin"], machine)


if __name__ == "__main__":
    main()
