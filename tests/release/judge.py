# SPDX-License-Identifier: Apache-2.0
"""judge.py -- what is wrong with a program as it would be handed out: read off the file itself, in words.

hardened: built as cmake/hardening.cmake says. symbols: asks for nothing newer than glibc 2.28 and OpenSSL 1.1.1, which Kylin V10 and UOS 20
have; symbols.allowed explains each exception. libraries: links nothing that docs/licences.md does not speak of. refuses.py plants what must
not pass.
"""
import re
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
GLIBC_MAX, OPENSSL_MAX = (2, 28), "OPENSSL_1.1.1"
# What a program under Apache-2.0 may be linked with and handed on: permissive ones, and the LGPL as a shared library.
LICENCES_ALLOWED = {"Apache-2.0", "BSD-3-Clause", "BSL-1.0", "ISC", "LGPL-2.1-or-later", "MIT", "OLDAP-2.8"}


def tool(*argv):
    return subprocess.run([str(a) for a in argv], capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}).stdout


def wanted(program):
    """The (name, version) pairs that it asks other libraries for; version "" where the library has none."""
    names = re.findall(r"^ +[Uw] ([^@\s]+)(?:@+(\S+))?$", tool("nm", "-D", "--undefined-only", program), re.M)
    assert names, f"nm saw no symbols in {program}"
    return sorted(names)


def needed(program):
    return re.findall(r"\(NEEDED\).*\[(.+)\]", tool("readelf", "-dW", program))


def hardened(program):
    head, dynamic = tool("readelf", "-hlW", program), tool("readelf", "-dW", program)
    names = {name for name, _ in wanted(program)}
    must = (
        (re.search(r"Type:\s+DYN", head) and re.search(r"\(FLAGS_1\).*\bPIE\b", dynamic), "is not position-independent (-pie)"),
        ("GNU_RELRO" in head, "leaves its relocations writable (-z relro)"),
        (re.search(r"\(FLAGS_1\).*\bNOW\b", dynamic), "binds calls lazily, so its tables stay writable (-z now)"),
        (re.search(r"GNU_STACK\s+(\S+\s+){5}RW ", head), "has an executable stack (-z noexecstack)"),
        ("TEXTREL" not in dynamic, "has relocations in its code"),
        ("__stack_chk_fail" in names, "has no stack protection (-fstack-protector-strong)"),
        (any(n.endswith("_chk") for n in names), "is not fortified (_FORTIFY_SOURCE)"),
        (not re.search(r"\((RPATH|RUNPATH)\)", dynamic), "looks for libraries in a directory of its builder (RPATH)"),
    )
    return [why for good, why in must if not good]


def explained():
    """{version: symbols} of symbols.allowed."""
    rows = {}
    for version, *words in (line.split() for line in (HERE / "symbols.allowed").read_text().splitlines() if line and not line.startswith("#")):
        assert version == OPENSSL_MAX or len(words) > 1, f"{version} {words}: why?"
        rows.setdefault(version, set()).update(words if version == OPENSSL_MAX else words[:1])
    return rows


def symbols(program):
    wrong, allowed = [], explained()
    for name, version in wanted(program):
        glibc = re.fullmatch(r"GLIBC_([0-9.]+)", version)
        if glibc and tuple(map(int, glibc[1].split("."))) > GLIBC_MAX and name not in allowed.get(version, ()):
            wrong.append(f"needs {name} of {version}: newer than {'.'.join(map(str, GLIBC_MAX))}, and not explained in symbols.allowed")
        if version.startswith("OPENSSL_") and name not in allowed[OPENSSL_MAX] | allowed.get(version, set()):
            wrong.append(f"needs {name} of OpenSSL: symbols.allowed does not say that 1.1.1 has it")
    return wrong


def table():
    """{library without its version: licence} of docs/licences.md."""
    text = (HERE.parents[1] / "docs" / "licences.md").read_text()
    return dict(re.findall(r"^\| `(lib[^`]+)` \|[^|]*\| ([^| ]+) \|", text, re.M))


def libraries(program):
    wrong, rows = [], table()
    for soname in needed(program):
        licence = rows.get(soname.split(".so")[0])
        if licence is None:
            wrong.append(f"is linked with {soname}, of which docs/licences.md says nothing")
        elif licence not in LICENCES_ALLOWED:
            wrong.append(f"is linked with {soname}, whose licence, {licence}, does not allow Apache-2.0")
    return wrong


def judge(program, checks=(hardened, symbols, libraries)):
    return [f"{Path(program).name} {why}" for check in checks for why in check(program)]
