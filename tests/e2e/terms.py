#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""terms.py -- what protocol/README.md promises a stranger, asked by strangers: a hub by other hands that says what no hub of ours
would, and peers that break a frame or leave out what the handshake wants."""
import datetime
import hashlib
import socket
import ssl
import struct
import threading
import time

import msgpack
import nacl.signing
import zstandard

from base import VILLAGE_A, VILLAGE_B, Case, main, rig, wrong_clock
import feed
from doors import s_client, token_text
from strangers import ENROL, SYNC, Stranger, closed, rest_of

HELLO, WELCOME, BATCH, STORED, BYE, BUSY, REFUSE, ENROLLED = 1, 2, 3, 4, 5, 6, 7, 9
U32 = 2 ** 32 - 1
DAY_S, YEAR_S = 86400, 365 * 86400
BUSY_MAX_S = 14400
PLACES = [150000000000, "内蒙古自治区", 150700000000, "呼伦贝尔市", 150722000000, "莫力达瓦达斡尔族自治旗",
          150722102000, "宝山镇", int(VILLAGE_A), "宝山村委会"]


def h(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def u64(n):
    return struct.pack(">Q", n)


def framed(message):
    payload = msgpack.packb(message, use_bin_type=True)
    return struct.pack(">I", len(payload)) + payload


def now_ms(shift_s=0):
    return int((time.time() + shift_s) * 1000)


class FalseHub:
    """A hub by other hands: a key, a token, and answers that a test names. It keeps nothing."""

    def __init__(self, directory, seed=bytes(range(32))):
        self.key = nacl.signing.SigningKey(seed)
        who = Stranger(directory, "false", seed)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(who.cert, who.key)
        self.context.set_alpn_protocols([SYNC, ENROL])
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.enrolled, self.busy_s, self.next_s, self.shift_s = {}, None, 0, 0
        threading.Thread(target=self.accept, daemon=True).start()

    def token(self):
        return token_text(f"127.0.0.1:{self.port}", bytes(self.key.verify_key), b"s" * 16)

    def accept(self):
        while True:
            try:
                raw, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(raw,), daemon=True).start()

    def serve(self, raw):
        raw.settimeout(20 * rig.SLOW)
        try:
            with self.context.wrap_socket(raw, server_side=True) as s:
                while (message := self.take(s)) and message[0] != BYE:
                    s.sendall(framed(self.answer(message)))
        except OSError:
            pass

    @staticmethod
    def take(s):
        data = b""
        while len(data) < 4 or len(data) < 4 + struct.unpack(">I", data[:4])[0]:
            more = s.recv(65536)
            if not more:
                return None
            data += more
        return msgpack.unpackb(data[4:], raw=False, strict_map_key=False)

    def answer(self, message):
        if self.busy_s is not None:
            return [BUSY, self.busy_s]
        if message[0] == HELLO:
            return self.welcome(message)
        return [ENROLLED, *({"origin": 1, "division": int(VILLAGE_A), "role": 1, "epoch": 5, "now_ms": now_ms(self.shift_s),
                             "hub_name": "旗", "edition": "2023", "places": msgpack.packb(PLACES), **self.enrolled}.values())]

    def welcome(self, hello):
        """All of it is held: what comes next is BYE."""
        origin, seq, head = hello[2], hello[3], hello[4]
        sig = self.key.sign(b"bangfu checkpoint 1" + u64(5) + u64(seq) + bytes(32) + u64(origin) + u64(seq) + head).signature
        return [WELCOME, 1, now_ms(self.shift_s), 4, self.next_s, 5, seq, None, seq, None, sig]


class Hubs(Case):
    """A station and a hub that is not ours."""

    def setUp(self):
        super().setUp()
        self.hub = FalseHub(self.rig.dir)
        self.addCleanup(self.hub.server.close)
        self.station = self.rig.node("station").start()
        self.hub.enrolled["origin"] = int(self.station.call("status")["origin"], 16)

    def test_a_nodes_log_begins_at_incarnation_1(self):
        key = bytes(nacl.signing.SigningKey((self.station.dir / "node.key").read_bytes()).verify_key)
        origin = h(b"bangfu origin 1" + key + struct.pack(">I", 1))[:8]
        self.assertEqual(self.station.call("status")["origin"], origin.hex())

    def enrol(self):
        self.station.call("enrol", token=self.hub.token())
        rig.until(lambda: not self.station.call("status")["syncing"], what="the first sync")

    def refused_enrolment(self, name, lang="en"):
        """The fault; and nothing of the answer was kept."""
        answer = self.station.cli("enrol", self.hub.token(), lang=lang)
        self.assertEqual(answer.code, 4, answer)
        with self.assertRaises(rig.RpcError) as caught:
            self.station.call("enrol", token=self.hub.token())
        self.assertEqual(caught.exception.name, name)
        state = self.station.call("status")
        self.assertEqual((state["hub"], state["division"], state["places"], state["edition"]), (None, None, 0, None), name)
        return answer.err

    def test_an_answer_that_cannot_be_true_enrols_nobody(self):
        other = msgpack.packb(PLACES[:-2])
        for wrong, en, zh in (({"division": 0}, "no place", "没有给出"), ({"division": 123}, "no place", "没有给出"),
                              ({"places": other}, "not in the table", "区划表"), ({"places": b"\x90"}, "not in the table", "区划表"),
                              ({"role": 0}, "neither village nor team", "角色"), ({"role": 3}, "neither village", "角色"),
                              ({"role": 9}, "neither village", "角色"), ({"origin": 7}, "not this node's", "日志")):
            usual = dict(self.hub.enrolled)
            self.hub.enrolled.update(wrong)
            self.assertIn(en, self.refused_enrolment("enrol_answer"), wrong)
            self.assertIn(zh, self.refused_enrolment("enrol_answer", "zh"), wrong)
            self.hub.enrolled = usual
        self.hub.enrolled["places"] = b"\x93\x01"
        self.refused_enrolment("bad_message")
        del self.hub.enrolled["places"]
        self.enrol()  # and the same token still works
        self.assertEqual(self.station.call("status")["division"], VILLAGE_A)

    def test_a_busy_hub_is_waited_for_as_long_as_is_told_and_never_for_years(self):
        self.hub.busy_s = U32
        self.assertIn(f"in {BUSY_MAX_S} s", self.refused_enrolment("enrol_busy"))
        self.hub.busy_s = 0
        self.assertIn("in 5 s", self.refused_enrolment("enrol_busy"))
        self.hub.busy_s = None
        self.enrol()
        for asked, least, most in ((U32, BUSY_MAX_S, BUSY_MAX_S * 1.25), (BUSY_MAX_S + 1, BUSY_MAX_S, BUSY_MAX_S * 1.25), (100, 100, 125),
                                   (0, 2.5, 5)):
            self.hub.busy_s = asked
            fault = self.station.call("sync", wait=True)["error"]
            state = self.station.call("status")
            waits = (state["next_try_ms"] - state["last_try_ms"]) / 1000
            self.assertEqual(fault["name"], "hub_busy")
            self.assertTrue(least <= waits <= most + 2 * rig.SLOW, (asked, waits))
            told = int(fault["en"].rsplit(" in ", 1)[1].split()[0])
            self.assertIn(str(told), fault["zh"])
            self.assertTrue(least <= told <= most + 1, (asked, told))
            self.assertLess(abs(told - waits), 1 + 2 * rig.SLOW, asked)  # what is told is what is done
            self.assertEqual(state["last_error"], fault)

    def test_a_hub_that_asks_for_another_year_is_visited_the_next_night(self):
        self.enrol()
        for asked, most in ((U32, DAY_S), (172801, DAY_S), (172800, 172800)):
            self.hub.next_s = asked
            self.assertIsNone(self.station.call("sync", wait=True)["error"])
            state = self.station.call("status")
            waits = (state["next_try_ms"] - state["now_ms"]) / 1000
            self.assertTrue(0 < waits <= most, (asked, waits))
            self.assertTrue(asked != 172800 or waits > DAY_S, waits)

    def today(self, n):
        return self.station.call("log", kind="fund", fields=feed.fund(self.station, n), again=True)["fields"]["day"]

    def doubt(self):
        return [w for w in self.station.call("status")["warnings"] if w["name"].startswith("warn_hub_clock")]

    def test_a_hub_that_is_years_off_moves_today_only_by_the_users_word(self):
        """Each entry is saved (I10), and each life of the station keeps what the user said."""
        self.enrol()
        today, n = self.today(0), 1
        self.assertEqual(today, feed.day_of_node(self.station))
        for shift, name in ((5 * YEAR_S, "warn_hub_clock"), (-7 * YEAR_S, "warn_hub_clock_past")):
            self.hub.shift_s = shift
            there = datetime.datetime.fromtimestamp(time.time() + shift, feed.CHINA).date().isoformat()
            answer = self.station.cli("sync")
            self.assertEqual(answer.code, 0, answer)
            self.assertIn(there, answer.err)
            self.assertIn(today, answer.err)
            self.assertEqual([w["name"] for w in self.doubt()], [name])
            self.assertIn(there, self.station.cli("status", lang="zh").out)
            self.assertAlmostEqual(self.station.call("status")["clock_ms"] / 1000, shift, delta=60)
            self.assertEqual(self.today(n), today)
            self.station.stop()
            self.station.start()
            self.assertEqual(self.today(n + 1), today)
            n += 2
        self.assertEqual(self.station.cli("sync", "--believe-clock").code, 0)  # nobody can vouch for a day before the program
        self.assertEqual(self.today(n), today)
        self.hub.shift_s = 5 * YEAR_S
        answer = self.station.cli("sync", "--believe-clock")
        self.assertEqual((answer.code, answer.err), (0, ""), answer)
        later = datetime.datetime.fromtimestamp(time.time() + 5 * YEAR_S, feed.CHINA).date().isoformat()
        self.assertEqual((self.today(n + 1), self.doubt()), (later, []))
        self.station.stop()
        self.station.start()
        self.assertEqual(self.today(n + 2), later)
        self.assertIsNone(self.station.call("sync", wait=True)["error"])
        self.assertEqual((self.today(n + 3), self.doubt()), (later, []))
        self.hub.shift_s = 0  # set right: no word is needed
        self.assertEqual(self.station.call("sync", wait=True)["warnings"], [])
        self.assertEqual((self.today(n + 4), self.doubt()), (today, []))
        self.assertEqual(self.station.call("status")["saved"], n + 5)

    def test_a_dead_clock_takes_the_hubs_day_without_a_word(self):
        self.station.stop()
        self.station.env = wrong_clock(-26 * YEAR_S)
        self.station.start()
        self.enrol()
        self.assertEqual(self.doubt(), [])
        self.assertEqual(self.today(1), datetime.datetime.now(feed.CHINA).date().isoformat())


class Frames(Case):
    """4.1, 4.2: a connection that breaks the rule of a frame or of the handshake."""

    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub()
        self.station = self.rig.station(self.hub, "station", VILLAGE_A)
        rig.until(lambda: not self.station.call("status")["syncing"], what="the first sync")
        self.own = Stranger(self.rig.dir, "own", (self.station.dir / "node.key").read_bytes())

    def test_a_length_of_none_or_too_many_bytes_ends_the_connection_without_a_word(self):
        for who, alpn, lengths in ((self.own, SYNC, (0, 262145, U32)), (Stranger(self.rig.dir), ENROL, (0, 1025, U32))):
            for length in lengths:
                with who.dial(self.hub.port, alpn) as s:
                    s.sendall(struct.pack(">I", length))
                    said, _ = rest_of(s, 5 * rig.SLOW)
                    self.assertEqual(said, b"", (alpn, length))  # closed, and no REFUSE
        rig.until(lambda: "link_bound" in self.hub.log(), what="a line in the hub's log")
        with self.own.dial(self.hub.port, SYNC) as s:  # one that is allowed is waited for
            s.sendall(struct.pack(">I", 262144))
            self.assertFalse(closed(s))
        self.assertIsNone(self.station.call("sync", wait=True)["error"])

    def test_a_message_of_an_unknown_type_is_refused_as_a_newer_programs(self):
        for who, alpn in ((self.own, SYNC), (Stranger(self.rig.dir), ENROL)):
            with who.dial(self.hub.port, alpn) as s:
                s.sendall(framed([10, "later"]))
                said, _ = rest_of(s, 5 * rig.SLOW)
            message = msgpack.unpackb(said[4:], raw=False)
            self.assertEqual(message[:3], [REFUSE, 16, "message_newer"])

    def hand_in(self, entry):
        """What the hub says to a log of one entry, by the station's own key and other hands."""
        key = nacl.signing.SigningKey((self.station.dir / "node.key").read_bytes())
        of = bytes(key.verify_key) + struct.pack(">I", 1)
        origin, raw = h(b"bangfu origin 1" + of)[:8], msgpack.packb(entry, use_bin_type=True)
        genesis = h(b"bangfu log 1" + of)
        end = h(genesis + raw)
        number = int.from_bytes(origin, "big")
        with self.own.dial(self.hub.port, SYNC) as s:
            s.sendall(framed([HELLO, 1, number, 1, end, now_ms(), 0, 0, None, 0]))
            self.assertEqual(FalseHub.take(s)[0], WELCOME)
            sig = key.sign(b"bangfu head 1" + origin + u64(1) + end).signature
            s.sendall(framed([BATCH, number, 1, 1, end, sig, len(raw), zstandard.ZstdCompressor().compress(raw)]))
            return FalseHub.take(s)

    def test_a_newer_entry_and_one_by_an_author_that_steers_terminals_are_refused_for_what_they_are(self):
        body = {1: "later"}
        newer = self.hand_in([2, 1, 99, "wang", 60, None, None, body])
        self.assertEqual(newer[:3], [REFUSE, 16, "entry_newer"])
        self.assertIn("a newer program", newer[4])
        self.assertEqual(self.hand_in([1, 1, 99, "wang", 60, None, None, body, "more"])[:3], [REFUSE, 16, "entry_newer"])
        for author in ("wang\x1b[7m", "\u202egnaw", "wang\n", "\x9b"):
            self.assertEqual(self.hand_in([1, 1, 99, author, 60, None, None, body])[:3], [REFUSE, 3, "bad_entry"], author)
        self.assertEqual(self.hub.call("status")["entries"], 0)
        self.assertEqual(self.hand_in([1, 1, 99, "王…", 60, None, None, body])[0], STORED)
        self.assertEqual(self.hub.call("status")["entries"], 1)

    def test_without_alpn_or_with_another_the_handshake_fails_by_its_alert(self):
        """None: as an unknown key, whoever it is; another name: no_application_protocol."""
        key = ("-tls1_3", "-key", str(self.own.key), "-cert", str(self.own.cert))
        for options, alert in ((key, "alert unknown ca"), ((*key, "-alpn", "h2"), "no application protocol")):
            _, said = s_client(self.hub.port, *options)
            self.assertIn(alert, said)
        with self.own.dial(self.hub.port, SYNC) as s:
            self.assertEqual(s.selected_alpn_protocol(), SYNC)

    def test_a_station_revoked_in_mid_session_hears_nothing_and_the_next_handshake_says_it(self):
        with self.own.dial(self.hub.port, SYNC) as s:
            rig.until(lambda: self.hub.call("counters")["sessions_open"] == 1, what="a session")
            self.hub.call("revoke", origin=self.station.call("status")["origin"])
            self.assertEqual(rest_of(s, 5 * rig.SLOW)[0], b"")
        self.assertEqual(self.station.call("sync", wait=True)["error"]["name"], "node_refused")

    def test_a_second_token_for_a_station_that_is_active_is_not_spent(self):
        token = self.hub.call("token", division=VILLAGE_B, role="village")["token"]
        origin = self.station.call("status")["origin"]
        with self.assertRaises(rig.RpcError) as caught:
            self.station.call("enrol", token=token, move=True)
        self.assertEqual((caught.exception.name, caught.exception.fault["rc"]), ("node_exists", -12))
        self.hub.call("revoke", origin=origin)
        self.assertEqual(self.station.call("enrol", token=token, move=True)["division"], VILLAGE_B)


if __name__ == "__main__":
    main()
