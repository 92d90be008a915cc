# SPDX-License-Identifier: Apache-2.0
"""terminal.py -- a terminal of a given size: what a person sees there, and how wide it is."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unicodedata


def width(line):
    """Columns of the terminal, as Unicode has them: reckoned apart from the program's own. Of a line that was overwritten, what stands."""
    line = line.rpartition("\r")[2].replace("\x1b[K", "")
    return sum(0 if unicodedata.combining(c) or c == "\u200d" else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def shown(argv, env, columns=80, rows=24, typed=(), seconds=60, errors="strict"):
    """Run on a terminal; for each (pattern to wait for, text or bytes to type). Returns (exit code, all that was sent to the terminal)."""
    pid, fd = pty.fork()
    if pid == 0:
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execvpe(argv[0], list(map(str, argv)), {"TERM": "xterm", **env})
        finally:
            os._exit(127)  # else the child would run the tests too
    raw, at, waiting = b"", 0, list(typed)
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            if waiting and (found := re.search(waiting[0][0].encode(), raw[at:])):
                at += found.end()
                keys = waiting.pop(0)[1]
                os.write(fd, keys if isinstance(keys, bytes) else keys.encode())
            if not select.select([fd], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(fd, 65536)
            except OSError:
                data = b""
            if not data:
                break
            raw += data
        else:
            os.kill(pid, signal.SIGKILL)
    finally:
        os.close(fd)
        status = os.waitpid(pid, 0)[1]
    assert not waiting, (waiting, raw)
    return os.waitstatus_to_exitcode(status), raw.decode(errors=errors).replace("\r\n", "\n")
