#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""operations.py -- what docs/operations.md says is typed, literally, on a machine with a real systemd, and does what it says.

The hub runs under the shipped unit, installed and started as README.md says; stations run beside it. Of a block only what stands for
something else is filled in: which copy, which node. Without what it takes to boot a machine (container.py) the program says why and
ends with 77: skipped.
"""
import json
import re
import sys
import unittest

from base import VILLAGE_A, VILLAGE_B, Case, rig

import container

DOCUMENT = (rig.ROOT / "docs" / "operations.md").read_text()
README = (rig.ROOT / "README.md").read_text()
SKIPPED = 77
HUB = "127.0.0.9"  # is not reached at a hub that listens on 127.0.0.1 alone
CONF = f"role = hub\ndivision = {rig.PROVINCE}\nadvertise = {HUB}:7450\n"
ENVIRONMENT = "Environment=ASAN_OPTIONS=detect_leaks=0\n"  # its leak check wants what the unit forbids
HASTE = "StartLimitIntervalSec=0\n"  # nobody types as fast as a test
STATION = f"[Service]\nType=notify\n{ENVIRONMENT}ExecStart=/usr/bin/bangfud --dir /srv/%i\n"
PLAIN_PORT = 7460
PLAIN = f"[Service]\nType=notify\n{ENVIRONMENT}ExecStart=/usr/bin/bangfud --dir /srv/hub\n"


def blocks(heading):
    """The blocks of code below a heading, without their indentation."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", DOCUMENT, re.M | re.S)[1]
    return [re.sub(rf"(?m)^{indent}", "", text) for indent, text in re.findall(r"^( *)```\n(.*?)^ *```", section, re.M | re.S)]


def filled(text, **values):
    """`name=...` at the beginning of a line, exactly once."""
    for name, value in values.items():
        text, times = re.subn(rf"(?m)^{name}=.*$", lambda _, name=name, value=value: f"{name}={value}", text)
        assert times == 1, (name, text)
    return text


