#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""evening.py -- what docs/operations.md says is typed when a hub moves, a laptop is lost, cloned or set back, or a program is renewed.

The commands run as they stand, with nothing of the machine's own: /var/lib/bangfu and /backup are directories of the test, `systemctl`
and `apt-get` are played, and `bangfu` speaks to the node of the machine on which it is typed. operations.py runs what hangs on systemd.
"""
import os
import re
import subprocess

from base import VILLAGE_A, VILLAGE_B, Case, main, rig
from operations import DOCUMENT, blocks

NAME = "hub.example.cn"
SYSTEMCTL = """#!/bin/bash
# stop, start, restart and disable of one unit, by a file of its pid
case "$1 $2" in "disable --now") set -- stop ;; esac
case $1 in stop|restart)
    pid=$(cat $STATE/pid 2>/dev/null) && kill $pid 2>/dev/null && while kill -0 $pid 2>/dev/null; do sleep 0.02; done
    rm -f $STATE/pid ;;
esac
case $1 in start|restart)
    mkdir -p -m 700 $DATA
    setsid "$BANGFUD" --dir $DATA $OPTIONS >>$STATE/log 2>&1 </dev/null &
    echo $! >$STATE/pid
    for _ in $(seq 600); do bangfu status >/dev/null 2>&1 && exit 0; sleep 0.02; done
    exit 1 ;;
