#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""page_size.py -- a directory moves between machines with pages of 4, 16 and 64 KiB, as it is and by backup and restore.

LMDB takes the page of the machine that made the file, 32 KiB at most, and keeps it wherever the file goes.
"""
import struct

from base import Case, main, rig
import feed

SIZES = (4096, 16384, 65536)
DAMAGED = 65


def page_of(data):
    """md_psize of the first meta page (mdb.c: 24 bytes after the 16 of the page's own head)."""
    head = data.read_bytes()[:48]
    assert struct.unpack_from("<I", head, 16)[0] == 0xBEEFC0DE, head
    return struct.unpack_from("<I", head, 40)[0]


class PageSize(Case):
    def born_with(self, size):
        hub = self.rig.hub(f"hub{size}", options=["--journal-mib", "1"], env={"BF_PAGE": str(size)}, binary=("bangfud_pages", "tests/faults"))
        self.node = hub
        hub.place = "150722000000"
        feed.log_many(hub, "fund", [feed.fund(hub, n) for n in range(200)])
        self.assertEqual(page_of(hub.dir / "data.mdb"), min(size, 32768))
        return hub

    def test_a_directory_made_on_each_is_whole_and_grows_on_each_other(self):
        for born in SIZES:
            hub, held = self.born_with(born), 200
            for size in SIZES:
                self.assertEqual(hub.stop(), 0)
                checked = hub.check()  # by a machine of 4 KiB
                self.assertEqual(checked.code, 0, checked)
                hub.env["BF_PAGE"] = str(size)
                hub.start()
                self.assertEqual(hub.call("total", kind="fund")["count"], held, (born, size))
                feed.log_many(hub, "fund", [feed.fund(hub, held + n) for n in range(100)])
                held += 100
                hub.kill()  # the journal too is read by the next
                hub.start()
                self.assertEqual(hub.call("total", kind="fund")["count"], held, (born, size))
            self.assertEqual(hub.stop(), 0)

    def test_a_page_lost_under_a_daemon_of_smaller_pages_ends_it_in_words(self):
        hub = self.born_with(65536)
        self.assertEqual(hub.stop(), 0)
        hub.env["BF_PAGE"] = "4096"
        hub.start()
        with open(hub.dir / "data.mdb", "r+b") as f:
            f.truncate(2 * page_of(hub.dir / "data.mdb"))
        try:
            self.assertIsNone(hub.call("total", kind="fund"))
        except (rig.RpcError, OSError, ConnectionError):
            pass
        self.assertEqual(hub.process.wait(30 * rig.SLOW), DAMAGED, hub.log()[-2000:])
        self.assertIn("is damaged", hub.log())


if __name__ == "__main__":
    main()
