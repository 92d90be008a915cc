#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""bodies.py -- entries whose body breaks its kind's form: what a faulty program does to a hub, and who hears of it.

The other side is Python by protocol/README.md alone: once a station that writes what it may not, with an enrolled key over real TLS, and
once a hub that says so, or is too old to say it.
"""
import socket
import ssl
import sys
import threading
import time
from pathlib import Path

from base import VILLAGE_A, Case, main, rig
import feed
from doors import token_parts
from strangers import ENROL, SYNC, Stranger

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

import golden_session as spec  # noqa: E402
import msgpack  # noqa: E402
import nacl.signing  # noqa: E402
import zstandard  # noqa: E402

HELLO, WELCOME, BATCH, STORED, BYE = range(1, 6)
SECRET = "11010519491231002X"  # stands in a malformed body, and may stand nowhere else
TODAY = int(time.time() + 8 * 3600) // 86400


def entry(seq, kind, body, author="wang"):
    return msgpack.packb([1, seq, (int(time.time() * 1000) << 16) + seq, author, kind, None, None, body], use_bin_type=True)


def visit(seq, division=int(VILLAGE_A)):
    return entry(seq, 3, {1: division, 2: TODAY, 7: 1})


def send(s, members):
    raw = msgpack.packb(members, use_bin_type=True)
    s.sendall(spec.u32(len(raw)) + raw)


def receive(s):
    def exactly(n):
        got = b""
        while len(got) < n:
            more = s.recv(n - len(got))
            assert more, "closed"
            got += more
        return got
    return msgpack.unpackb(exactly(int.from_bytes(exactly(4), "big")), raw=False, strict_map_key=False)


class FaultyKey:
    """A key whose program writes bodies that are none."""

    def __init__(self, directory, hub, seed, incarnation):
        self.hub, self.port, self.seed, self.incarnation, self.entries = hub, hub.port, seed, incarnation, []
        self.stranger = Stranger(directory, f"faulty-{seed[:2].hex()}", seed)

    @classmethod
    def of(cls, test, hub, station):
        """The key of an enrolled station, whose daemon is stopped for it."""
        origin = int(station.call("status")["origin"], 16)
        station.stop()
        seed = (station.dir / "node.key").read_bytes()
        return cls(test.rig.dir, hub, seed, next(i for i in range(4) if spec.Log(seed, i, []).origin == origin))

    @property
    def log(self):
        return spec.Log(self.seed, self.incarnation, self.entries)

    def ref(self, seq):
        return f"{self.log.origin:016x}-{seq}"

    def visit_hub(self, *fresh):
        """One session that brings these entries. (WELCOME, STORED or None), as lists."""
        first = len(self.entries) + 1
        self.entries += fresh
        log, last = self.log, len(self.entries)
        with self.stranger.dial(self.port, SYNC) as s:
            send(s, [HELLO, 1, log.origin, last, log.h[last], int(time.time() * 1000), 0, 0, None, 0])
            welcome = receive(s)
            stored = None
            if fresh:
                raw = b"".join(fresh)
                send(s, [BATCH, log.origin, first, len(fresh), log.h[last], log.head(last), len(raw),
                         zstandard.ZstdCompressor(level=1).compress(raw)])
                stored = receive(s)
            send(s, [BYE, len(fresh)])
            s.settimeout(20 * rig.SLOW)
            while s.recv(4096):
                pass
        return welcome, stored


class AtTheHub(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub()
        self.faulty = FaultyKey.of(self, self.hub, self.rig.station(self.hub, "station", VILLAGE_A))

    def bring(self):
        return self.faulty.visit_hub(visit(1), visit(2, f"王测一 {SECRET}"), entry(3, 4, {1: int(VILLAGE_A), 2: TODAY, 8: 10**12 + 1}),
                                     entry(4, 63, {1: 5}), visit(5), entry(6, 1, {1: "H1\x1b[2J", 2: int(VILLAGE_A)}))

    def test_they_are_stored_counted_and_the_node_is_told(self):
        welcome, stored = self.bring()
        self.assertEqual((welcome[0], len(welcome)), (WELCOME, 11))  # without news: byte for byte as ever
        self.assertEqual((stored[0], stored[5], stored[8:]), (STORED, 6, [3, 2]))
        welcome, _ = self.faulty.visit_hub()
        self.assertEqual((welcome[8], welcome[11:]), (6, [3, 2]))
        welcome, stored = self.faulty.visit_hub(visit(7), visit(8, "x"))
        self.assertEqual((welcome[11:], stored[8:]), ([3, 2], [4, 2]))
        self.assertEqual(self.hub.call("total", kind="visit")["count"], 3)
        self.assertEqual(self.hub.call("list", kind="visit")["count"], 3)
        self.assertEqual(self.hub.call("status")["entries"], 8)
        said = [line for line in self.hub.log().splitlines() if "entries_malformed" in line]
        self.assertEqual(len(said), 2, said)  # one for each session that brought any
        self.assertIn("count=3 first=2", said[0])
        self.assertIn("count=1 first=8", said[1])

    def names_them(self):
        want = [self.faulty.ref(seq) for seq in (2, 3, 6)]
        status = self.hub.call("status")
        self.assertEqual(status["malformed"], 3)
        warning, = (w for w in status["warnings"] if w["name"] == "warn_malformed")
        self.assertIn("1 个节点送来的 3 条记录内容不合格式", warning["zh"])
        self.assertIn("3 entries of 1 nodes are malformed", warning["en"])
        node, = self.hub.call("nodes")
        self.assertEqual((node["malformed"], node["first_malformed"]), (3, want))
        verified = self.hub.call("verify")
        self.assertEqual((verified["findings"], verified["malformed"], verified["first_malformed"]), (0, 3, want))

    def test_status_nodes_and_verify_name_them_also_after_a_restart(self):
        self.bring()
        self.names_them()
        self.hub.kill()
        self.hub.start()
        self.names_them()
        self.hub.stop()
        checked = self.hub.check()
        self.assertEqual(checked.code, 0, checked)
        self.assertIn("findings 0\nmalformed 3\n" + "".join(f"{self.faulty.ref(n)} is malformed and counts nowhere\n" for n in (2, 3, 6)),
                      checked.out)

    def test_show_says_what_it_is_and_not_what_stands_there(self):
        self.bring()
        entry = self.hub.call("show", ref=self.faulty.ref(2))["entry"]
        self.assertEqual((entry["kind"], entry["author"], entry["fields"], entry["voided"]), ("visit", "wang", {}, False))
        flaw, raw = entry["malformed"], self.faulty.entries[1]
        self.assertEqual((flaw["tag"], flaw["field"], flaw["breaks"], flaw["bytes"], flaw["hash"]),
                         (1, "division", "form", len(raw), spec.H(raw).hex()))
        self.assertEqual(self.hub.call("show", ref=self.faulty.ref(3))["entry"]["malformed"]["breaks"], "bound")
        household = self.hub.call("show", ref=self.faulty.ref(6))
        self.assertEqual((household["state"], household["about"], household["entry"]["malformed"]["field"]), (None, [], "number"))
        self.assertNotIn("malformed", self.hub.call("show", ref=self.faulty.ref(1))["entry"])
        self.assertNotIn("malformed", self.hub.call("show", ref=self.faulty.ref(4))["entry"])  # a newer program's
        told = ""
        for seq in (2, 3, 6):
            for lang, words in (("zh", ("内容不合格式", "出错的栏")), ("en", ("malformed", "field at fault"))):
                for form in ("table", "csv", "json"):
                    answer = self.hub.cli("show", self.faulty.ref(seq), "--format", form, lang=lang)
                    self.assertEqual(answer.code, 0, answer)
                    for word in words if form != "json" else ("malformed",):
                        self.assertIn(word, answer.out)
                    told += answer.out
        for argv in (("status",), ("nodes",), ("verify",)):
            answer = self.hub.cli(*argv, lang="zh")
            self.assertEqual(answer.code, 0, answer)
            self.assertIn("不合格式", answer.out)
            told += answer.out
        for secret in (SECRET, "王测一", "\x1b"):
            self.assertNotIn(secret, told + self.hub.log())

    def test_nothing_can_point_at_a_subject_that_is_malformed(self):
        self.bring()
        with self.assertRaises(rig.RpcError) as caught:
            self.hub.call("log", kind="visit", fields={"households": self.faulty.ref(6), "division": VILLAGE_A, "purpose": "日常走访"})
        self.assertEqual((caught.exception.name, caught.exception.fault["where"]), ("ref_malformed", "households"))

    def test_an_own_void_of_a_malformed_entry_changes_nothing(self):
        self.bring()
        self.faulty.visit_hub(entry(7, 8, {1: bytes.fromhex(f"{self.faulty.log.origin:016x}{2:016x}"), 2: "重复"}))
        self.names_them()
        self.assertEqual(self.hub.call("total", kind="visit")["count"], 2)


class ManyFaultyStations(Case):
    NODES = 126  # eight of each are named, and 1,000 of all

    def test_one_answer_names_a_thousand_and_counts_them_all(self):
        hub = self.rig.hub()
        body = [visit(seq, "x") for seq in range(1, 10)]
        for i in range(self.NODES):
            secret = token_parts(hub.call("token", division=VILLAGE_A, role="village")["token"])[2]
            node = FaultyKey(self.rig.dir, hub, bytes([1, i]) + bytes(30), 1)
            with node.stranger.dial(hub.port, ENROL) as s:
                send(s, [8, 1, secret, 1, f"n{i}", 1])
                self.assertEqual(receive(s)[0], 9)
            node.visit_hub(*body)
        nodes = hub.call("nodes")
        self.assertEqual({n["malformed"] for n in nodes}, {9})
        self.assertEqual(sum(len(n["first_malformed"]) for n in nodes if "first_malformed" in n), 1000)
        self.assertEqual({len(n["first_malformed"]) for n in nodes if "first_malformed" in n}, {8})
        self.assertEqual(sum("first_malformed" in n for n in nodes), 125)
        status = hub.call("status")
        self.assertEqual(status["malformed"], 9 * self.NODES)
        self.assertIn(f"{9 * self.NODES} entries of {self.NODES} nodes", [w["en"] for w in status["warnings"] if w["name"] == "warn_malformed"][0])
        self.assertEqual(len(hub.call("verify")["first_malformed"]), 20)


class PythonHub(threading.Thread):
    """The hub's key on the hub's port: each session is greeted with `later` behind the members of WELCOME, and closes after BYE."""

    def __init__(self, directory, hub, later):
        super().__init__(daemon=True)
        seed = (hub.dir / "node.key").read_bytes()
        stranger = Stranger(directory, "python-hub", seed)
        self.key, self.later = nacl.signing.SigningKey(seed), later
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.num_tickets = 0
        self.context.set_alpn_protocols([SYNC])
        self.context.load_cert_chain(stranger.cert, stranger.key)
        self.listener = socket.create_server(("127.0.0.1", hub.port))
        self.start()

    def run(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(raw, server_side=True) as s:
                    self.greet(s)
            except (OSError, AssertionError):
                pass  # the station's to say

    def greet(self, s):
        _, _, origin, seq, h, *_ = receive(s)
        epoch, length, order = 99, 5000, b"\x07" * 32
        sig = self.key.sign(b"bangfu checkpoint 1" + spec.u64(epoch) + spec.u64(length) + order + spec.u64(origin) + spec.u64(seq) + h).signature
        send(s, [WELCOME, 1, int(time.time() * 1000), 4, 3600, epoch, length, order, seq, None, sig, *self.later])
        assert receive(s)[0] == BYE

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class AtTheStation(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub()
        self.station = self.rig.station(self.hub, "station", VILLAGE_A)
        for n in range(3):
            self.station.call("log", kind="fund", fields=feed.fund(self.station, n))
        self.assertIsNone(self.station.call("sync", wait=True)["error"])
        self.hub.stop()

    def synced(self, *later):
        hub = PythonHub(self.rig.dir, self.hub, later)
        try:
            return self.station.call("sync", wait=True), self.station.cli("sync"), self.station.cli("sync", lang="zh")
        finally:
            hub.close()

    def test_what_the_hub_cannot_count_is_told_in_one_sentence(self):
        answer, en, zh = self.synced(2, 3)
        first = self.station.call("status")["origin"] + "-3"
        self.assertEqual((answer["error"], answer["malformed"], [w["name"] for w in answer["warnings"]]), (None, 2, ["warn_hub_malformed"]))
        self.assertIn(first, answer["warnings"][0]["en"])
        self.assertEqual((en.code, zh.code), (0, 0))
        self.assertIn("Please note: The hub cannot read 2 entries of this node (malformed)", en.err)
        self.assertIn("请注意：本站有 2 条记录省平台看不懂（内容不合格式）", zh.err)
        self.assertIn(first, zh.err)
        status = self.station.call("status")
        self.assertEqual((status["hub_malformed"], status["malformed"]), (2, 0))  # here they are sound
        self.assertIn("warn_hub_malformed", [w["name"] for w in status["warnings"]])
        self.assertIn("看不懂", self.station.cli("status", lang="zh").out)
        # It stays until a hub says otherwise, also while there is none.
        self.assertIsNotNone(self.station.call("sync", wait=True)["error"])
        self.assertEqual(self.station.call("status")["hub_malformed"], 2)
        self.synced()
        self.assertEqual(self.station.call("status")["hub_malformed"], 0)

    def test_a_hub_that_is_too_old_to_say_it_and_one_that_is_newer_are_understood(self):
        answer, en, _ = self.synced()
        self.assertEqual((answer["error"], answer["malformed"], answer["warnings"]), (None, 0, []))
        self.assertNotIn("Please note", en.out)
        answer, _, _ = self.synced(0, 0, 7, {1: "later"})
        self.assertEqual((answer["error"], answer["malformed"]), (None, 0))
        answer, _, _ = self.synced(1, 2, 7, {1: "later"})
        self.assertEqual((answer["error"], answer["malformed"]), (None, 1))


if __name__ == "__main__":
    main()
