#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""peer.py -- a msgpack-RPC client nobody here wrote (python3-msgpack) speaks to the daemon by protocol/README.md section 7 alone."""
import socket
import threading

import msgpack

from base import VILLAGE_A, Case, main, rig
import feed


class Peer(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub()
        self.station = self.rig.station(self.hub, "station", VILLAGE_A)

    def test_log_total_list_show_and_void_agree(self):
        n = self.station
        fields = [feed.fund(n, i) for i in range(6)]
        with n.rpc() as r:
            kept = [r.call("log", kind="fund", fields=f) for f in fields]
            want = sum(feed.fen(f["amount"]) for f in fields)
            total = r.call("total", kind="fund", division="150722", by=["month", "channel"])
            self.assertEqual((total["count"], total["sum"]), (6, want))
            self.assertEqual((total["columns"], sum(row[-1] for row in total["rows"])), (["month", "channel", "count", "sum"], want))
            listed = r.call("list", kind="fund", division=VILLAGE_A)
            self.assertEqual(sorted(e["ref"] for e in listed["rows"]), sorted(k["ref"] for k in kept))
            self.assertEqual(listed["sum"], want)
            shown = r.call("show", ref=kept[0]["ref"])
            self.assertEqual(shown["entry"]["fields"]["document"], fields[0]["document"])
            r.call("void", ref=kept[0]["ref"], reason="记错金额")
            total = r.call("total", kind="fund", division="150722")
            self.assertEqual((total["count"], total["sum"]), (5, want - feed.fen(fields[0]["amount"])))
            self.assertEqual(len(r.call("list", kind="fund", division=VILLAGE_A)["rows"]), 5)
            voided = [e for e in r.call("list", kind="fund", division=VILLAGE_A, voided=True)["rows"] if e["voided"]]
            self.assertEqual([e["ref"] for e in voided], [kept[0]["ref"]])
            with self.assertRaises(rig.RpcError):
                r.call("void", ref=kept[0]["ref"], reason="再作废一次")
            total = r.call("total", kind="fund", division="150722")
            self.assertEqual(total["count"], 5)
            self.assertEqual(r.call("verify")["findings"], 0)
        self.assertIsNone(n.call("sync", wait=True)["error"])
        self.assertEqual(self.hub.call("total", kind="fund", division="150722")["count"], 5)
        self.assertEqual(self.hub.call("verify")["findings"], 0)

    def test_check_saves_nothing(self):
        answer = self.station.call("log", kind="fund", fields=feed.fund(self.station, 1), check=True)
        self.assertIsNone(answer["ref"])
        self.assertEqual(self.station.call("total", kind="fund")["count"], 0)

    def test_many_requests_under_way_are_all_answered_by_their_ids(self):
        with self.station.rpc() as r:
            asked = {r.send("log", {"kind": "fund", "fields": feed.fund(self.station, n)}) for n in range(200)}
            refs = set()
            while asked:
                got, error, result = r.take()
                self.assertIsNone(error)
                asked.remove(got)
                refs.add(result["ref"])
        self.assertEqual(len(refs), 200)

    def test_ids_of_any_size_come_back_whole(self):
        """In results, in errors, and when many are under way: an id that loses its upper bits meets another's."""
        ids = [0, 1, 1 << 16, (1 << 16) + 1, (1 << 32) - 1, 1 << 32, (1 << 32) + 1, 1 << 63, (1 << 64) - 1]
        with self.station.rpc() as r:
            for method, params in (("counters", {}), ("dance", {}), ("log", {"kind": "fund", "fields": feed.fund(self.station, 1), "again": True})):
                r.sock.sendall(b"".join(msgpack.packb([0, i, method, params]) for i in ids))
                answers = [r.take() for _ in ids]
                self.assertEqual(sorted(a[0] for a in answers), ids, method)
                self.assertEqual({a[1] is None for a in answers}, {method != "dance"})

    def test_clients_at_the_same_time_save_every_entry_once(self):
        def one(base):
            feed.log_many(self.station, "fund", [feed.fund(self.station, base + i) for i in range(50)])
        threads = [threading.Thread(target=one, args=(1000 * t,)) for t in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(self.station.call("total", kind="fund")["count"], 400)

    def test_a_request_in_single_bytes_is_a_request(self):
        with self.station.rpc() as r:
            for b in msgpack.packb([0, 9, "total", {"kind": "fund", "division": VILLAGE_A}]):
                r.sock.sendall(bytes([b]))
            got, error, result = r.take()
            self.assertEqual((got, error, result["count"]), (9, None, 0))

    def test_params_may_stand_in_an_array_or_be_left_out(self):
        with self.station.rpc() as r:
            for params in ({}, [], [{}]):
                r.sock.sendall(msgpack.packb([0, 5, "status", params]))
                got, error, result = r.take()
                self.assertEqual((got, error), (5, None))
                self.assertEqual(result["division"], VILLAGE_A)

    def test_methods_and_schema_describe_what_there_is(self):
        names = {m["name"] for m in self.station.call("methods")}
        self.assertTrue({"log", "import", "void", "total", "list", "show", "sync", "status", "verify"} <= names, names)
        kinds = {k["name"]: k for k in self.station.call("schema")}
        self.assertTrue({"household", "member", "visit", "fund", "aid", "activity", "service"} <= set(kinds))
        for kind in kinds.values():
            tags = [f["tag"] for f in kind["fields"]]
            self.assertEqual(len(tags), len(set(tags)))
            self.assertTrue(all(f["zh"] and f["en"] for f in kind["fields"]))

    def test_mistakes_are_named_and_the_connection_goes_on(self):
        with self.station.rpc() as r:
            for method, params, name in (("dance", {}, "unknown_method"), ("log", {"kind": "dance", "fields": {}}, "unknown_kind"),
                                         ("log", {"kind": "fund", "fields": {"dance": "1"}}, "unknown_field"),
                                         ("log", {"kind": "fund", "fields": {}}, "missing_field"),
                                         ("log", {"kind": 7, "fields": {}}, "bad_param")):
                with self.assertRaises(rig.RpcError) as caught:
                    r.call(method, params)
                self.assertEqual(caught.exception.name, name, caught.exception)
                self.assertLess(caught.exception.fault["rc"], 0)
                self.assertTrue(caught.exception.fault["zh"])
            self.assertEqual(r.call("status")["saved"], 0)

    def test_bytes_that_are_no_request_close_that_connection_alone(self):
        for junk in (b"\xc1" * 10, b"GET / HTTP/1.1\r\n\r\n", msgpack.packb([0, 1, "log", {"x": 1.5}]), b"\xdd\xff\xff\xff\xff", b"\x91" * 40,
                     b"\xc6\x7f\xff\xff\xff"):
            with self.station.rpc() as r, self.station.rpc() as other:
                r.sock.sendall(junk)
                r.sock.settimeout(10)
                try:
                    while r.sock.recv(4096):
                        pass
                except (ConnectionResetError, socket.timeout) as e:
                    self.assertNotIsInstance(e, socket.timeout, f"{junk[:20]!r} was left open")
                other.call("status")

    def test_a_client_that_never_reads_stops_nobody(self):
        with self.station.rpc() as deaf:
            deaf.sock.setblocking(False)
            request = msgpack.packb([0, 1, "schema", {}])
            try:
                for _ in range(20000):
                    deaf.sock.send(request)
            except BlockingIOError:
                pass
            feed.log_many(self.station, "fund", [feed.fund(self.station, n) for n in range(20)])
            self.assertEqual(self.station.call("total", kind="fund")["count"], 20)

    def test_the_hub_says_no_to_what_is_a_stations_and_a_station_to_what_is_the_hubs(self):
        for node, method, params in ((self.hub, "enrol", {"token": "x"}), (self.station, "token", {"division": VILLAGE_A, "role": "village"}),
                                     (self.station, "revoke", {"origin": "0" * 16}), (self.station, "places", {"edition": "2023", "rows": []})):
            with self.assertRaises(rig.RpcError):
                node.call(method, params)


if __name__ == "__main__":
    main()