class Operations(Case):
    def setUp(self):
        super().setUp()
        self.machine = container.Container(self.rig.dir / "machine", rig.BUILD)
        self.addCleanup(self.machine.close)
        for name, text in (("bangfud.service.d/test.conf", f"[Unit]\n{HASTE}[Service]\n{ENVIRONMENT}"), ("station@.service", STATION), ("plain.service", PLAIN)):
            self.machine.file(f"etc/systemd/system/{name}", text)
        self.machine.file("srv/divisions.csv", rig.DIVISIONS.read_text())
        self.machine.boot()

    def run_in(self, script):
        return self.machine.run(script).stdout

    def typed(self, text):
        """As pasted into a shell: what fails does not end it. The exit code is the last line's."""
        done = self.machine.run(text, check=False)
        return done.returncode, done.stdout + done.stderr

    def ask(self, where, *words):
        return self.run_in(" ".join(["bangfu", *(["--dir", where] if where else []), *words]))

    def json(self, where, *words):
        return json.loads(self.ask(where, *words, "--format json"))

    def installed_as_the_readme_says(self):
        lines = re.search(r"^make build && sudo cmake --install.*\n((?:.*\n)*?)```", README, re.M)[1]
        lines = lines.replace("sudo usermod -aG bangfu wang", "getent group bangfu")  # nobody else is there
        self.run_in(f"sudo() {{ \"$@\"; }}\n{lines}")
        self.run_in(f"printf '{CONF}' > /var/lib/bangfu/bangfud.conf; systemctl restart bangfud; mkdir /backup")
        self.ask(None, "places /srv/divisions.csv --edition 2023")

    def station(self, name, division, role="village"):
        token = self.ask(None, f"token --division {division} --role {role}").split()[0]
        self.run_in(f"mkdir -m 700 /srv/{name}; systemctl start station@{name}")
        self.ask(f"/srv/{name}", f"enrol {token} --name {name}")

    def log(self, where, division, first, count, movement="支出"):
        """The refs of so many payments of 1, 2, ... yuan."""
        parties = f"--from {division} --to 供应商/项目单位" if movement == "支出" else f"--from 中央财政 --to {division}"
        command = f"bangfu {f'--dir {where}' if where else ''} fund --movement {movement} --channel 社会捐赠 --level 省级 {parties} --division {division}"
        said = self.run_in(f"for i in $(seq {first} {first + count - 1}); do {command} --amount $i --document 凭证{division}-$i; done")
        return [line.split()[-1] for line in said.splitlines()]

    def figures(self, where=None):
        return {s["movement"]["code"]: (s["count"], s["sum"]) for s in self.json(where, "total --kind fund")["sums"]}

    def state_of(self, name):
        return self.run_in(f"systemctl is-active {name} || true").strip()

    def backed_up(self, block=None):
        """The backup that the document's commands made, which said that it is whole."""
        code, said = self.typed(block or blocks("Backup")[0])
        self.assertEqual(code, 0, said)
        self.assertIn("findings 0", said)
        (copy,) = self.run_in("ls -d /backup/*").split()
        return copy, int(re.search(r"^entries (\d+)$", said, re.M)[1])

    def test_the_hub_is_saved_and_comes_back_by_the_documents_own_commands(self):
        self.installed_as_the_readme_says()
        self.station("a", VILLAGE_A)
        self.station("b", VILLAGE_B)
        self.log("/srv/a", VILLAGE_A, 1, 9)
        self.log("/srv/b", VILLAGE_B, 1, 4)
        own = self.log(None, rig.PROVINCE, 1, 2, "下达")
        self.ask("/srv/a", "sync")
        self.ask("/srv/b", "sync")

        copy, entries = self.backed_up()
        self.assertEqual(entries, 15)
        self.assertEqual(entries, self.json(None, "status")["entries"])
        kinds = dict(line.split() for line in self.run_in(f"stat -c '%n %F' {copy} {copy}/* | sed -E 's/regular (empty )?file$/file/'").splitlines())
        self.assertEqual(kinds[copy], "directory")
        for name in ("data.mdb", "journal", "node.key", "bangfud.conf"):
            self.assertEqual(kinds[f"{copy}/{name}"], "file")
            self.run_in(f"test -s {copy}/{name}; test $(stat -c %s {copy}/{name}) -ge $(stat -c %s /var/lib/bangfu/{name})")
        self.assertEqual(self.run_in(f"stat -c %a {copy}").strip(), "700")
        self.assertEqual(self.state_of("bangfud"), "active")

        self.log("/srv/a", VILLAGE_A, 101, 5)
        self.ask("/srv/a", "sync")
        lost = self.log(None, rig.PROVINCE, 101, 1, "下达")
        stolen = next(n["origin"] for n in self.json(None, "nodes") if n["name"] == "b")
        self.ask(None, f"revoke {stolen}")
        self.log("/srv/b", VILLAGE_B, 101, 1)
        before = self.figures()

        self.run_in("systemctl stop bangfud; head -c 65536 /dev/zero | tr '\\0' '\\245' > /var/lib/bangfu/data.mdb")
        put, first, plain, again, last = blocks("Restoring a hub from a backup")
        unit = (rig.ROOT / "packaging" / "bangfud.service").read_text()
        self.assertIn(re.search(r"^ExecStart=.*$", unit, re.M)[0], first)
        code, said = self.typed(filled(put, copy=copy))
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r"findings 0\n\Z")
        self.assertEqual(self.typed(first)[0], 0)
        self.assertEqual(self.state_of("bangfud"), "active")
        self.assertNotEqual(self.typed("bangfu --dir /srv/b sync")[0], 0)  # it was stolen, and nobody lets it in
        self.assertEqual(self.json(None, "status")["entries"], entries)
        self.assertEqual(self.typed(again.replace("ORIGIN", stolen))[0], 0)
        code, said = self.typed(last)
        self.assertEqual(code, 0, said)
        self.assertNotIn("--restored", self.run_in("systemctl show -p ExecStart bangfud"))

        self.run_in("systemctl restart bangfud")
        self.ask("/srv/a", "sync")
        self.assertNotEqual(self.typed("bangfu --dir /srv/b sync")[0], 0)
        self.assertEqual(next(n["state"] for n in self.json(None, "nodes") if n["origin"] == stolen), "revoked")
        now = self.figures()
        self.assertEqual(now[3], before[3])  # all that stations paid out and sent
        self.assertEqual((before[1], now[1]), ((3, 10400), (2, 300)))  # the hub's own: as the document says
        self.assertEqual(self.log(None, rig.PROVINCE, 201, 1, "下达"), lost)
        self.assertEqual(self.ask(None, f"show {own[0]}").count(own[0]), 1)
        for where in (None, "/srv/a"):
            self.assertEqual([w["name"] for w in self.json(where, "status")["warnings"] if "rewound" in w["name"]], [])
        self.assertIn("event=restored", self.run_in("journalctl --no-pager -u bangfud"))
        self.assertEqual(self.run_in("ls -d /var/lib/private/bangfu.broken-*").count("\n"), 1)

    def test_the_running_hub_is_backed_up_and_restored_by_the_products_own_commands(self):
        self.installed_as_the_readme_says()
        self.station("a", VILLAGE_A)
        self.station("b", VILLAGE_B)
        self.log("/srv/a", VILLAGE_A, 1, 9)
        self.log("/srv/b", VILLAGE_B, 1, 4)
        for s in ("a", "b"):
            self.ask(f"/srv/{s}", "sync")
        make, check = blocks("Backup while it runs")
        code, said = self.typed(make)
        self.assertEqual(code, 0, said)
        self.assertIn("Backup made", said)
        self.assertEqual(self.state_of("bangfud"), "active")
        self.assertEqual(self.run_in("journalctl --no-pager -u bangfud | grep -c event=stopping || true").strip(), "1")  # the restart at the installation
        (copy,) = self.run_in("ls -d /backup/*").split()
        entries = self.json(None, "status")["entries"]
        code, said = self.typed(check.replace("/backup/bangfu-2026-11-27-210000", copy))
        self.assertEqual(code, 0, said)
        self.assertIn(f"{entries} entries", said)
        self.log("/srv/a", VILLAGE_A, 10, 3)
        self.ask("/srv/a", "sync")
        before = self.figures()
        stolen = next(n["origin"] for n in self.json(None, "nodes") if n["name"] == "b")
        self.ask(None, f"revoke {stolen}")

        put, start, revoke, again = blocks("Restoring by `bangfu restore`")
        code, said = self.typed(filled(put, copy=copy).replace("systemctl stop bangfud\n", ""))
        self.assertNotEqual(code, 0, said)  # it is in use
        self.assertIn("systemctl stop bangfud", said)
        self.assertEqual(self.state_of("bangfud"), "active")
        self.run_in("kill -9 $(systemctl show -p MainPID --value bangfud); systemctl stop bangfud; head -c 65536 /dev/zero | tr '\\0' '\\245' > /var/lib/bangfu/data.mdb")
        for block in (filled(put, copy=copy), start):
            code, said = self.typed(block)
            self.assertEqual(code, 0, said)
        self.assertEqual(self.run_in("readlink /var/lib/bangfu"), "private/bangfu\n")
        self.assertEqual(self.json(None, "status")["entries"], entries)
        self.assertIn("bangfu restore --open", self.ask(None, "status"))
        for s in ("a", "b"):
            self.assertNotEqual(self.typed(f"bangfu --dir /srv/{s} sync")[0], 0)
        self.run_in("systemctl restart bangfud")
        self.assertNotEqual(self.typed("bangfu --dir /srv/b sync")[0], 0)
        for block in (revoke.replace("ORIGIN", stolen), again):
            code, said = self.typed(block)
            self.assertEqual(code, 0, said)
        self.ask("/srv/a", "sync")
        self.assertNotEqual(self.typed("bangfu --dir /srv/b sync")[0], 0)
        self.assertEqual(self.figures(), before)
        self.run_in("systemctl restart bangfud")
        self.ask("/srv/a", "sync")
        for where in (None, "/srv/a"):
            self.assertEqual([w["name"] for w in self.json(where, "status")["warnings"] if "rewound" in w["name"] or "isolated" in w["name"]], [])
        self.assertEqual(self.run_in("journalctl --no-pager -u bangfud | grep -c event=restored").strip(), "1")
        self.assertEqual(self.run_in("ls -d /var/lib/private/bangfu.old-*").count("\n"), 1)
        # On a machine on which it never ran.
        self.run_in("systemctl stop bangfud; rm -r /var/lib/private/bangfu /var/lib/bangfu")
        for block in (filled(put, copy=copy), start, again):
            code, said = self.typed(block)
            self.assertEqual(code, 0, said)
        self.ask("/srv/a", "sync")
        self.assertEqual(self.figures(), before)
        self.assertEqual(self.run_in("find /var/lib/private/bangfu -user root"), "")

    def test_a_copy_that_lay_elsewhere_is_put_on_a_new_machine_by_the_same_commands(self):
        self.installed_as_the_readme_says()
        self.log(None, rig.PROVINCE, 1, 3, "下达")
        copy, _ = self.backed_up()
        # A machine on which it never ran; and the owner that the service had elsewhere.
        self.run_in(f"systemctl stop bangfud; rm -r /var/lib/private/bangfu /var/lib/bangfu; chown -R 4711:4711 {copy}")
        put, first, _, _, last = blocks("Restoring a hub from a backup")
        for block in (filled(put, copy=copy), first, last):
            code, said = self.typed(block)
            self.assertEqual(code, 0, said)
        self.assertEqual(self.figures()[1], (3, 600))
        self.assertEqual(self.run_in("readlink /var/lib/bangfu"), "private/bangfu\n")
        self.assertEqual(self.run_in("find /var/lib/private/bangfu -user 4711"), "")

    def test_a_hub_moves_and_a_directory_is_put_aside_under_the_unit(self):
        self.installed_as_the_readme_says()
        self.station("a", VILLAGE_A)
        self.log("/srv/a", VILLAGE_A, 1, 3)
        self.ask("/srv/a", "sync")
        own = self.log(None, rig.PROVINCE, 1, 2, "下达")
        before = self.figures()
        old, new = blocks("Moving a hub to another machine")
        code, said = self.typed(old)
        self.assertEqual(code, 0, said)
        self.assertIn("findings 0", said)
        self.assertEqual(self.state_of("bangfud"), "inactive")
        self.run_in("rm -r /var/lib/private/bangfu /var/lib/bangfu")  # the new machine is this one
        code, said = self.typed(new)
        self.assertEqual(code, 0, said)
        self.log("/srv/a", VILLAGE_A, 9, 1)
        self.ask("/srv/a", "sync")
        self.assertEqual(self.figures()[1], before[1])
        self.assertEqual(self.figures()[3][0], before[3][0] + 1)
        self.assertEqual(self.ask(None, f"show {own[0]}").count(own[0]), 1)
        self.assertIn("restored", {a["act"] for a in self.json(None, "acts")})
        # What a clone does with its directory works where that is a link.
        code, said = self.typed(blocks("Two computers with one key: a clone")[0])
        self.assertEqual(code, 0, said)
        self.assertEqual((self.state_of("bangfud"), self.run_in("readlink /var/lib/bangfu")), ("active", "private/bangfu\n"))
        self.run_in("test -s /var/lib/private/bangfu.clone/node.key; test -s /var/lib/private/bangfu/node.key")
        _, remove = blocks("Uninstalling")
        self.run_in("systemctl disable --now bangfud")
        code, said = self.typed(remove)
        self.assertEqual(code, 0, said)
        self.assertEqual(self.run_in("ls /var/lib/private /var/lib | grep -c '^bangfu$' || true").strip(), "0")

    def test_what_is_no_backup_is_never_called_one(self):
        self.installed_as_the_readme_says()
        self.log(None, rig.PROVINCE, 1, 2, "下达")
        backup = blocks("Backup")[0]
        for wrong, mended in (("rmdir /backup", "mkdir /backup"),  # no such disk
                              ("mount -t tmpfs -o size=1m none /backup", "umount /backup")):  # a full one
            self.run_in(wrong)
            code, said = self.typed(backup)
            self.assertNotEqual(code, 0, said)
            self.assertIn("There are no records in /backup/bangfu-", said)
            self.assertEqual(self.run_in("find /backup -maxdepth 1 -name 'bangfu-*' ! -name '*.part' 2>/dev/null || true"), "")
            self.assertEqual(self.state_of("bangfud"), "active")
            self.run_in(mended)
        put = blocks("Restoring a hub from a backup")[0]
        self.run_in("cp -a /var/lib/bangfu /backup/link; mkdir /backup/empty")
        for copy in ("/backup/link", "/backup/empty", "/backup/nothing"):
            code, said = self.typed(filled(put, copy=copy))
            self.assertNotEqual(code, 0, said)
            self.assertIn(f"There are no records in {copy}", said)
            self.run_in("systemctl start bangfud")
            self.assertEqual(self.figures()[1], (2, 300))
        self.assertEqual(self.run_in("find /var/lib/private -name '*.broken-*'"), "")

    def test_a_hub_without_the_unit_is_saved_and_put_back_by_the_same_commands(self):
        self.run_in("mkdir /backup; mkdir -m 700 /srv/hub")
        self.machine.file("srv/hub/bangfud.conf", CONF.replace("7450", str(PLAIN_PORT)) + f"listen_port = {PLAIN_PORT}\n")
        self.run_in("systemctl start plain")
        self.ask("/srv/hub", "places /srv/divisions.csv --edition 2023")
        self.log("/srv/hub", rig.PROVINCE, 1, 3, "下达")

        def ours(block):
            return filled(block, dir="/srv/hub").replace(" bangfud\n", " plain\n")

        copy, entries = self.backed_up(ours(blocks("Backup")[0]))
        self.assertEqual(entries, 3)
        self.run_in("systemctl stop plain; rm -r /srv/hub")
        put, _, plain, _, _ = blocks("Restoring a hub from a backup")
        code, said = self.typed(ours(filled(put, copy=copy)))
        self.assertEqual(code, 0, said)
        code, said = self.typed(f"{plain.strip()} &\nfor i in $(seq 100); do bangfu --dir /srv/hub status && break; sleep 0.1; done; kill %1; wait %1")
        self.assertEqual(code, 0, said)
        self.assertIn("event=restored", said)
        self.run_in("systemctl start plain")
        self.assertEqual(self.figures("/srv/hub")[1], (3, 600))


if __name__ == "__main__":
    why = container.missing()
    if why is not None:
        print(f"operations.py: skipped: {why}", file=sys.stderr)
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
