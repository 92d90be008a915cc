#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""doors.py -- who gets in: TLS peers nobody enrolled, tokens that do not open, hubs that are not ours, nodes sent away."""
import base64
import fcntl
import hashlib
import os
import re
import select
import socket
import subprocess
import time

from base import TEAM, VILLAGE_A, VILLAGE_B, Case, main, rig, wrong_clock
import feed

PATIENCE_S = 5


def s_client(port, *options):
    """openssl s_client until the hub closes; its exit code and all it said."""
    argv = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-ign_eof", *options]
    p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    # Standard input stays open: only the hub can end this, and it does so at once, not when its patience is over.
    end, out = time.monotonic() + PATIENCE_S * rig.SLOW, b""
    try:
        while select.select([p.stdout], [], [], max(0, end - time.monotonic()))[0]:
            chunk = os.read(p.stdout.fileno(), 4096)
            if not chunk:
                return p.wait(PATIENCE_S), out.decode(errors="replace")
            out += chunk
        raise AssertionError(f"the hub left this peer in for {PATIENCE_S * rig.SLOW} s: {out.decode(errors='replace')[-1500:]}")
    finally:
        p.kill()
        p.stdin.close()
        p.stdout.close()
        p.wait()


def token_text(host_port, key, secret):
    """A token made by the rules of token.h, by other hands."""
    check = hashlib.blake2b(b"bangfu token 1" + host_port.encode() + key + secret, digest_size=32).digest()[:4]
    return f"bangfu://{host_port}/" + base64.urlsafe_b64encode(key + secret + check).decode().rstrip("=")


def token_parts(text):
    host_port, packed = re.fullmatch(r"bangfu://([^/]+)/(.+)", text).groups()
    raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    return host_port, raw[:32], raw[32:48]


