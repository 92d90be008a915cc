# SPDX-License-Identifier: Apache-2.0
"""screen.py -- a screen as a person has it in front of him: tmux draws it, keys go in, and what stands there comes out.

Keys are counted as fingers press them: each character of a text is one, and so is each named key.
"""
import os
import re
import subprocess
import tempfile
import time

SLOW = 2 if any(name in os.environ.get("BF_BUILD", "") for name in ("asan", "tsan")) else 1


class Screen:
    def __init__(self, argv, env, columns=80, rows=24):
        self.dir = tempfile.TemporaryDirectory(prefix="bf-screen.", ignore_cleanup_errors=True)
        self.keys = 0
        wanted = {"HOME": self.dir.name, "TERM": "screen-256color", "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **env}
        started = ["env", "-i", *(f"{k}={v}" for k, v in wanted.items()), *map(str, argv)]
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows, *started)

    def tmux(self, *args):
        done = subprocess.run(["tmux", "-u", "-S", f"{self.dir.name}/tmux", *map(str, args)], capture_output=True, text=True, timeout=30, check=False,
                              env={**os.environ, "LC_ALL": "C.UTF-8"})
        if done.returncode != 0:
            raise AssertionError(f"tmux {args}: {done.stderr}")
        return done.stdout

    def type(self, text, *keys):
        """A text, then keys by the names tmux has for them: Enter, BSpace, Left, Tab, C-c."""
        if text:
            self.tmux("send-keys", "-l", "--", text)
        for key in keys:
            self.tmux("send-keys", key)
        self.keys += len(text) + len(keys)
        return self

    def shown(self):
        return "\n".join(line.rstrip() for line in self.tmux("capture-pane", "-p").splitlines()).rstrip()

    def last(self):
        """The last line that is not empty."""
        return self.shown().rpartition("\n")[2]

    def cursor(self):
        x, y = self.tmux("display-message", "-p", "#{cursor_x} #{cursor_y}").split()
        return int(x), int(y)

    def wait(self, pattern, seconds=15):
        """Until the pattern stands on the screen; what stands there."""
        end = time.monotonic() + seconds * SLOW
        while not re.search(pattern, shown := self.shown(), re.M):
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds * SLOW} s for {pattern!r}; the screen:\n{shown}")
            time.sleep(0.05)
        return shown

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", columns, "-y", rows)

    def close(self):
        subprocess.run(["tmux", "-S", f"{self.dir.name}/tmux", "kill-server"], capture_output=True, check=False)
        self.dir.cleanup()
