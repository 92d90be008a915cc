# SPDX-License-Identifier: Apache-2.0
"""rig.py -- real daemons for tests: start, ask, kill, cut their line.

A Rig owns one temporary directory; a Node is one bangfud in a directory of its own below it; Rpc is a msgpack-RPC
client that nobody of this project wrote (python3-msgpack); Proxy is a TCP line that can be cut, slowed and listened to.
Nothing outlives the rig: daemons die with the test's process.
The build directory comes from BF_BUILD; BF_KEEP=1 keeps the directory of a failed run.
"""
import ctypes
import grp
import json
import os
import pwd
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import msgpack

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BF_BUILD", ROOT / "build" / "release"))
DIVISIONS = ROOT / "data" / "divisions-15.csv"
PROVINCE = "150000000000"
SLOW = 5 if "asan" in str(BUILD) or "tsan" in str(BUILD) else 1  # patience under sanitizers
sys.path.insert(0, str(ROOT / "tests" / "people"))

libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class User:
    """Somebody else than root, by login name: one of the accounts every Debian has. `group` instead of the account's own; `groups`
    are supplementary. Only root can be somebody else."""

    def __init__(self, name, groups=(), group=None):
        row = pwd.getpwnam(name)
        self.name, self.uid, self.gid = name, row.pw_uid, grp.getgrnam(group).gr_gid if group else row.pw_gid
        self.groups = [grp.getgrnam(g).gr_gid for g in groups]

    def become(self):
        os.setgroups(self.groups)
        os.setgid(self.gid)
        os.setuid(self.uid)
        die_with_parent()  # a change of user forgets it


def becoming(user):
    return user.become if user else die_with_parent


def program(name, part):
    for path in (BUILD / part / name, BUILD / name):
        if path.exists():
            return str(path)
    raise FileNotFoundError(f"no {name} in {BUILD}")


def until(question, seconds=20, every=0.02, what="it"):
    """Ask until the answer is true; the answer."""
    end = time.monotonic() + seconds * SLOW
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds * SLOW} s for {what}")
        time.sleep(every)


class RpcError(Exception):
    def __init__(self, fault):
        super().__init__(f"{fault['name']} ({fault['where']}): {fault['en']}")
        self.fault, self.name = fault, fault["name"]


class Rpc:
    """[0, id, method, params] on a Unix stream socket. send() and take() apart, so that requests can be pipelined."""

    def __init__(self, path, timeout=30):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(timeout * SLOW)
        try:
            self.sock.connect(str(path))
        except OSError:
            self.sock.close()
            raise
        self.unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)
        self.next_id = 1
        self.notices = []

    def send(self, method, params=None):
        self.next_id += 1
        self.sock.sendall(msgpack.packb([0, self.next_id, method, params or {}], use_bin_type=True))
        return self.next_id

    def take(self):
        """(id, error, result) of the next response; ConnectionError when the daemon went away."""
        while True:
            for message in self.unpacker:
                if message[0] == 2:
                    self.notices.append(message[2][0])
                    continue
                assert message[0] == 1, message
                return message[1], message[2], message[3]
            data = self.sock.recv(1 << 16)
            if not data:
                raise ConnectionError("the daemon closed the socket")
            self.unpacker.feed(data)

    def call(self, method, params=None, **kw):
        asked = self.send(method, {**(params or {}), **kw})
        got, error, result = self.take()
        assert got == asked or (got == 0 and error), (got, asked)  # 0: of the connection, which is closed
        if error is not None:
            raise RpcError(error)
        return result

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Answer:
    """What a command said."""

    def __init__(self, p):
        self.code, self.out, self.err = p.returncode, p.stdout, p.stderr
        self.text = p.stdout + p.stderr

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\n{self.text}"


