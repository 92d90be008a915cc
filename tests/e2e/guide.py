#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""guide.py -- every command of docs/field-guide.zh.md, typed as it stands and in its order, on a terminal, at a real station of a real hub.

The village is the guide's own: three households, five people. What a command asks is answered from ANSWERS. What the guide shows of a
screen was on that screen; only days, times, record numbers and the number of entries differ.
"""
import os
import re
import sys

from base import VILLAGE_A, Case, main, rig
from terminal import shown

GUIDE = (rig.ROOT / "docs" / "field-guide.zh.md").read_text()
FILE = "本村.csv"
SON, WIFE = "150122199001010014", "150122197001010023"
PEOPLE = f"""户编号,户主姓名,姓名,证件号码,性别,与户主关系,户联系电话
1507221022000382,王小山,王小山,150122196401010036,男,户主,13800138000
1507221022000382,王小山,李秀兰,150122196603120022,女,配偶,
1507221022000382,王小山,王强,{SON},男,之子,
1507221022000238,王大明,王大明,150122195905050010,男,户主,13900139000
1507221022000101,乌云其木格,乌云其木格,150122197108200046,女,户主,
"""
VISIT = [("走访户.*：", "wxs\r"), ("请输入序号.*：", "1\r"), ("走访目的：", "1\r"), ("所见：", "冬储草料已备齐\r")]
# What a command asks, and what is answered; by the command as it stands, the first to last time it is typed.
ANSWERS = {
    "bangfu visit": [VISIT, [*VISIT[:-1], ("所见：", "老人在家\r")]],
    "bangfu undo": [[("（是/否）：", "是\r")]],
    "bangfu member --subject - --household 王大明": [[("：", f"{SON}\r")]],
    "bangfu household --number 1507221022000500 --head - --phone -": [[("户主姓名：", "赵六\r"), ("户联系电话：", "138-0013-8001\r")]],
    "bangfu member --household 1507221022000500 --name - --id - --relation 配偶": [[("姓名：", "钱七\r"), ("证件号码：", f"{WIFE}\r")]],
    "bangfu household --subject 王小山 --phone -": [[("户联系电话：", "138-0013-8002\r")]],
    "bangfu edit 上一条": [[("所属活动〔.*：", "\r"), ("行政区划〔.*：", "\r"), ("日期〔.*：", "\r"), ("志愿者编号〔.*：", "\r"), ("志愿者姓名〔.*：", "\r"),
                         ("服务时长〔.*：", "20\r"), ("活动类别〔.*：", "\r"), ("备注〔.*：", "\r"), ("（是/否）：", "是\r")]],
}
HIDDEN = re.compile(r"[0-9a-f]{16}-\d+|\d{4}-\d\d-\d\d|\d\d:\d\d|（\d+ (?:秒|分钟|小时|天)(?:前|后)）|（刚才）|\d+ 条|走访 \d+ 次")


def typed_as_it_stands():
    """[(command, what the guide shows of its screen)], in the guide's order; the page for a minute, which needs a village, last."""
    first, *rest = re.split(r"(?m)^(?=## )", GUIDE)[1:]
    found, fence = [], None
    for line in "".join([*rest, first]).splitlines():
        if line == "```":
            fence = [] if fence is None else None
        elif fence is None:
            found += [(command, []) for command in re.findall(r"`(bangfu(?: [^`]*)?)`", line) if command != "bangfu"]
        elif re.match(r"(\$ )?bangfu ", line):
            found.append((line.removeprefix("$ "), []))
            fence = found[-1][1]
        elif fence is not None:
            fence.append(line)
    return found


def bare(text):
    """Without what differs from day to day, and without the terminal's own breaks of lines."""
    return re.sub(r"\s", "", HIDDEN.sub("", text))


class Guide(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.rig.hub()
        self.station = self.rig.node("station", ["--role", "station"]).start()
        self.home = self.rig.dir / "home"
        self.home.mkdir()
        (self.home / FILE).write_text(PEOPLE, encoding="gb18030")
        path = os.path.dirname(rig.program("bangfu", "client")) + ":" + os.environ["PATH"]
        self.env = {"PATH": path, "HOME": str(self.home), "BANGFU_DIR": str(self.station.dir), "BANGFU_LANG": "zh", "LC_ALL": "C.UTF-8", "PAGER": "cat",
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=0")}
        self.times = {}

    def answers(self, command):
        if command == "bangfu enrol -":
            return [("登记码.*：", self.hub.call("token", division=VILLAGE_A, role="village")["token"] + "\r")]
        nth = self.times[command] = self.times.get(command, 0) + 1
        given = ANSWERS.get(command, [])
        return given[min(nth, len(given)) - 1] if given else []

    def test_every_command_does_what_the_guide_says(self):
        commands = typed_as_it_stands()
        self.assertGreater(len(commands), 50)
        for command, screen in commands:
            with self.subTest(command):
                code, text = shown(["bash", "-c", f"cd {self.home}; {command}"], self.env, typed=self.answers(command), seconds=15 * rig.SLOW)
                self.assertEqual(code, 0, text)
                asked = [a for _, a in self.answers_of(command)]
                for line in screen:
                    if line.strip() != "…" and not any(line.endswith("：" + a.strip()) for a in asked):
                        self.assertIn(bare(line), bare(text))
        self.assertIn("走访户（户主姓名）", (self.home / "走访.csv").read_text())

    @staticmethod
    def answers_of(command):
        return [pair for answers in ANSWERS.get(command, []) for pair in answers]


if __name__ == "__main__":
    main()