esac
"""


class Machine:
    """Where commands are typed: its own data, its own bangfud."""

    def __init__(self, case, name, options=()):
        self.case, self.dir = case, case.rig.dir / name
        self.data, self.state = self.dir / "data", self.dir / "state"
        shims = self.dir / "bin"
        for d in (self.dir, self.state, shims):
            d.mkdir()
        self.env = {**{k: v for k, v in os.environ.items() if not k.startswith("BANGFU_")}, "DATA": str(self.data), "STATE": str(self.state),
                    "BANGFUD": rig.program("bangfud", "daemon"), "OPTIONS": " ".join(map(str, options)), "BANGFU_LANG": "en", "LC_ALL": "C.UTF-8",
                    "PATH": f"{shims}:{os.path.dirname(rig.program('bangfud', 'daemon'))}:{os.environ['PATH']}"}
        for name, text in (("systemctl", SYSTEMCTL), ("apt-get", f"#!/bin/sh\necho \"$*\" >>{self.state}/apt\n"),
                           ("bangfu", f"#!/bin/sh\nexec {rig.program('bangfu', 'client')} --dir $DATA \"$@\"\n")):
            (shims / name).write_text(text)
            (shims / name).chmod(0o755)
        case.addCleanup(self.typed, "systemctl stop bangfud")

    def typed(self, text, code=0, stdin=None):
        """Its output. Every line must succeed."""
        text = text.replace("/var/lib/bangfu", str(self.data)).replace("/backup", str(self.case.backup))
        p = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", text], env=self.env, cwd=self.dir, capture_output=True, text=True, check=False,
                           timeout=120 * rig.SLOW, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL)
        log = self.state / "log"
        self.case.assertEqual(p.returncode, code, (text, p.stdout, p.stderr, log.read_text()[-2000:] if log.exists() else ""))
        return p.stdout + p.stderr


class Evening(Case):
    def setUp(self):
        super().setUp()
        self.backup = self.rig.dir / "backup"
        self.backup.mkdir()
        self.port = rig.free_port()
        self.hub = self.hub_machine("hub", self.port)
        self.hub.data.mkdir(mode=0o700)
        (self.hub.data / "bangfud.conf").write_text("# ours\n")
        self.hub.typed("systemctl start bangfud")
        self.hub.typed(f"bangfu places {rig.DIVISIONS} --edition 2023")

    def hub_machine(self, name, port):
        return Machine(self, name, ["--role", "hub", "--division", rig.PROVINCE, "--listen-host", "127.0.0.1", "--listen-port", port])

    def token(self, division=VILLAGE_A):
        """Through the address that a person would be given."""
        return self.hub.typed(f"bangfu --quiet token --division {division}").split()[0].replace(f"{NAME}:7450", f"127.0.0.1:{self.port}")

    def station(self, name, division=VILLAGE_A):
        m = Machine(self, name)
        m.typed("systemctl start bangfud")
        m.typed(f"bangfu enrol - --name {name}", stdin=self.token(division) + "\n")
        m.typed("while bangfu status --format json | grep -q '\"syncing\": true'; do sleep 0.05; done")  # no enrolment runs beside it
        return m

    def log(self, machine, number):
        return machine.typed(f"bangfu fund --movement 支出 --channel 社会捐赠 --division {VILLAGE_A} --from {VILLAGE_A} --to 供应商/项目单位 --amount {number} "
                             f"--document 凭证{number}")

    def total(self, machine):
        return int(re.search(r'"count":\s*(\d+)', machine.typed(f"bangfu total {VILLAGE_A} --kind fund --format json"))[1])

    def given(self, heading):
        found = blocks(heading)
        self.assertTrue(found, heading)
        return found

    def test_a_name_in_advertise_is_what_tokens_carry(self):
        conf, token = self.given("The address that stations use")
        self.hub.env["OPTIONS"] = self.hub.env["OPTIONS"].replace(" --advertise", "")
        self.hub.typed(conf)
        self.assertIn(f"bangfu://{NAME}:7450/", self.hub.typed(token))

    def test_an_enrolled_station_takes_another_address_and_keeps_its_name(self):
        s = self.station("s05")
        s.typed("bangfu enrol -", stdin=self.token() + "\n")
        self.assertIn("s05", self.hub.typed("bangfu nodes --wide"))
        self.assertIn("took a new address", self.hub.typed("bangfu acts --wide"))

    def test_a_hub_moves_to_another_machine_and_nothing_is_lost(self):
        s = self.station("s05")
        self.log(s, 1)
        s.typed("bangfu sync")
        self.hub.typed("bangfu fund --movement 下达 --channel 社会捐赠 --level 省级 --from 中央财政 --to 150000000000 --division 150000000000 --amount 5 --document 一号")
        old, new = self.given("Moving a hub to another machine")
        self.assertRegex(self.hub.typed(old), r"findings 0\n")
        there = self.hub_machine("there", self.port)  # the name leads to it now
        there.typed("systemctl start bangfud")
        self.assertIn("Restored to", there.typed(new))
        self.log(s, 2)
        s.typed("bangfu sync")
        self.assertEqual(self.total(there), 2)
        self.assertIn('"entries": 3', there.typed("bangfu status --format json"))
        self.assertNotIn("rewound", s.typed("bangfu status --format json"))

    def test_a_lost_laptop_is_shut_out_by_its_place_with_the_token_that_was_on_it(self):
        s = self.station("s05")
        self.token()
        first, cancel = self.given("A laptop was lost or stolen")
        said = self.hub.typed(first)
        for word in ("Revoked", "s05", "open", "revoked"):
            self.assertIn(word, said)
        s.typed("bangfu sync", code=1)
        self.assertIn("Cancelled", self.hub.typed(cancel))
        self.assertIn("No token is unused", self.hub.typed("bangfu token list"))
        self.station("s05-new")

    def fresh(self, s):
        """A station that the hub refuses begins anew by the document's commands."""
        s.typed("bangfu sync", code=1)
        block, = self.given("Two computers with one key: a clone")
        before = s.typed("bangfu status --format json")
        s.typed(block)
        self.assertTrue((s.data.parent / "data.clone" / "node.key").exists())
        self.assertIn("ref", (s.dir / "kept-visits.csv").read_text())
        s.typed("bangfu enrol -", stdin=self.token() + "\n")
        s.typed("bangfu sync")
        self.assertNotEqual(before, s.typed("bangfu status --format json"))

    def test_a_clone_begins_anew_under_a_key_of_its_own(self):
        s = self.station("s05")
        self.log(s, 1)
        s.typed("bangfu sync")
        twin = Machine(self, "twin")
        s.typed("systemctl stop bangfud")
        subprocess.run(["cp", "-a", s.data, twin.data], check=True)
        s.typed("systemctl start bangfud")
        twin.typed("systemctl start bangfud")
        self.log(s, 2)
        s.typed("bangfu sync")
        self.log(twin, 3)
        self.fresh(twin)
        self.hub.typed("bangfu nodes --clear s05")
        self.log(twin, 3)
        twin.typed("bangfu sync")
        self.assertEqual(self.total(self.hub), 3)

    def test_a_station_that_was_set_back_begins_anew_by_the_same_commands(self):
        s = self.station("s05")
        self.log(s, 1)
        s.typed("bangfu backup /backup/old")
        self.log(s, 2)
        s.typed("bangfu sync")
        s.typed("systemctl stop bangfud; bangfu restore /backup/old --to /var/lib/bangfu --move-old; systemctl start bangfud")
        self.fresh(s)
        self.log(s, 4)
        s.typed("bangfu sync")
        self.assertEqual(self.total(self.hub), 3)

    def test_an_edition_is_looked_at_and_then_taken(self):
        (self.hub.dir / "divisions.csv").write_text(rig.DIVISIONS.read_text().replace("宝山村委会", "宝山新村委会"))
        said = self.hub.typed(self.given("Another edition of the table of divisions")[0])
        self.assertIn("nothing was imported", said)
        self.assertIn("Imported 15938 divisions (edition 2024)", said)
        self.assertEqual(said.count(f"0 added, {rig.DIVISIONS.read_text().count('宝山村委会')} renamed, 0 gone"), 2)
        self.assertIn("宝山新村委会", said)

    def test_the_round_and_its_table_are_as_the_document_says(self):
        self.station("s05")
        self.hub.typed(self.given("The evening's round")[0])
        table = re.search(r"^## The evening's round\n(.*?)^Chinese", DOCUMENT, re.M | re.S)[1]
        commands = re.findall(r"`(bangfu [^`]+)`", table)
        self.assertEqual(len(commands), 7)
        for command in commands:
            self.hub.typed(command.replace("NAME", "s05"), code=4 if "--clear" in command else 0)  # nothing is wrong with it

    def test_a_monitor_gets_a_line_and_metrics(self):
        said, metrics = self.given("A monitor")
        self.assertIn("BANGFU OK - ", self.hub.typed(said))
        self.hub.typed(metrics.replace("/var/lib/node_exporter", str(self.hub.dir)))
        text = (self.hub.dir / "bangfu.prom").read_text()
        self.assertIn("bangfu_check 0\n", text)
        self.assertNotIn("# EOF", text)

    def test_who_did_what_is_shown(self):
        self.assertIn("imported places", self.hub.typed(self.given("Who did what")[0]))

    def test_an_upgrade_keeps_a_backup_and_the_data(self):
        said = self.hub.typed(self.given("Upgrading")[0])
        self.assertIn("Backup made", said)
        self.assertIn("Nothing differs", said)
        self.assertIn("install ./bangfu.deb", (self.hub.state / "apt").read_text())
        self.hub.typed("bangfu backup --check /backup/bangfu-before-upgrade")

    def test_a_station_leaves_with_nothing_unsent_and_nothing_left(self):
        s = self.station("s05", VILLAGE_B)
        self.log_own(s)
        go, remove = self.given("Uninstalling")
        s.typed(go)
        self.assertIn("purge bangfu", (s.state / "apt").read_text())
        self.assertTrue((s.data / "node.key").exists())
        os.rename(s.data, s.dir / "private")  # as under the unit
        s.data.symlink_to(s.dir / "private")
        s.typed(remove)
        self.assertFalse((s.dir / "private").exists() or s.data.is_symlink())

    def log_own(self, s):
        s.typed(f"bangfu fund --movement 支出 --channel 社会捐赠 --division {VILLAGE_B} --from {VILLAGE_B} --to 供应商/项目单位 --amount 1 --document 一")


if __name__ == "__main__":
    main()
