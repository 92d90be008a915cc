# SPDX-License-Identifier: Apache-2.0
"""stage.py -- what the demo stands on: commands shown and run, daemons started and surely ended.

A step prints the command as a user would type it, runs exactly that, and prints its output (trimmed where long).
Directories are named relative to the demo's own, so that what is shown can be read aloud.
"""
import ctypes
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """The demo found something that must not be."""


def die_with_parent():
    """A daemon of the demo never outlives it, even when the demo itself is killed."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Stage:
    def __init__(self, build, run, quiet):
        self.run_dir, self.quiet = Path(run), quiet
        self.began = time.monotonic()
        self.daemons, self.pids = {}, []
        (self.run_dir / "tests").symlink_to(ROOT / "tests")  # so that what is typed is what a reader may type
        self.bins = self.run_dir / "bin"
        self.bins.mkdir()
        for name, part in (("bangfud", "daemon"), ("bangfu", "client")):
            found = [p for p in (Path(build) / part / name, Path(build) / name) if p.exists()]
            if not found:
                raise Failed(f"no {name} in {build}: build first (make build)")
            (self.bins / name).symlink_to(found[0])
        self.env = dict(os.environ, PATH=f"{self.bins}:{os.environ.get('PATH', '')}", LANG="C.UTF-8", LC_ALL="C.UTF-8", BANGFU_LANG="zh")
        for name in ("BANGFU_DIR", "BANGFU_SOCKET"):
            self.env.pop(name, None)
        self.commands = 0
        self.count = threading.Lock()

    # ---- telling ----
    def say(self, text=""):
        if not self.quiet:
            print(text, flush=True)

    def step(self, text):
        self.say(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}")

    def show(self, text, limit=None, tail=0):
        """A long answer loses its middle: the first lines stay, and the last `tail`."""
        lines = text.rstrip("\n").split("\n") if text.strip() else []
        cut = len(lines) - limit if limit and len(lines) > limit + 1 else 0
        head = len(lines) - cut - (tail if cut else 0)
        for line in lines[:head]:
            self.say("  " + line)
        if cut:
            self.say(f"  … （还有 {cut} 行 / {cut} more lines）")
        for line in lines[head + cut:]:
            self.say("  " + line)

    # ---- running ----
    def run(self, *argv, ok=(0,), stdin=None):
        """Run quietly; the output. Anything but an expected exit code ends the demo with all that was said."""
        with self.count:
            self.commands += 1
        p = subprocess.run([str(a) for a in argv], cwd=self.run_dir, env=self.env, input=stdin, capture_output=True, text=True,
                           timeout=120, check=False)
        if p.returncode not in ok:
            raise Failed(f"$ {shlex.join(map(str, argv))}\nexit {p.returncode}\n{p.stdout}{p.stderr}")
        return p.stdout + p.stderr

    def typed(self, *argv, limit=None, tail=0, ok=(0,)):
        """The same, shown."""
        self.say("$ " + " ".join(shown(a) for a in argv))
        out = self.run(*argv, ok=ok)
        self.show(out, limit, tail)
        return out

    # ---- daemons ----
    def start(self, name, *options, show=True):
        argv = ["bangfud", "--dir", name, *map(str, options)]
        if show:
            self.say("$ " + " ".join(shown(a) for a in argv) + " &")
        (self.run_dir / name).mkdir(mode=0o700, exist_ok=True)
        log = open(self.run_dir / f"{name}.log", "ab")
        p = subprocess.Popen([str(self.bins / "bangfud"), *argv[1:]], cwd=self.run_dir, env=self.env, stdin=subprocess.DEVNULL,
                             stdout=log, stderr=log, preexec_fn=die_with_parent)
        log.close()
        self.daemons[name] = p
        self.pids.append(p.pid)
        self.wait_ready(name)
        return p

    def wait_ready(self, name, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            p = self.daemons[name]
            if p.poll() is not None:
                raise Failed(f"bangfud at {name} ended with {p.returncode}:\n{self.log_tail(name)}")
            q = subprocess.run(["bangfu", "--dir", name, "status", "--format", "json"], cwd=self.run_dir, env=self.env,
                               capture_output=True, text=True, check=False)
            if q.returncode == 0:
                return
            time.sleep(0.02)
        raise Failed(f"bangfud at {name} does not answer after {seconds} s: {q.stdout}{q.stderr}\n{self.log_tail(name)}")

    def log_tail(self, name, lines=15):
        path = self.run_dir / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    def stop(self, name, show=True):
        p = self.daemons.pop(name)
        if show:
            self.say(f"$ kill -TERM $(pidof bangfud@{name})")
        p.send_signal(signal.SIGTERM)
        try:
            code = p.wait(20)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()
            raise Failed(f"bangfud at {name} did not stop within 20 s of SIGTERM:\n{self.log_tail(name)}") from None
        if code != 0:
            raise Failed(f"bangfud at {name} stopped with {code}:\n{self.log_tail(name)}")

    def kill(self, name):
        p = self.daemons.pop(name)
        p.kill()
        p.wait()

    def memory(self, name):
        """(RssAnon, VmHWM) in KiB, from /proc."""
        fields = dict(line.split(":", 1) for line in Path(f"/proc/{self.daemons[name].pid}/status").read_text().splitlines())
        return int(fields["RssAnon"].split()[0]), int(fields["VmHWM"].split()[0])

    def close(self):
        """End every daemon; the pids that are still there afterwards (none, or something is very wrong)."""
        left = list(self.daemons.values())
        for p in left:
            p.terminate()
        for p in left:
            try:
                p.wait(10)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        self.daemons.clear()
        return [p.pid for p in left if Path(f"/proc/{p.pid}").exists()]


def shown(arg):
    arg = str(arg)
    return arg if all(c.isalnum() or c in "-_./:=,%+" for c in arg) else shlex.quote(arg)


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def pad(text, to, right=False):
    gap = " " * max(0, to - width(text))
    return gap + text if right else text + gap
