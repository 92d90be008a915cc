#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""damage.py -- a store with damaged pages: a sentence, an exit code of its own, and no figure from it."""
import hashlib
import re
import signal
import struct

from base import Case, main, rig
import feed

PAGE = 4096
DAMAGED = 65
UNIT = rig.ROOT / "packaging" / "bangfud.service"
MANUAL = rig.ROOT / "packaging" / "bangfud.8"


def used_pages(data):
    """Numbers of the pages that bear their own number and are a branch or a leaf: what the trees are made of, and some that are free."""
    for at in range(2 * PAGE, len(data), PAGE):
        number, _, flags = struct.unpack_from("<QHH", data, at)
        if number == at // PAGE and flags in (1, 2):
            yield number


class Damage(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub(options=["--journal-mib", "1"])
        self.node = self.hub
        self.data, self.lock = self.hub.dir / "data.mdb", self.hub.dir / "node.lock"
        self.station = self.rig.station(self.hub, "station", "150722102200")
        feed.log_many(self.station, "fund", [feed.fund(self.station, n) for n in range(60)])
        self.assertIsNone(self.station.call("sync", wait=True)["error"])
        self.assertEqual(self.hub.call("total", kind="fund")["count"], 60)

    def files(self):
        return {name: hashlib.sha256((self.hub.dir / name).read_bytes()).hexdigest() for name in ("data.mdb", "journal")}

    def hurt(self, page, content=bytes(PAGE)):
        with open(self.data, "r+b") as f:
            f.seek(page * PAGE)
            f.write(content)

    def refused_at_start(self):
        """It says one sentence in both languages, ends with its own code, serves nobody, and changes no file."""
        before, said = self.files(), len(self.hub.log())
        self.hub.socket.unlink(missing_ok=True)
        self.hub.spawn()
        self.assertEqual(self.hub.process.wait(60 * rig.SLOW), DAMAGED, self.hub.log()[said:])
        log = self.hub.log()[said:]
        self.assertIn("损坏", log)
        self.assertIn("is damaged", log)
        self.assertIn("backup", log)
        self.assertFalse(self.hub.socket.exists())
        self.assertEqual(self.files(), before)

    def test_after_a_kill_a_damaged_page_is_told_at_the_start_and_nothing_is_served(self):
        self.hub.kill()
        whole = self.data.read_bytes()
        refused = 0
        pages = list(used_pages(whole))
        for page in pages[:: max(1, len(pages) // 6)]:
            self.data.write_bytes(whole)
            self.hurt(page)
            checked = self.hub.check()
            if checked.code == 0:  # a page that is free
                continue
            self.assertEqual(checked.code, DAMAGED, checked)
            self.assertRegex(checked.out, rf"- page {page} \(\w+\): ", checked)
            self.assertNotIn("entries", checked.out)
            self.refused_at_start()
            refused += 1
        self.assertGreater(refused, 2)
        self.data.write_bytes(whole)
        self.hub.start()
        self.assertEqual(self.hub.call("total", kind="fund")["count"], 60)

    def test_a_clean_start_walks_nothing_and_one_after_a_kill_says_that_it_walks(self):
        self.assertNotEqual(self.lock.read_bytes(), b"")
        self.assertEqual(self.hub.stop(), 0)
        self.assertEqual(self.lock.read_bytes(), b"")
        self.hub.start()
        self.assertNotIn("unclean_end", self.hub.log())
        self.hub.kill()
        self.hub.start()
        self.assertRegex(self.hub.log(), r"event=unclean_end .*pages_to_walk=\d+")
        self.assertEqual(self.hub.stop(), 0)
        checked = self.hub.check()
        self.assertEqual(checked.code, 0, checked)
        self.assertRegex(checked.out, r"(?m)^pages \d+$")
        self.assertRegex(checked.out, r"(?m)^findings 0$")
        self.assertEqual(self.lock.read_bytes(), b"")

    def test_check_walks_the_pages_of_a_store_that_ended_well(self):
        self.assertEqual(self.hub.stop(), 0)
        self.hurt(next(used_pages(self.data.read_bytes())), b"\x5a" * PAGE)
        pages = list(used_pages(self.data.read_bytes()))
        self.hurt(pages[len(pages) // 2], b"\x5a" * PAGE)
        checked = self.hub.check()
        self.assertEqual(checked.code, DAMAGED, checked)
        self.assertRegex(checked.out, r"damaged_pages [12]")
        self.assertIn("损坏", checked.err)

    def test_a_journal_of_zeros_is_told_at_the_start(self):
        self.hub.kill()
        journal = self.hub.dir / "journal"
        journal.write_bytes(bytes(journal.stat().st_size))
        self.refused_at_start()

    def ends_or_refuses(self):
        """Asked until it has ended: each answer before is a refusal by this name, or right."""
        for _ in range(20):
            for kind in ("fund", "visit"):
                try:
                    total = self.hub.call("total", kind=kind)
                    self.assertEqual(total["count"], 60 if kind == "fund" else 0)
                except rig.RpcError as e:
                    self.assertIn("store_damaged", str(e.fault))
                except (OSError, ConnectionError):
                    break
            try:
                self.hub.call("verify")
            except (rig.RpcError, OSError, ConnectionError):
                pass
            if not self.hub.alive():
                break
        if self.hub.process.poll() is not None:
            self.assertEqual(self.hub.process.returncode, DAMAGED, self.hub.log()[-2000:])
            self.assertIn("is damaged", self.hub.log())
            self.assertIn("损坏", self.hub.log())

    def test_pages_that_rot_under_a_running_daemon_end_it_in_words_or_are_refused(self):
        for content in (bytes(PAGE), b"\x5a" * PAGE):
            whole = self.data.read_bytes()
            for page in used_pages(whole):
                self.hurt(page, content)
            self.ends_or_refuses()
            if self.hub.alive():
                self.hub.kill()
            self.data.write_bytes(whole)
            self.hub.start()

    def meets(self):
        """Whether some question met the damage and the daemon lives."""
        met = False
        for method, params in (("total", {"kind": "fund"}), ("list", {"kind": "fund", "limit": 1000}), ("nodes", {})):
            try:
                self.hub.call(method, params)
            except rig.RpcError as e:
                met = met or e.name == "store_damaged"
            except (OSError, ConnectionError):
                return False
        return met and self.hub.alive()

    def test_damage_that_a_question_met_stays_in_status_and_the_next_start_looks(self):
        whole = self.data.read_bytes()
        for page in used_pages(whole):
            self.hurt(page)
            if self.meets():
                try:
                    warned = self.hub.call("status")["warnings"]
                    break
                except rig.RpcError as e:  # it met it itself
                    self.assertEqual(e.name, "store_damaged")
            self.hub.kill()
            self.data.write_bytes(whole)
            self.hub.start()
        else:
            self.fail("no page that only some questions read")
        self.assertIn("store_damaged", [w["name"] for w in warned])
        self.assertIn("损坏", self.hub.cli("status", lang="zh").out)
        self.assertIn("event=store_damaged", self.hub.log())
        self.hub.process.terminate()
        self.hub.process.wait()
        self.assertNotEqual(self.lock.read_bytes(), b"")

    def test_a_copy_without_its_key_is_no_backup(self):
        self.hub.stop()
        key = self.hub.dir / "node.key"
        own = key.read_bytes()
        self.assertEqual(self.hub.check().code, 0)
        for spoil, words in ((key.unlink, ("不见了", "is gone")),
                             (lambda: key.write_bytes(b""), ("有 0 字节", "holds 0 bytes")),
                             (lambda: key.write_bytes(bytes(32)), ("不是写下这里记录的那一把", "is not"))):
            spoil()
            if key.exists():
                key.chmod(0o600)
            checked = self.hub.check()
            self.assertNotEqual(checked.code, 0, checked)
            for word in words:
                self.assertIn(word, checked.err)
            key.write_bytes(own)
            key.chmod(0o600)
        self.assertEqual(self.hub.check().code, 0)

    def test_a_file_cut_short_under_a_running_daemon_ends_it_in_words(self):
        with open(self.data, "r+b") as f:
            f.truncate(2 * PAGE)
        try:
            self.hub.call("total", kind="fund")
            self.fail("a total of nothing")
        except (rig.RpcError, OSError, ConnectionError):
            pass
        self.assertEqual(self.hub.process.wait(30 * rig.SLOW), DAMAGED, self.hub.log()[-2000:])
        self.assertIn("is damaged", self.hub.log())

    def test_a_fault_that_is_not_the_stores_ends_as_it_did_before(self):
        self.hub.process.send_signal(signal.SIGSEGV)
        code = self.hub.process.wait(30 * rig.SLOW)
        self.assertNotIn(code, (0, DAMAGED))
        self.assertNotIn("is damaged", self.hub.log())

    def test_the_unit_and_the_manual_know_the_code(self):
        self.assertRegex(UNIT.read_text(), rf"(?m)^RestartPreventExitStatus={DAMAGED}$")
        self.assertTrue(re.search(rf"\b{DAMAGED} the store is damaged", MANUAL.read_text()))


if __name__ == "__main__":
    main()
