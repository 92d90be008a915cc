#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""refuses.py -- the judge is judged: a sound little program passes, and each thing that judge.py must see is planted alone. CC compiles."""
import os
import shlex
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import judge

CC = shlex.split(os.environ.get("CC", "cc"))
SOUND = "#include <stdio.h>\n#include <string.h>\nint main(int n, char **v)\n{\n\tchar t[8];\n\tstrcpy(t, v[n - 1]);\n\treturn puts(t);\n}\n"
FLAGS = ["-O2", "-fPIE", "-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2", "-pie", "-Wl,-z,relro,-z,now,-z,noexecstack"]


class Refuses(unittest.TestCase):
    def setUp(self):
        self.dir = Path(tempfile.mkdtemp())
        self.addCleanup(lambda: subprocess.run(["rm", "-rf", str(self.dir)], check=True))

    def program(self, source=SOUND, flags=()):
        (self.dir / "plant.c").write_text(source)
        subprocess.run([*CC, "-w", *FLAGS, str(self.dir / "plant.c"), "-o", str(self.dir / "plant"), *flags], check=True)
        return self.dir / "plant"

    def library(self, soname):
        (self.dir / "lib.c").write_text("int lent(void)\n{\n\treturn 0;\n}\n")
        subprocess.run([*CC, "-shared", "-fPIC", str(self.dir / "lib.c"), "-o", str(self.dir / soname), f"-Wl,-soname,{soname}"], check=True)
        return "int lent(void);\n" + SOUND.replace("puts(t)", "puts(t) + lent()"), [str(self.dir / soname)]

    def said(self, program, what):
        found = judge.judge(program)
        self.assertEqual(len(found), 1, found)
        self.assertIn(what, found[0])

    def test_a_sound_program_passes(self):
        self.assertEqual(judge.judge(self.program()), [])

    def test_each_missing_guard_is_named(self):
        for flags, what in ((["-no-pie"], "position-independent"), (["-Wl,-z,norelro"], "relocations writable"), (["-Wl,-z,lazy"], "lazily"),
                            (["-Wl,-z,execstack"], "executable stack"), (["-fno-stack-protector"], "stack protection"),
                            (["-U_FORTIFY_SOURCE"], "not fortified"), (["-Wl,-rpath,/home/wang/lib"], "RPATH")):
            with self.subTest(what=what):
                self.said(self.program(flags=flags), what)

    def test_a_function_newer_than_glibc_2_28_is_named(self):
        source = "const char *strerrordesc_np(int);\n" + SOUND.replace("puts(t)", "puts(t) + *strerrordesc_np(n)")
        self.said(self.program(source), "needs strerrordesc_np of GLIBC_2.32")

    def test_a_function_newer_than_openssl_1_1_1_is_named(self):
        source = "int EVP_PKEY_get_id(void *);\n" + SOUND.replace("puts(t)", "puts(t) + EVP_PKEY_get_id(v)")
        self.said(self.program(source, ["-lcrypto"]), "needs EVP_PKEY_get_id of OpenSSL")

    def test_a_library_that_no_row_speaks_of_is_named(self):
        self.said(self.program(*self.library("libstranger.so.1")), "linked with libstranger.so.1")

    def test_a_library_whose_licence_forbids_ours_is_named(self):
        rows = {**judge.table(), "libstranger": "GPL-2.0-only"}
        kept, judge.table = judge.table, lambda: rows
        self.addCleanup(setattr, judge, "table", kept)
        self.said(self.program(*self.library("libstranger.so.1")), "GPL-2.0-only, does not allow")


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
