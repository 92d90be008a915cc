# SPDX-License-Identifier: Apache-2.0
"""pg.py -- a PostgreSQL cluster of our own for one bench run: temp directory, loopback port, TLS, removed at the end."""
import glob
import os
import shutil
import subprocess
import time

TABLE = """drop table if exists rec;
create table rec(node int, seq bigint, division text, household int, day int, channel smallint, month smallint,
 amount bigint, author int, kind smallint, purpose smallint, minutes int, note text, primary key(node, seq));
create index on rec(division, household, day); create index on rec(node, day); create index on rec(month, channel, division);
checkpoint"""


class Pg:
    def __init__(self, work, port):
        self.dir = os.path.join(work, "pg")
        self.port = port
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        os.makedirs(self.dir)
        self.data = os.path.join(self.dir, "data")
        self.env = dict(os.environ, PGHOST=self.dir, PGPORT=str(port), PGUSER="postgres", PGDATABASE="postgres")
        self.drop = []
        if os.getuid() == 0:
            os.chmod(work, 0o755)
            shutil.chown(self.dir, "postgres")
            self.drop = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        self.run("initdb", "-D", self.data, "-A", "trust", "--no-locale", "-E", "UTF8", "-U", "postgres")
        key, crt = os.path.join(self.data, "server.key"), os.path.join(self.data, "server.crt")
        subprocess.run(self.drop + ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", key, "-out", crt, "-days", "9",
                                    "-subj", "/CN=localhost"], check=True, stderr=subprocess.DEVNULL)
        subprocess.run(self.drop + ["chmod", "600", key], check=True)
        with open(os.path.join(self.data, "postgresql.conf"), "a") as conf:
            conf.write(f"port={port}\nlisten_addresses='127.0.0.1'\nunix_socket_directories='{self.dir}'\nshared_buffers=2GB\n"
                       "max_wal_size=16GB\ncheckpoint_timeout=30min\nsynchronous_commit=on\nssl=on\n")
        self.run("pg_ctl", "-D", self.data, "-l", os.path.join(self.dir, "log"), "-w", "start")

    def run(self, program, *args):
        subprocess.run(self.drop + [os.path.join(self.bin, program), *args], check=True, stdout=subprocess.DEVNULL, cwd=self.dir)

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")
        shutil.rmtree(self.dir)

    def sql(self, text):
        return subprocess.run(["psql", "-qXtA", "-v", "ON_ERROR_STOP=1", "-c", text], env=self.env, check=True, capture_output=True, text=True).stdout

    def reset(self):
        for statement in TABLE.split(";"):
            self.sql(statement)

    def feed(self, path):
        """Seconds that psql needs for the file of statements."""
        began = time.monotonic()
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-f", path], env=self.env, check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - began

    def conninfo(self):
        return f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres sslmode=require"


def copy_file(rows, path, step, count):
    with open(rows) as src, open(path, "w") as out:
        for first in range(0, count, step):
            out.write("copy rec from stdin;\n")
            out.writelines(next(src) for _ in range(min(step, count - first)))
            out.write("\\.\n")


def insert_file(rows, path, step, count):
    def quoted(line):
        c = line.rstrip("\n").split("\t")
        return "(%s,%s,'%s',%s,'%s')" % (c[0], c[1], c[2], ",".join(c[3:12]), c[12])
    with open(rows) as src, open(path, "w") as out:
        for first in range(0, count, step):
            values = ",".join(quoted(next(src)) for _ in range(min(step, count - first)))
            out.write("insert into rec values " + values + " on conflict do nothing;\n")


SINGLE = r"""\set node random(0,10999)
\set household random(0,399)
\set day random(20400,20730)
\set channel random(1,10)
\set amount random(100,5000000)
insert into rec values (:node, nextval('s'), '150702103'||lpad((:node%1000)::text,3,'0'), :household, :day, :channel, 680, :amount, :node*3, 4, 3, 30, '村道维修与饮水管护材料款，经村民代表会议通过并公示七天，无异议');
"""
