#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A node that answers from a table: the command line is tested against it without a store or a network.

It speaks the RPC protocol of protocol/README.md section 7 with msgpack from Debian, so it is also a second
implementation of that protocol. Behaviour is chosen per method by a function of the params; what was asked is kept.
"""
import os
import socket
import threading
import time

import msgpack


class Refused(Exception):
    """Answer with an error map."""

    def __init__(self, name, zh, en, rc=-1, where=""):
        super().__init__(name)
        self.fault = {"name": name, "rc": rc, "where": where, "zh": zh, "en": en}


class HangUp(Exception):
    """Close the connection instead of answering."""


class Raw(Exception):
    """Answer with these bytes."""

    def __init__(self, data):
        super().__init__()
        self.data = data


class Notices(Exception):
    """Send progress notices, then this result."""

    def __init__(self, notices, result):
        super().__init__()
        self.notices, self.result = notices, result


class Working(Exception):
    """An empty notice after every so many seconds, then this result."""

    def __init__(self, every, times, result):
        super().__init__()
        self.every, self.times, self.result = every, times, result


class FakeNode:
    def __init__(self, path, methods):
        self.path, self.methods, self.asked = path, methods, []
        self.listener = socket.socket(socket.AF_UNIX)
        if os.path.exists(path):
            os.unlink(path)
        self.listener.bind(path)
        self.listener.listen(8)
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def close(self):
        """The thread first: one about to accept on a closed descriptor would serve the next node's caller."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()
        os.unlink(self.path)

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        try:
            self._converse(peer)
        except ConnectionError:
            pass  # the client has gone: what it makes of that is the test's business

    def _converse(self, peer):
        unpacker = msgpack.Unpacker(raw=False)
        with peer:
            while data := peer.recv(65536):
                unpacker.feed(data)
                for kind, ident, method, params in unpacker:
                    assert kind == 0
                    self.asked.append((method, params))
                    try:
                        peer.sendall(self._answer(ident, method, params))
                    except HangUp:
                        return
                    except Working as w:
                        for _ in range(w.times):
                            time.sleep(w.every)
                            peer.sendall(msgpack.packb([2, "progress", [{}]]))
                        peer.sendall(msgpack.packb([1, ident, None, w.result]))

    def _answer(self, ident, method, params):
        try:
            result = self.methods[method](params)
        except KeyError:
            return msgpack.packb([1, ident, {"name": "unknown_method", "rc": -1, "where": "", "zh": "没有方法",
                                             "en": "no method"}, None])
        except Refused as r:
            return msgpack.packb([1, ident, r.fault, None])
        except Raw as r:
            return r.data
        except Notices as n:
            out = b"".join(msgpack.packb([2, "progress", [x]]) for x in n.notices)
            return out + msgpack.packb([1, ident, None, n.result])
        return msgpack.packb([1, ident, None, result])