class Strangers(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub(places=False)
        for sort in ("ed25519", "rsa"):
            made = subprocess.run(["openssl", "req", "-x509", "-newkey", sort, "-nodes", "-subj", "/CN=stranger", "-days", "30", "-keyout",
                                   self.path(f"{sort}.key"), "-out", self.path(f"{sort}.crt")], capture_output=True, text=True, check=False)
            self.assertEqual(made.returncode, 0, made.stderr)

    def path(self, name):
        return str(self.rig.dir / name)

    def turned_away(self, *options):
        before = self.hub.log().count("\n")
        code, said = s_client(self.hub.port, *options)
        self.assertTrue(self.hub.alive())
        rig.until(lambda: self.hub.log().count("\n") > before, what="a line in the hub's log")
        lines = self.hub.log().splitlines()[before:]
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("127.0.0.1", lines[0])
        self.hub.call("status")
        return code, said

    def test_a_peer_without_certificate_is_refused(self):
        _, said = self.turned_away("-tls1_3", "-alpn", "bangfu-sync/1")
        self.assertIn("alert", said)

    def test_a_peer_with_an_unknown_ed25519_key_is_refused(self):
        _, said = self.turned_away("-tls1_3", "-alpn", "bangfu-sync/1", "-key", self.path("ed25519.key"), "-cert", self.path("ed25519.crt"))
        self.assertIn("alert", said)

    def test_a_peer_with_an_rsa_key_is_refused(self):
        self.turned_away("-tls1_3", "-alpn", "bangfu-sync/1", "-key", self.path("rsa.key"), "-cert", self.path("rsa.crt"))

    def test_tls_1_2_is_refused(self):
        code, said = self.turned_away("-tls1_2", "-alpn", "bangfu-sync/1", "-key", self.path("ed25519.key"), "-cert",
                                      self.path("ed25519.crt"))
        self.assertNotEqual(code, 0)
        self.assertIn("alert", said)

    def test_a_peer_that_names_no_protocol_is_refused(self):
        self.turned_away("-tls1_3", "-key", self.path("ed25519.key"), "-cert", self.path("ed25519.crt"))

    def test_plain_bytes_are_refused(self):
        for text in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\0" * 600, b"\x16\x03\x01\xff\xff" + b"A" * 4000):
            with socket.create_connection(("127.0.0.1", self.hub.port), 5) as s:
                s.settimeout(PATIENCE_S * rig.SLOW)
                s.sendall(text)
                try:
                    while s.recv(4096):
                        pass
                except ConnectionResetError:
                    pass
        self.hub.call("status")

    def test_an_unenrolled_key_at_the_enrolment_door_is_answered_nothing_but_enrolment(self):
        argv = ["openssl", "s_client", "-connect", f"127.0.0.1:{self.hub.port}", "-tls1_3", "-alpn", "bangfu-enrol/1", "-quiet",
                "-key", self.path("ed25519.key"), "-cert", self.path("ed25519.crt")]
        hello = b"\0\0\0\x05" + bytes([0x91, 0x01, 0xC0, 0xC0, 0xC0])
        p = subprocess.run(argv, input=hello, capture_output=True, timeout=PATIENCE_S * rig.SLOW, check=False)
        self.assertNotIn(b"WELCOME", p.stdout)
        self.hub.call("status")


class Noise(Case):
    """What strangers make a hub say holds nobody up, whoever reads it or does not."""

    def knock(self, hub, times):
        for _ in range(times):
            with socket.create_connection(("127.0.0.1", hub.port), 10) as s:
                s.sendall(b"GET / HTTP/1.0\r\n\r\n")
                s.settimeout(10)
                try:
                    while s.recv(256):
                        pass
                except ConnectionError:
                    pass

    def test_a_log_that_nobody_reads_stops_neither_answers_nor_the_end(self):
        hub = self.rig.node("hub", ["--role", "hub", "--division", rig.PROVINCE, "--listen-host", "127.0.0.1", "--listen-port",
                                    rig.free_port(), "--advertise", "127.0.0.1:1"])
        hub.port = int(hub.options[-3])
        reads, writes = os.pipe()
        self.addCleanup(os.close, reads)
        fcntl.fcntl(writes, fcntl.F_SETPIPE_SZ, 4096)
        os.write(writes, b"-" * 3500)
        hub.process = subprocess.Popen([rig.program("bangfud", "daemon"), "--dir", str(hub.dir), *map(str, hub.options)],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=writes,
                                       preexec_fn=rig.die_with_parent)
        os.close(writes)
        rig.until(hub.ready, what="the hub")
        self.knock(hub, 200)
        counters = rig.until(lambda: (c := hub.call("counters"))["refused"] >= 200 and c, what="200 refused links")
        self.assertGreater(counters["log_dropped"], 0)
        self.assertGreater(counters["log_limited"], 0)
        self.assertEqual(hub.stop(), 0)

    def test_a_few_lines_tell_of_many_strangers(self):
        hub = self.rig.hub(places=False)
        self.knock(hub, 200)
        rig.until(lambda: hub.call("counters")["refused"] >= 200, what="200 refused links")
        self.assertEqual(hub.log().count("event=link_refused"), 60)
        self.assertEqual(hub.call("counters")["log_limited"], 140)
        self.assertEqual(hub.call("counters")["log_dropped"], 0)


class Tokens(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub()
        self.station = self.rig.node("station", ["--role", "station"]).start()

    def enrol(self, token, lang="en"):
        return self.station.cli("enrol", token, lang=lang)

    def test_a_token_opens_once(self):
        token = self.hub.call("token", division=VILLAGE_A, role="village")["token"]
        self.assertEqual(self.enrol(token).code, 0)
        other = self.rig.node("other", ["--role", "station"]).start()
        answer = other.cli("enrol", token)
        self.assertEqual(answer.code, 4, answer)
        self.assertIn("used", answer.text)

    def test_the_same_station_may_spend_its_token_again(self):
        token = self.hub.call("token", division=VILLAGE_A, role="village")["token"]
        first = self.station.call("enrol", token=token)
        rig.until(lambda: not self.station.call("status")["syncing"], what="the first sync")
        again = self.station.call("enrol", token=token)
        self.assertEqual(first["origin"], again["origin"])
        self.assertEqual(len(self.hub.call("nodes")), 1)

    def test_a_mistyped_token_is_told_from_a_refused_one(self):
        token = self.hub.call("token", division=VILLAGE_A, role="village")["token"]
        at = len(token) - 20
        typo = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]
        for lang in ("en", "zh"):
            answer = self.enrol(typo, lang)
            self.assertNotEqual(answer.code, 0)
            self.assertGreater(len(answer.err.strip()), 10)
        self.assertEqual(self.hub.call("nodes"), [])
        with self.assertRaises(rig.RpcError) as caught:
            self.station.call("enrol", token=typo)
        typed = caught.exception.name
        host_port, key, _ = token_parts(token)
        with self.assertRaises(rig.RpcError) as caught:
            self.station.call("enrol", token=token_text(host_port, key, os.urandom(16)))
        self.assertNotEqual(typed, caught.exception.name)
        self.assertEqual(caught.exception.name, "token_unknown")

    def test_a_token_for_another_hubs_key_is_not_spent(self):
        token = self.hub.call("token", division=VILLAGE_A, role="village")["token"]
        host_port, _, secret = token_parts(token)
        answer = self.enrol(token_text(host_port, os.urandom(32), secret))
        self.assertEqual(answer.code, 4, answer)
        self.assertEqual(self.hub.call("nodes"), [])
        self.assertEqual(self.enrol(token).code, 0)

    def test_an_expired_token_is_refused(self):
        token = self.hub.call("token", division=VILLAGE_A, role="village", hours=1)["token"]
        self.hub.stop()
        self.hub.env = wrong_clock(2 * 3600)
        self.hub.start()
        with self.assertRaises(rig.RpcError) as caught:
            self.station.call("enrol", token=token)
        self.assertEqual(caught.exception.name, "token_expired")

    def test_a_token_needs_a_place_that_exists_and_fits_its_role(self):
        for division, role in (("150722102999", "village"), ("150722000000", "village"), ("990000000000", "village"), ("150722102200", "king")):
            answer = self.hub.cli("token", "--division", division, "--role", role)
            self.assertNotEqual(answer.code, 0, (division, role, answer))
        self.assertEqual(self.hub.cli("token", "--division", TEAM, "--role", "team").code, 0)


class Trust(Case):
    def refused_sync(self, station, name):
        """The sync fails with a sentence in both languages, and says which fault it was."""
        for lang in ("zh", "en"):
            answer = station.cli("sync", lang=lang)
            self.assertEqual(answer.code, 1, answer)
            self.assertGreater(len(answer.err), 10)
        self.assertEqual(station.call("sync", wait=True)["error"]["name"], name)

    def test_a_hub_with_another_key_gets_nothing(self):
        hub = self.rig.hub()
        station = self.rig.station(hub, "station", VILLAGE_A)
        station.call("log", kind="visit", fields=feed.visit(station))
        hub.stop()
        false_hub = self.rig.hub("false", port=hub.port, places=False)
        self.refused_sync(station, "hub_key")
        self.assertEqual(station.call("status")["held"], 0)
        self.assertEqual(false_hub.call("status")["entries"], 0)
        false_hub.stop()
        hub.start()
        self.assertEqual(station.cli("sync").code, 0)
        self.assertEqual(station.call("status")["held"], station.call("status")["saved"])

    def test_a_revoked_node_is_refused_and_keeps_what_it_has(self):
        hub = self.rig.hub()
        station = self.rig.station(hub, "station", VILLAGE_B)
        station.call("log", kind="visit", fields=feed.visit(station))
        self.assertEqual(station.cli("sync").code, 0)
        held = hub.call("status")["entries"]
        origin = station.call("status")["origin"]
        self.assertEqual(hub.cli("revoke", origin).code, 0)
        station.call("log", kind="visit", fields=feed.visit(station, 1))
        self.refused_sync(station, "node_refused")
        self.assertEqual(hub.call("status")["entries"], held)
        self.assertGreater(station.call("status")["saved"], held)
        self.assertEqual(station.cli("list", "--kind", "visit").code, 0)


if __name__ == "__main__":
    main()
