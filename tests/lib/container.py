# SPDX-License-Identifier: Apache-2.0
"""container.py -- a machine of its own with a real systemd as its first process, made of this one's /usr.

Nothing is fetched: its /usr is this machine's, with what `cmake --install` puts there laid over it; everything else is its own and
empty. It has no network but its own loopback. systemd-nspawn boots it (Debian package systemd-container); its mounts are in a
namespace of their own, and it dies with the test.
"""
import os
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path

import rig

SYSTEMD = Path("/usr/lib/systemd/systemd")
# What a machine that only serves needs not wait for.
MASKED = ("console-getty.service", "systemd-logind.service", "dbus.service", "dbus.socket", "systemd-timesyncd.service", "systemd-networkd.service",
          "systemd-resolved.service", "systemd-tmpfiles-clean.timer", "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer",
          "e2scrub_all.timer", "fstrim.timer", "man-db.timer", "systemd-firstboot.service")
LOOK_S = 0.05


def missing():
    """Why no machine can be booted here, in words; None when one can."""
    if os.geteuid() != 0 or Path("/proc/self/uid_map").read_text().split() != ["0", "0", "4294967295"]:
        return "booting a machine of its own needs root, and not that of a user namespace"
    for program, package in (("systemd-nspawn", "systemd-container"), ("unshare", "util-linux"), ("nsenter", "util-linux")):
        if shutil.which(program) is None:
            return f"{program} is not installed here (Debian package {package})"
    if not SYSTEMD.exists():
        return "systemd is not installed here (Debian package systemd)"
    probe = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--uts", "--ipc", "--net", "--propagation", "private", "--",
                            "sh", "-c", "mkdir -p /tmp && mount -t tmpfs none /tmp && mkdir /tmp/a /tmp/b && "
                            "mount -t overlay -o lowerdir=/tmp/b:/usr overlay /tmp/a && mount -t proc proc /proc && ls /sys/fs/cgroup"],
                           capture_output=True, text=True, check=False, timeout=60)
    if probe.returncode != 0:
        return f"namespaces or mounts are not allowed here: {probe.stderr.strip()[:200]}"
    return None


class Container:
    """`directory` is its root; `build` is installed over its /usr."""

    def __init__(self, directory, build):
        self.dir, self.installed = Path(directory), Path(str(directory) + ".installed")
        self.console = Path(str(directory) + ".console")
        self.process, self.first = None, 0
        for name in ("etc/systemd/system", "usr", "var/lib", "tmp", "root", "run", "proc", "sys", "dev", "srv"):
            (self.dir / name).mkdir(parents=True)
        for name in ("bin", "sbin", "lib", "lib64"):
            if Path("/", name).is_symlink():
                (self.dir / name).symlink_to(os.readlink(f"/{name}"))
        self.file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n")
        self.file("etc/group", "root:x:0:\n")
        self.file("etc/nsswitch.conf", "passwd: files systemd\ngroup: files systemd\n")
        self.file("etc/machine-id", uuid.uuid4().hex + "\n")
        for name in ("ld.so.cache", "ld.so.conf", "os-release", "localtime"):
            if Path("/etc", name).exists():
                shutil.copy(f"/etc/{name}", self.dir / "etc" / name)
        for unit in MASKED:
            (self.dir / "etc/systemd/system" / unit).symlink_to("/dev/null")
        (self.dir / "etc/systemd/system/default.target").symlink_to("/usr/lib/systemd/system/multi-user.target")
        done = subprocess.run(["cmake", "--install", str(build), "--prefix", "/usr"], capture_output=True, text=True, check=False, timeout=120,
                              env={**os.environ, "DESTDIR": str(self.installed)})
        assert done.returncode == 0, done

    def file(self, name, text):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def boot(self, seconds=60):
        usr = f"mount -t overlay -o lowerdir={self.installed}/usr:/usr overlay {self.dir}/usr"
        machine = f"exec systemd-nspawn --quiet --directory={self.dir} --machine=bf-{os.getpid()} --boot --private-network --register=no --keep-unit"
        with open(self.console, "wb") as console:
            self.process = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "--", "sh", "-c", f"{usr} && {machine}"],
                                            stdin=subprocess.DEVNULL, stdout=console, stderr=console, preexec_fn=rig.die_with_parent)
        rig.until(self.up, seconds, LOOK_S, "the machine to be up")
        return self

    def up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the machine ended with {self.process.returncode}:\n{self.said()}")
        self.first = self.first or self.find_first()
        return self.first and self.run("systemctl is-system-running", check=False).stdout.strip() in ("running", "degraded")

    def find_first(self):
        """The process that is number 1 in there."""
        try:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            for pid in children:
                numbers = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("NSpid:")).split()[1:]
                if len(numbers) > 1 and numbers[-1] == "1" and Path(f"/proc/{pid}/comm").read_text().strip() == "systemd":
                    return int(pid)
        except (OSError, StopIteration):
            pass
        return 0

    def run(self, script, check=True, seconds=120):
        """What root's shell in there makes of the lines. With `check` each must succeed."""
        argv = ["nsenter", "--target", str(self.first), "--mount", "--uts", "--ipc", "--net", "--pid", "--",
                "/bin/bash", *(["-e", "-o", "pipefail"] if check else []), "-c", script]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=seconds * rig.SLOW, preexec_fn=rig.die_with_parent,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root", "SYSTEMD_COLORS": "0",
                                   "ASAN_OPTIONS": "detect_leaks=0"})
        assert not check or done.returncode == 0, f"exit {done.returncode}\n{script}\n{done.stdout}{done.stderr}\n{self.journal()}"
        return done

    def journal(self):
        """Of the units whose failure would be ours."""
        return self.run("journalctl --no-pager -n 60 -u 'bangfu*' -u station 2>&1 || true", check=False).stdout

    def said(self):
        return self.console.read_text(errors="replace")[-3000:]

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            end = time.monotonic() + 10
            while self.process.poll() is None and time.monotonic() < end:
                time.sleep(LOOK_S)
            self.process.kill()
            self.process.wait()
        for path in (self.dir, self.installed):
            shutil.rmtree(path, ignore_errors=True)
        self.console.unlink(missing_ok=True)
