#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""methods_socket_test.py -- the socket itself: streams, bounds, strangers; and that no number comes back in clear.

The world is methods_world.py's.
"""
import os
import signal
import socket
import subprocess
import sys
import time

from methods_world import BYTES_MAX, CALLS_MAX, Case, OTHER, SHARE_MAX, VILLAGE, WORLD, fund, month, run, setUpModule, tearDownModule  # noqa: F401
import msgpack
import rig


class Canaries(Case):
    """What was typed never comes back whole when it has the form of an ID, a phone or a bank account (I12)."""
    # As they are typed, and the part of each that nobody may read again.
    TYPED = {"11010519491231002X": "194912310", "110105 19491231 0029": "19491231", "１１０１０５１９４９１２３１００２９": "１９４９１２３１",
             "13812341234": "12341", "138-1234-1234": "1234-1", "6217001234567891234": "00123456", "1101054912310021": "549123"}

    def setUp(self):
        super().setUp()
        self.faults = 0

    def clean(self, text, about):
        for typed, secret in self.TYPED.items():
            self.assertNotIn(typed, text, about)
            self.assertNotIn(secret, text.replace(" ", ""), about)

    def look(self, value, about, within_fault=False):
        """Every sentence of a fault, wherever in an answer it stands."""
        if isinstance(value, dict):
            fault = within_fault or {"zh", "en", "where", "rc"} <= value.keys()
            self.faults += fault and not within_fault
            for key, item in value.items():
                self.look(item, about, fault)
        elif isinstance(value, list):
            for item in value:
                self.look(item, about, within_fault)
        elif within_fault and isinstance(value, str):
            self.clean(value, about)

    def ask(self, node, method, params):
        about = (method, params)
        with node.rpc() as r:
            r.send(method, params)
            _, error, result = r.take()
        self.look(error, about)
        self.look(result, about)

    def every_way(self, node):
        methods = node.call("methods")
        for typed in self.TYPED:
            self.ask(node, typed, {})
            for m in methods:
                given = {p["name"]: p for p in m["params"]}
                self.ask(node, m["name"], {typed: typed})
                for name in given:
                    need = {n: self.filler(m["name"], n, p) for n, p in given.items() if p["required"] and n != name}
                    for value in (typed, [typed], [{typed: typed}], {typed: typed}, [typed, typed]):
                        self.ask(node, m["name"], {**need, name: value, **self.harmless(m["name"], name)})

    @staticmethod
    def harmless(method, name):
        return {"check": True} if method in ("log", "import") and name != "check" else {}

    @staticmethod
    def filler(method, name, param):
        known = {"kind": "fund", "fields": fund("x"), "division": VILLAGE, "role": "village", "edition": "2023", "ref": "0000000000000001-1",
                 "rows": [], "reason": "x", "token": "x", "origin": "0000000000000001"}
        return known.get(name, {"text": "x", "uint": 1, "bool": True, "map": {}, "list": []}[param["type"]])

    def test_no_parameter_of_any_method_comes_back_whole(self):
        for node in (self.station, self.hub):
            self.every_way(node)
            self.ask(node, "counters", {})
            self.clean(str(node.call("counters")) + node.log(), node.name)
        self.assertGreater(self.faults, 500)

    def test_no_field_of_any_kind_comes_back_whole(self):
        for kind in self.station.call("schema"):
            for field in kind["fields"]:
                for typed in self.TYPED:
                    self.ask(self.station, "log", {"kind": kind["name"], "fields": {field["name"]: typed}, "check": True})
                    self.ask(self.station, "log", {"kind": kind["name"], "fields": {field["name"]: typed + "?" * 9000}, "check": True})
                    self.ask(self.station, "total", {"kind": kind["name"], "where": {field["name"]: typed}, "by": [typed]})
                    self.ask(self.station, "list", {"kind": kind["name"], "where": {typed: field["name"]}})
        for typed in self.TYPED:
            for heading in ("户编号", "证件号码", "姓名", "村", "年龄", "户联系电话", "银行账号", typed):
                for rest in (True, False):
                    self.ask(self.station, "import", {"rows": [{"户编号": "C1", "姓名": "甲", heading: typed}], "check": True, "rest": rest})
        self.assertGreater(self.faults, 500)
        self.clean(self.station.log(), "the log")

    def test_the_command_line_does_not_say_it_either(self):
        for typed in self.TYPED:
            for argv in ([typed], ["show", typed], ["show", typed, "--kind", "member"], ["list", "--month", typed], ["list", typed],
                         ["place", typed], ["balance", typed], ["void", typed, "--reason", "x"], ["status", typed], ["status", "--" + typed],
                         ["visit", "--households", typed, "--purpose", "1"], ["member", "--id", typed], ["list", "--limit", typed],
                         ["aid", "--household", typed, "--category", typed], ["import", typed], ["enrol", typed], ["total", "--by", typed]):
                for lang in ("zh", "en"):
                    answer = self.station.cli(*argv, lang=lang)
                    self.assertNotEqual(answer.code, 0, argv)
                    self.clean(answer.err.replace(typed + "：", "") if argv == ["import", typed] else answer.err, argv)


class Socket(Case):
    """The stream itself."""

    def raw(self, node=None):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(20 * rig.SLOW)
        s.connect(str((node or self.station).dir / "bangfu.sock"))
        return s

    def all_of(self, s):
        out = b""
        try:
            while data := s.recv(65536):
                out += data
        except ConnectionResetError:
            pass
        return self.unpacked(out)

    @staticmethod
    def unpacked(data):
        u = msgpack.Unpacker(raw=False)
        u.feed(data)
        return list(u)

    def test_malformed_streams_get_one_error_and_are_closed(self):
        deep = b"\x91" * 20 + b"\xc0"
        for bad in (b"GET / HTTP/1.1\r\n\r\n", b"\xc1", b"\x94\x00\x01\xa3abc", msgpack.packb([0, 1, "status"]),
                    msgpack.packb([1, 1, "status", {}]), msgpack.packb([0, -1, "status", {}]), msgpack.packb([0, 1, "", {}]),
                    msgpack.packb([0, 1, "status", [1, 2]]), msgpack.packb([0, 1, "x" * 65, {}]), deep, b"\xdd\xff\xff\xff\xff",
                    b"\xc6\xff\xff\xff\xff", b"\x94\x00\x01\xa6status\x82\xa1a\x01\xa1a\x02", b"\x94\x00\x01\xa6status\xca\x00\x00\x00\x00",
                    msgpack.packb([0, 1, "status", {}])[:-1] + b"\xc1"):
            with self.raw() as s:
                s.sendall(bad)
                s.shutdown(socket.SHUT_WR)
                answers = self.all_of(s)
            if bad == b"\x94\x00\x01\xa3abc":
                self.assertEqual(answers, [], "an unfinished request is no request")
                continue
            self.assertEqual(len(answers), 1, bad)
            self.assertEqual((answers[0][0], answers[0][1], answers[0][2]["name"], answers[0][3]), (1, 0, "rpc_form", None), bad)
        self.assertEqual(self.station.call("methods")[0]["name"], "methods")

    def test_a_good_request_before_a_bad_one_is_answered(self):
        with self.raw() as s:
            s.sendall(msgpack.packb([0, 5, "methods", {}]) + b"\xc1")
            answers = self.all_of(s)
        self.assertEqual([(a[1], a[2] is None) for a in answers], [(5, True), (0, False)])

    def test_a_bad_request_behind_one_that_waits_for_the_disk_stops_nobody(self):
        for again in range(5):
            with self.raw() as s:
                s.sendall(msgpack.packb([0, 5, "log", {"kind": "fund", "fields": fund(f"坏{again}")}]) + b"\xc1\xc1\xc1")
                answers = self.all_of(s)
            self.assertEqual(sorted((a[1], a[2] is None) for a in answers), [(0, False), (5, True)])

    def test_params_may_stand_in_an_array_or_be_absent(self):
        with self.raw() as s:
            for params in ([], None, {}, [{}]):
                s.sendall(msgpack.packb([0, 1, "counters", params]))
            s.shutdown(socket.SHUT_WR)
            self.assertEqual([a[2] for a in self.all_of(s)], [None] * 4)

    def test_a_request_may_come_byte_by_byte(self):
        text = msgpack.packb([0, 9, "place", {"text": VILLAGE}])
        with self.raw() as s:
            for i in range(len(text)):
                s.sendall(text[i:i + 1])
            s.shutdown(socket.SHUT_WR)
            self.assertEqual(self.all_of(s)[0][3]["code"], VILLAGE)

    def test_the_largest_request_is_read_and_one_more_byte_is_not(self):
        def request(size):
            text = msgpack.packb([0, 1, "place", {"text": "x" * 70000}])
            return msgpack.packb([0, 1, "place", {"text": "x" * (70000 + size - len(text))}])
        for size, name in ((BYTES_MAX, "bad_param"), (BYTES_MAX + 1, "rpc_form")):  # no place has such a name
            text = request(size)
            self.assertEqual(len(text), size)
            with self.raw() as s:
                try:
                    s.sendall(text)
                    s.shutdown(socket.SHUT_WR)
                except (BrokenPipeError, ConnectionResetError):
                    pass
                self.assertEqual(self.all_of(s)[0][2]["name"], name)

    def test_many_requests_in_one_breath_are_all_answered(self):
        count = 5 * CALLS_MAX
        with self.station.rpc() as r:
            r.sock.sendall(b"".join(msgpack.packb([0, i, "log", {"kind": "fund", "fields": fund(f"批{i}")}]) for i in range(count)))
            answers = [r.take() for _ in range(count)]
        self.assertEqual({a[0] for a in answers}, set(range(count)))
        self.assertEqual([a[1] for a in answers if a[1]], [])
        self.assertEqual(len({a[2]["ref"] for a in answers}), count)

    def test_as_many_clients_as_the_share_and_not_one_more(self):
        held = []
        self.hub.process.send_signal(signal.SIGSTOP)  # so that each has a call under way, and none gives way
        try:
            for _ in range(SHARE_MAX):
                r = self.station.rpc()
                held.append(r)
                r.send("sync", {"wait": True})
            rig.until(lambda: not self.answered(), what="all of them to be let in")
            with self.raw() as s:
                self.assertEqual(self.all_of(s)[0][2]["name"], "clients_share")
            self.assertEqual(self.station.cli("status").code, 4)  # refused, with the reason, and not 'the node went away'
            held.pop().close()  # its call goes on, and its place is free long before the hub's time is over
            rig.until(lambda: self.answered(), seconds=1, what="the freed place")
        finally:
            self.hub.process.send_signal(signal.SIGCONT)
            for r in held:
                r.close()

    def test_over_the_share_the_oldest_idle_client_gives_way(self):
        held = [self.station.rpc() for _ in range(SHARE_MAX)]
        try:
            for r in held:
                r.call("counters")
            held[0].call("counters")  # so the second is idle the longest
            time.sleep(1.5)
            self.assertTrue(self.answered())
            self.assertEqual(self.all_of(held[1].sock)[0][2]["name"], "conn_gave_way")
            for r in held[:1] + held[2:]:
                r.call("counters")
        finally:
            for r in held:
                r.close()

    def answered(self):
        with self.raw() as s:
            try:
                s.sendall(msgpack.packb([0, 1, "counters", {}]))
                s.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # refused before it could ask
            return self.all_of(s)[0][2] is None

    def test_one_who_does_not_read_stops_nobody_and_costs_little(self):
        before = self.station.call("counters")["rss_anon_kb"]
        ask = msgpack.packb([0, 1, "schema", {}])
        with self.raw() as s:
            s.setblocking(False)
            sent = 0
            for _ in range(200):
                try:
                    sent += s.send(ask * 500)
                except BlockingIOError:
                    time.sleep(0.01)
            began = time.monotonic()
            self.station.call("counters")
            self.assertLess(time.monotonic() - began, 2 * rig.SLOW)
            grown = self.station.call("counters")["rss_anon_kb"] - before
            self.assertLess(grown, 24 * 1024)
            s.setblocking(True)
            s.settimeout(60)
            u, got = msgpack.Unpacker(raw=False), 0
            while got < 30:  # and what it asked comes when it reads at last
                u.feed(s.recv(1 << 20))
                got += sum(1 for _ in u)

    def test_a_client_that_leaves_in_the_middle_harms_nobody(self):
        for _ in range(50):
            with self.raw() as s:
                s.sendall(msgpack.packb([0, 1, "log", {"kind": "fund", "fields": fund("走了")}]) * 3 + b"\x94\x00")
        self.station.call("total", kind="fund")

    def test_another_user_is_refused(self):
        if os.geteuid() != 0:
            self.skipTest("only root can be somebody else")
        path = self.station.dir / "bangfu.sock"
        self.assertEqual((path.stat().st_mode & 0o777, self.station.dir.stat().st_mode & 0o777), (0o600, 0o700))
        ask = ("import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.settimeout(20)\ns.connect(sys.argv[1])\n"
               "sys.stdout.buffer.write(s.recv(65536))")
        argv = ["setpriv", "--reuid", "65534", "--clear-groups", "/usr/bin/python3", "-c", ask, str(path)]
        self.assertIn(b"PermissionError", subprocess.run(argv, capture_output=True, check=False).stderr)
        opened = [WORLD.rig.dir, self.station.dir]
        for d in opened:
            d.chmod(0o755)
        path.chmod(0o666)
        try:
            said = subprocess.run(argv, capture_output=True, check=True).stdout
            self.assertEqual(self.unpacked(said)[0][2]["name"], "not_allowed")
        finally:
            path.chmod(0o600)
            for d in opened:
                d.chmod(0o700)

    def test_a_second_daemon_on_the_directory_is_refused_and_a_stale_socket_is_not(self):
        node = WORLD.rig.node("twice").start()
        second = WORLD.rig.node("second", directory=node.dir).spawn()
        self.assertNotEqual(second.process.wait(20 * rig.SLOW), 0)
        node.call("status")
        node.kill()
        self.assertTrue((node.dir / "bangfu.sock").exists())
        node.start()
        self.assertEqual(node.stop(), 0)
        self.assertFalse((node.dir / "bangfu.sock").exists())

    def test_a_stop_answers_what_is_under_way(self):
        node = WORLD.rig.station(self.hub, "stopped", OTHER)
        with node.rpc() as r:
            for i in range(20):
                r.send("log", {"kind": "fund", "fields": fund(f"停{i}", **{"from": OTHER})})
            r.send("verify")
            r.take()
            self.assertEqual(node.stop(), 0)
            told = 1
            try:
                while True:
                    told += r.take()[1] is None
            except (ConnectionError, OSError):
                pass
        node.start()
        self.assertGreaterEqual(node.call("status")["saved"], min(told, 20))
        node.stop()


if __name__ == "__main__":
    run()