class Node:
    def __init__(self, rig, name, options=(), env=None, directory=None, files=0, user=None, binary=("bangfud", "daemon")):
        self.rig, self.name, self.options, self.env, self.user = rig, name, list(options), env or {}, user
        self.binary = binary  # another build of the same program
        self.dir = Path(directory) if directory else rig.dir / name
        self.socket = self.dir / "bangfu.sock"
        self.dir.mkdir(mode=0o700, exist_ok=True)
        if user:
            os.chown(self.dir, user.uid, user.gid)
        self.log_path = rig.dir / f"{name}.log"
        self.process = None
        self.files = files  # as many descriptors as it may have; 0: as many as we

    def prepare(self):
        if self.files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.files, self.files))
        becoming(self.user)()

    def spawn(self):
        """Start without waiting."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [self.rig.program(*self.binary, self.user), "--dir", str(self.dir), *map(str, self.options)],
                env={k: v for k, v in {**os.environ, **self.env}.items() if v is not None}, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, preexec_fn=self.prepare)
        return self

    def start(self):
        self.spawn()
        until(self.ready, what=f"{self.name} to answer")
        return self

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n{self.log()[-3000:]}")
        try:
            with self.rpc() as r:
                r.call("counters")
            return True
        except (OSError, ConnectionError):
            return False

    def rpc(self, timeout=30):
        return Rpc(self.socket, timeout)

    def call(self, method, params=None, **kw):
        with self.rpc() as r:
            return r.call(method, params, **kw)

    def cli(self, *args, lang="en", stdin=None, timeout=120, user=None):
        where = ["--dir", str(self.dir)] if self.socket.parent == self.dir else ["--socket", str(self.socket)]
        argv = [self.rig.program("bangfu", "client", user), *where, "--lang", lang, *map(str, args)]
        return Answer(subprocess.run(argv, capture_output=True, text=True, input=stdin, timeout=timeout, check=False,
                                     stdin=subprocess.DEVNULL if stdin is None else None, preexec_fn=becoming(user) if user else None))

    def check(self):
        """bangfud --check on the stopped node."""
        return Answer(subprocess.run([program("bangfud", "daemon"), "--dir", str(self.dir), "--check"], capture_output=True,
                                     text=True, timeout=120, check=False))

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=20):
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(seconds * SLOW)

    def alive(self):
        return self.process is not None and self.process.poll() is None


class Rig:
    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="bf-e2e."))
        self.nodes, self.proxies = [], []

    def program(self, name, part, user=None):
        """Its path; for somebody else a copy that anybody may run, wherever the build directory lies."""
        if user is None:
            return program(name, part)
        copy = self.dir / "bin" / name
        self.dir.chmod(0o711)
        copy.parent.mkdir(exist_ok=True)
        if not copy.exists():
            shutil.copy(program(name, part), copy)
            copy.chmod(0o755)
        return str(copy)

    def node(self, name, options=(), **kw):
        n = Node(self, name, options, **kw)
        self.nodes.append(n)
        return n

    def hub(self, name="hub", places=True, port=0, advertise=0, options=(), **kw):
        """A running hub with the division table. Its port is drawn once and kept, so that it can be restarted. `advertise`:
        the port of a Proxy; tokens then lead through it."""
        port = port or free_port()
        hub = self.node(name, ["--role", "hub", "--division", PROVINCE, "--listen-host", "127.0.0.1", "--listen-port", port,
                               "--advertise", f"127.0.0.1:{advertise or port}", *options], **kw)
        hub.port = port
        hub.start()
        if places:
            done = hub.cli("places", DIVISIONS, "--edition", "2023")
            assert done.code == 0, done
        return hub

    def station(self, hub, name, division, role="village", options=(), **kw):
        """A running, enrolled station. Its window is far away: it syncs when asked to, or retries."""
        station = self.node(name, ["--role", "station", *options], **kw)
        station.start()
        station.call("enrol", token=hub.call("token", division=division, role=role)["token"], name=name)
        return station

    def proxy(self, port):
        p = Proxy(port)
        self.proxies.append(p)
        return p

    def forget(self, name):
        """End the nodes whose names begin so, and remove what they had: for tests of many short lives."""
        for n in [n for n in self.nodes if n.name.startswith(name)]:
            if n.alive():
                n.kill()
            self.nodes.remove(n)
            if not os.environ.get("BF_KEEP"):
                shutil.rmtree(n.dir, ignore_errors=True)
                n.log_path.unlink(missing_ok=True)

    def close(self, failed=False):
        for n in self.nodes:
            if n.alive():
                n.process.send_signal(signal.SIGCONT)
                n.kill()
        for p in self.proxies:
            p.close()
        if failed and os.environ.get("BF_KEEP"):
            print("kept:", self.dir, file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Proxy:
    """A line to 127.0.0.1:`port`. cut_after: bytes (both ways together) after which each connection is reset; swallow_after: bytes
    from the caller after which the rest of what it sends goes nowhere, until it hangs up; captured: all that passed."""

    def __init__(self, port):
        self.target = port
        self.cut_after = self.swallow_after = None
        self.captured = bytearray()
        self.connections = self.cuts = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.live = set()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            self.connections += 1
            try:
                hub = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                client.close()
                continue
            line = Line(self, client, hub, self.cut_after, self.swallow_after)
            self.live.add(line)
            line.start()

    def close(self):
        self.server.close()
        for line in list(self.live):
            line.cut()


class Line:
    """One connection through a Proxy."""

    def __init__(self, proxy, a, b, budget, upward):
        self.proxy, self.ends, self.budget, self.upward = proxy, (a, b), budget, upward
        self.lock, self.open_ways = threading.Lock(), 2

    def start(self):
        a, b = self.ends
        threading.Thread(target=self.pump, args=(a, b), daemon=True).start()
        threading.Thread(target=self.pump, args=(b, a), daemon=True).start()

    def allowed(self, data):
        """What of `data` may pass, and whether the line is cut after it."""
        with self.lock:
            if self.budget is None:
                over = False
            else:
                over = len(data) >= self.budget
                data = data[: self.budget]
                self.budget -= len(data)
            self.proxy.captured += data
            return data, over

    def kept(self, data):
        """What of the caller's `data` still reaches the other end."""
        if self.upward is None:
            return data
        data = data[: self.upward]
        self.upward -= len(data)
        return data

    def pump(self, source, sink):
        try:
            while data := source.recv(4096):
                data, over = self.allowed(data)
                sink.sendall(self.kept(data) if source is self.ends[0] else data)
                if over:
                    self.proxy.cuts += 1
                    self.cut()
                    return
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            self.cut()
            return
        with self.lock:
            self.open_ways -= 1
            last = self.open_ways == 0
        if last:
            for s in self.ends:
                s.close()
            self.proxy.live.discard(self)

    def cut(self):
        """A reset: what is on its way is lost too."""
        for s in self.ends:
            try:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                s.shutdown(socket.SHUT_RD)
            except OSError:
                pass
            s.close()
        self.proxy.live.discard(self)
