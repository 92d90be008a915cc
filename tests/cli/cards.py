#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""cards.py -- `show` against a real daemon: a household is a card, and what has a name is never shown as a ref."""
import datetime
import json
import re
import unittest

import base
import rig
import terminal
from base import DONE

LANGS = ("zh", "en")
VILLAGE, OTHER = "150722102200", "150722102201"
COUNTY = "150722000000 莫力达瓦达斡尔族自治旗"
SEEN = "房屋安全，饮水已通；" * 20
REF = re.compile(r"[0-9a-f]{16}-[0-9]+")
COLUMNS, ROWS = 80, 24


def number(i):
    return f"15072210990{i:05d}"


def person_id(birth, order):
    """A citizen's number of that birthday: its last digit by GB 11643."""
    digits = f"150722{birth.replace('-', '')}{order:03d}"
    weights = [2 ** (17 - i) % 11 for i in range(17)]
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights)) % 11]


def years(birth, on):
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


class Cards(base.Case):
    next = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()

    def say(self, kind, subject=None, node=None, **fields):
        """Log an entry; its ref. Underscores stand for the hyphens of fields."""
        fields = {k.replace("_", "-"): v for k, v in fields.items()}
        if subject is None:
            fields.setdefault("division", VILLAGE)
        more = {} if subject is None else {"subject": subject}
        return (node or self.hub).call("log", kind=kind, fields=fields, **more)["ref"]

    def household(self, head="王小山", **fields):
        Cards.next += 1
        return number(self.next), self.say("household", number=number(self.next), head=head, **fields)

    def show(self, what, lang="zh", *argv):
        return self.ask("show", what, *argv, lang=lang).out

    def told(self, what):
        return self.json("show", what, lang="en")

    def seen(self, *argv, lang="zh", columns=COLUMNS, rows=ROWS):
        code, text = self.converse("--no-pager", *argv, lang=lang, columns=columns, rows=rows)
        self.assertEqual(code, DONE, text)
        return text

    def block(self, text, head):
        """The indented lines below the one that begins so."""
        lines = text.splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith(head))
        rest = lines[at + 1:]
        end = next((i for i, line in enumerate(rest) if not line.startswith("  ")), len(rest))
        return [re.split("  +", line.strip()) for line in rest[:end]]

    # ---- who lives there ----

    def test_a_card_names_its_members_by_masked_name_relation_sex_and_age(self):
        h, _ = self.household()
        tomorrow = self.today + datetime.timedelta(days=1)
        born = {"王小山": self.today.replace(year=1965), "李桂花": datetime.date(1968, 5, 1), "王大川": tomorrow.replace(year=tomorrow.year - 20)}
        self.say("member", household=h, name="王大川", relation="之子", sex="男", birth=str(born["王大川"]))
        self.say("member", household=h, name="李桂花", relation="配偶", sex="女", birth=str(born["李桂花"]))
        self.say("member", household=h, name="王小山", relation="户主", id=person_id(str(born["王小山"]), 1))
        self.say("member", household=h, name="王无日", relation="之孙子", sex="男")
        age = {name: years(day, self.today) for name, day in born.items()}
        self.assertEqual((age["王小山"], age["王大川"]), (self.today.year - 1965, 19))  # a birthday today, and one tomorrow
        self.assertEqual(self.block(self.show(h), "现在户 4 人"), [
            ["王*山", "户主", "男", f"{age['王小山']} 岁"], ["李*花", "配偶", "女", f"{age['李桂花']} 岁"],
            ["王*川", "之子", "男", "19 岁"], ["王*日", "之孙子", "男"]])
        self.assertEqual(self.block(self.show(h, "en"), "members now: 4"), [
            ["王*山", "head", "male", f"aged {age['王小山']}"], ["李*花", "spouse", "female", f"aged {age['李桂花']}"],
            ["王*川", "son", "male", "aged 19"], ["王*日", "grandson", "male"]])

    def test_who_moved_stands_in_the_new_household_only_and_who_left_apart(self):
        a, _ = self.household()
        b, _ = self.household("孙大川")
        moved = self.say("member", household=a, name="王二妹", relation="之女", sex="女", birth="1995-05-01")
        gone = self.say("member", household=a, name="王老三", relation="之父", sex="男", birth="1940-05-01")
        self.say("member", household=a, name="王小山", relation="户主", sex="男")
        self.say("member", subject=moved, household=b)
        self.say("member", subject=gone, left="2020-04-30")
        self.say("member", subject=self.say("member", household=a, name="王后走", relation="其他"), left=str(self.today))
        for lang, here, left, day in (("zh", "现在户 {} 人", "已不在户 {} 人", "减少日期 {}"), ("en", "members now: {}", "left: {}", "left {}")):
            old, new = self.show(a, lang), self.show(b, lang)
            self.assertEqual([m[0] for m in self.block(old, here.format(1))], ["王*山"])
            self.assertEqual([(m[0], m[-1]) for m in self.block(old, left.format(2))],
                             [("王*走", day.format(self.today)), ("王*三", day.format("2020-04-30"))])
            self.assertIn("79", " ".join(self.block(old, left.format(2))[1]))  # the age at which he left
            self.assertNotIn("王*妹", old)
            self.assertEqual([m[0] for m in self.block(new, here.format(1))], ["王*妹"])
            self.assertNotIn(left.partition(" ")[0], new)
        told = self.told(a)["card"]["members"]
        self.assertEqual([(m["left"], m["fields"]["name"]) for m in told], [(None, "王*山"), (str(self.today), "王*走"), ("2020-04-30", "王*三")])

    def test_a_member_that_is_void_lives_nowhere(self):
        h, _ = self.household()
        self.hub.call("void", ref=self.say("member", household=h, name="王记错", relation="之女"), reason="记错了")
        moved = self.say("member", household=self.household()[0], name="王又错", relation="之女")
        self.say("member", subject=moved, household=h)
        self.assertIn("现在户 1 人", self.show(h))
        self.hub.call("void", ref=moved, reason="没有这个人")  # what moved it here stands
        self.assertIn("现在户 0 人", self.show(h))
        self.assertEqual(self.told(h)["card"]["members"], [])

    # ---- what was done ----

    def test_a_card_has_the_last_visits_aid_with_its_running_sum_and_the_money(self):
        h, ref = self.household()
        for day in range(1, 6):
            self.say("visit", households=h, purpose="日常走访", seen=f"第 {day} 次", day=f"2025-11-0{day}", cadre="张干部")
            self.say("aid", household=h, category="产业帮扶", item="羊羔", quantity=str(day), unit="只", amount=f"{day}00.50", day=f"2025-10-0{day}")
        wrong = self.say("visit", households=h, purpose="日常走访", seen="记错的", day="2025-11-09")
        self.hub.call("void", ref=wrong, reason="记错了")
        self.hub.call("void", ref=self.say("aid", household=h, category="产业帮扶", amount="7777", day="2025-10-09"), reason="记错了")
        self.say("visit", households=h, purpose="政策宣传", day="2025-11-08")
        for side, amount in (("to", "500"), ("from", "120.25")):
            self.say("fund", movement="支出" if side == "to" else "追缴", channel="社会捐赠", amount=amount, document="凭证1",
                     **({"from": "莫力达瓦", "to": f"household:{h}"} if side == "to" else {"from": f"household:{h}", "to": "莫力达瓦"}))
        zh, en = self.show(h), self.show(h, "en")
        author = self.told(h)["entry"]["author"]
        self.assertEqual(self.block(zh, "走访 6 次，最近 3 次"), [
            ["2025-11-08", author, "政策宣传"], ["2025-11-05", "张干部", "日常走访", "第 5 次"], ["2025-11-04", "张干部", "日常走访", "第 4 次"]])
        self.assertEqual(self.block(zh, "帮扶 5 次，合计 1502.50 元，最近 3 次"), [
            ["2025-10-05", "产业帮扶", "羊羔 5 只", "500.50", "累计 1502.50"], ["2025-10-04", "产业帮扶", "羊羔 4 只", "400.50", "累计 1002.00"],
            ["2025-10-03", "产业帮扶", "羊羔 3 只", "300.50", "累计 601.50"]])
        self.assertIn("资金 2 笔：收到 500.00，付出 120.25，余额 379.75 元", zh)
        self.assertIn(f"全部：bangfu list --about {h} --kind visit（或 aid fund）", zh)
        self.assertEqual(self.block(en, "aid: 5, in all 1502.50 yuan, the last 3")[0], ["2025-10-05", "industry", "羊羔 5 只", "500.50", "total 1502.50"])
        self.assertIn("money movements: 2, in 500.00, out 120.25, balance 379.75 yuan", en)
        self.assertNotIn("记错的", zh)
        card = self.told(h)["card"]
        self.assertEqual((card["visits"]["count"], len(card["visits"]["rows"]), card["aid"]["sum"], card["aid"]["sum_yuan"], card["aid"]["whole"]),
                         (6, 5, 150250, "1502.50", True))
        self.assertEqual((card["funds"]["balance"], card["funds"]["count"], card["more"]), (37975, 2, False))
        self.assertEqual(self.told(ref)["card"], card)  # by its ref as well

    def test_list_about_a_household_has_all_of_it_and_nothing_else(self):
        (h, ref), (other, _) = self.household(), self.household()
        saved = [self.say("visit", households=f"{h},{other}" if day % 2 else h, purpose="日常走访", day=f"2025-11-{day:02d}",
                          division=OTHER if day == 9 else VILLAGE) for day in range(1, 13)]
        self.say("visit", households=other, purpose="日常走访", day="2025-11-05")
        self.hub.call("void", ref=saved[3], reason="记错了")
        good = [r for r in saved if r != saved[3]]
        for about in (h, ref):
            done = self.hub.cli("list", "--about", about, "--kind", "visit", "--format", "json")
            told = json.loads(done.out)
            self.assertEqual(([e["ref"] for e in told["rows"]], told["count"], told["more"]), (good, len(good), False))
        got = []  # page by page
        while True:
            page = self.hub.call("list", kind="visit", about=h, limit=4, newest=True, **({"after": got[-1]} if got else {}))
            said = (None, None) if got else (len(good), len(good) + 6)  # by the first page; six name two households
            self.assertEqual((page["count"], page["sum"]), said)
            got += [e["ref"] for e in page["rows"]]
            if page["after"] is None:
                break
        self.assertEqual(got, good[::-1])
        listed = self.hub.call("list", kind="visit", about=h, division=VILLAGE)["rows"]
        self.assertEqual([e["ref"] for e in listed], [r for r in good if r != saved[8]])
        with_void = self.hub.call("list", kind="visit", about=h, voided=True)
        self.assertEqual(([e["ref"] for e in with_void["rows"]], with_void["count"]), (saved, len(good)))
        stranger = self.say("visit", households=other, purpose="日常走访")
        with self.assertRaisesRegex(rig.RpcError, stranger):
            self.hub.call("list", kind="visit", about=h, after=stranger)
        refused = self.hub.cli("list", "--about", "1507221099099999", lang="zh")
        self.assertIn("about：本机没有这个户（1507221099099999）", refused.err)

    # ---- who changed what ----

    def test_each_change_says_who_made_which_field_another(self):
        h, ref = self.household(type="一般农户", phone="13800138000", group="一组")
        self.say("household", subject=ref, type="脱贫户", monitor="突发严重困难户")
        self.hub.call("log", kind="household", subject=ref, fields={"type": "脱贫户", "group": "一组", "members": "3"})  # two say nothing new
        undone = self.say("household", subject=ref, group="九组")
        self.say("household", subject=ref, phone="13800238000")
        self.say("household", subject=ref, phone="13912345678")
        self.hub.call("void", ref=undone, reason="记错了")
        author = self.told(h)["entry"]["author"]
        zh, en = self.block(self.show(h), "改动 4 次"), self.block(self.show(h, "en"), "changes: 4")
        day = str(self.today)
        self.assertEqual(zh, [[day, author, "户联系电话 138****8000 → 139****5678"],
                              [day, author, "户联系电话 138****8000（改了没有显示的部分）"],
                              [day, author, "人数 （空） → 3"]])
        self.assertEqual([c[2] for c in en], ["phone 138****8000 → 139****5678", "phone 138****8000 (changed where it is masked)",
                                              "members (empty) → 3"])
        told = self.told(h)
        self.assertEqual((told["changes"]["count"], told["changes"]["rows"][2]["fields"]), (4, [{"name": "members", "from": None, "to": "3"}]))
        listed = self.json("list", "--about", h, "--kind", "household")["rows"]  # as the card says
        self.assertEqual({e["ref"] for e in listed}, {c["ref"] for c in told["changes"]["rows"]})
        self.assertEqual(told["changes"]["rows"][3]["fields"], [{"name": "type", "from": "一般农户", "to": "脱贫户"},
                                                               {"name": "monitor", "from": None, "to": "突发严重困难户"}])
        self.assertNotRegex(json.dumps(told, ensure_ascii=False), "13800138000|13800238000|13912345678|王小山")

    def test_the_latest_fifty_changes_are_told_and_all_are_counted(self):
        h, ref = self.household()
        for i in range(51):
            self.say("household", subject=ref, group=f"{i}组")
        told = self.told(h)["changes"]
        self.assertEqual((told["count"], len(told["rows"])), (51, 50))
        self.assertEqual([c["fields"][0]["to"] for c in told["rows"]], [f"{i}组" for i in range(50, 0, -1)])
        text = self.show(h)
        self.assertEqual(len(self.block(text, "改动 51 次，最近 3 次")), 3)
        self.assertIn(f"改动 51 次，最近 3 次（全部：bangfu show {h} --changes）：\n", text)
        whole = self.show(h, "zh", "--changes")
        self.assertEqual(len(self.block(whole, "改动 51 次，最近 50 次：")), 50)
        self.assertNotIn("--changes", whole)
        member = self.say("member", household=h, name="王二妹")
        for i in range(11):
            self.say("member", subject=member, note=f"{i}号")
        self.assertEqual(len(self.block(self.show(member, "en"), f"changes: 11, the last 10 (all: bangfu show {member} --changes)")), 10)
        self.assertEqual(len(self.block(self.show(member, "en", "--changes"), "changes: 11")), 11)

    def test_a_household_that_moved_has_one_place_and_the_earlier_one_is_history(self):
        h, ref = self.household()
        self.say("household", subject=ref, division=OTHER)
        for lang, head, label in (("zh", "改动 1 次", "行政区划"), ("en", "changes: 1", "division")):
            text = self.show(h, lang)
            self.assertEqual(text.count(VILLAGE), 1)
            self.assertRegex(text.splitlines()[1], f"^  {OTHER} [^ ]+$")
            change = self.block(text, head)[0][2]
            self.assertRegex(change, f"^{label} {VILLAGE} 宝山村委会 → {OTHER} [^ ]+$")
            facts = self.hub.cli("show", h, "--format", "csv", lang=lang).out
            self.assertEqual((facts.count(VILLAGE), facts.count(OTHER), facts.count("宝山村委会")), (0, 1, 0))

    # ---- one person, one entry ----

    def test_a_person_is_shown_with_the_present_household_by_number_and_name(self):
        (a, _), (b, _) = self.household(), self.household("孙大川")
        who = person_id("1995-05-01", 2)
        ref = self.say("member", household=a, name="王二妹", relation="之女", id=who)
        self.say("member", subject=ref, household=b)
        for what in (ref, who):
            for lang, home, label, age in (("zh", "所在户", "改动 1 次", "年龄"), ("en", "household", "changes: 1", "age")):
                text = self.show(what, lang)
                self.assertRegex(text, f"(?m)^{home} +{b} 孙\\*川$")
                self.assertRegex(text, f"(?m)^{age} +{years(datetime.date(1995, 5, 1), self.today)}$")
                self.assertEqual(self.block(text, label)[0][2], f"{home} {a} 王*山 → {b} 孙*川")
                self.assertEqual(set(REF.findall(text)), {ref})

    def test_who_was_recorded_a_moment_ago_is_called_by_name(self):
        with self.hub.rpc() as r:
            for _ in range(10):
                Cards.next += 1
                fields = {"number": number(self.next), "head": "王小山", "division": VILLAGE}
                ref = r.call("log", kind="household", fields=fields)["ref"]
                told = r.call("log", kind="visit", fields={"households": number(self.next), "purpose": "1", "division": VILLAGE})
                self.assertEqual(told["names"], {ref: f"{number(self.next)} 王*山"})

    def test_what_is_void_says_by_whom_when_and_why_and_a_void_tells_what_it_voided(self):
        h, _ = self.household()
        visit = self.say("visit", households=h, purpose="日常走访", day="2025-11-05", seen="都好")
        void = self.hub.call("void", ref=visit, reason="记错了户")["ref"]
        when = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).strftime("%Y-%m-%d")
        author = self.told(visit)["entry"]["author"]
        for lang, state, told in (("zh", f"已作废：{when} ..:.. {author}，原因：记错了户", f"走访  2025-11-05  宝山村委会  走访户 {h} 王*山  户次 1  走访目的 日常走访  所见 都好  {visit}"),
                                  ("en", f"void: {when} ..:.. {author}, because: 记错了户", f"visit  2025-11-05  宝山村委会  households {h} 王*山  households visited 1  purpose routine")):
            text = self.show(visit, lang)
            self.assertRegex(text, state)
            self.assertNotIn(void, text)
            self.assertEqual([line.split(None, 1) for line in text.splitlines() if VILLAGE in line or "宝山村委会" in line],
                             [["行政区划" if lang == "zh" else "division", f"{VILLAGE} 宝山村委会"]])
            text = self.show(void, lang)
            self.assertIn(told, text)
            self.assertEqual((text.count(void), text.count("记错了户")), (1, 1))
        told = self.told(visit)["voided"]
        self.assertEqual((told["ref"], told["author"], told["reason"]), (void, author, "记错了户"))
        self.assertEqual((self.told(void)["voids"]["ref"], self.told(void)["about"]), (visit, []))
        h, ref = self.household()
        self.hub.call("void", ref=ref, reason="登重了")
        self.assertRegex(self.show(ref), f"已作废：{when} ..:.. {author}，原因：登重了")

    def test_what_concerns_a_person_or_an_activity_is_told_in_words(self):
        h, _ = self.household()
        member = self.say("member", household=h, name="王二妹", relation="之女")
        self.say("aid", household=h, member=member, category="产业帮扶", amount="50")
        text = self.show(member)
        self.assertRegex(text, f"  帮扶  {self.today}  宝山村委会  受助户 {h} 王\\*山  帮扶措施 产业帮扶  金额 50.00 元  受助人 王\\*妹")
        activity = self.say("activity", name="重阳节慰问", category="敬老助残")
        self.say("service", activity=activity, volunteer="007", minutes="30")
        self.assertRegex(self.show(activity), "  志愿服务  .*志愿者编号 007.*分钟 30")
        self.assertEqual(len(REF.findall(self.show(activity))), 2)  # its own, and what is voided or corrected by it

    # ---- places have names ----

    def test_who_pays_and_who_receives_has_a_name_everywhere(self):
        h, _ = self.household()
        fund = ("fund", "--movement", "支出", "--channel", "社会捐赠", "--from", "莫力达瓦", "--to", f"household:{h}", "--amount", "5", "--document",
                f"凭证{h}", "--division", VILLAGE)
        for lang, giver in (("zh", "付方"), ("en", "from")):
            saved = self.hub.cli(*fund, "--again", lang=lang)
            self.assertIn(f"{giver} {COUNTY}  ", saved.out)
            self.assertIn(COUNTY, self.show(REF.findall(saved.out)[-1], lang))
            for argv in (("list", "--kind", "fund"), ("total", "--kind", "fund", "--list"), ("balance", "莫力达瓦")):
                done = self.hub.cli(*argv, lang=lang)
                self.assertIn(COUNTY, done.out, argv)

    def test_enrolment_says_the_whole_way_to_the_village(self):
        for lang, village in (("zh", VILLAGE), ("en", OTHER)):
            node = self.rig.node(f"s{village}", ["--role", "station"])
            node.start()
            path = self.hub.call("place", text=village)["path"]
            self.assertRegex(path, "^内蒙古自治区/呼伦贝尔市/莫力达瓦达斡尔族自治旗/[^/]+/[^/]+$")
            done = node.cli("enrol", self.hub.call("token", division=village, role="village")["token"], lang=lang)
            self.assertIn(f"{path}（{village}）" if lang == "zh" else f"{path} ({village})", done.out)

    # ---- it fits ----

    def full(self):
        """A household with all fields, and more of everything than a card has."""
        kinds = {k["name"]: k for k in self.json("schema")}
        sample = {"text": "某某文字说明" * 5, "day": "2020-01-02", "amount in yuan": "123456.78", "count": "9", "yes or no": "是", "phone": "13800138000",
                  "bank account": "6222020200012345678"}
        fields = {}
        for f in kinds["household"]["fields"]:
            if f["name"] in ("number", "division", "head-id", "risk-cleared", "registered"):
                continue
            fields[f["name"].replace("-", "_")] = f["list"][0]["zh"] if f.get("list") else sample.get(f["type"], "2020")
        fields.update(head="欧阳小山", income_year="2025", risk_state="风险未消除")
        h, ref = self.household(**fields)
        for i in range(9):
            self.say("member", household=h, name=f"欧阳{i}川" * 3, relation="之外孙女", sex="女", birth=f"19{60 + i}-03-04", **({"left": "2024-01-01"} if i > 6 else {}))
            self.say("visit", households=h, purpose="日常走访", seen=SEEN, cadre="张干部和李干部" * 4, day=f"2025-11-{i + 1:02d}")
            self.say("aid", household=h, category="产业帮扶", item="羊羔和饲料" * 8, quantity="1000000", unit="只", amount="99999999.99", day=f"2025-10-{i + 1:02d}")
            self.say("household", subject=ref, note=f"{i}号说明" * 30)
        return h, ref

    def test_no_line_of_a_card_is_wider_than_the_screen(self):
        h, ref = self.full()
        for lang in LANGS:
            for columns in (COLUMNS, 60, 40):
                text = self.seen("show", h, lang=lang, columns=columns)
                for line in text.splitlines():
                    self.assertLessEqual(terminal.width(line), columns, line)
            text = self.seen("show", h, lang=lang)
            self.assertRegex(text, "房屋安全.*…")
            self.assertIn({"zh": "用 --wide 查看", "en": "--wide shows all"}[lang], text)
            self.assertEqual(text.count("--wide"), 1)
            for amount in ("99999999.99", "899999999.91"):
                self.assertIn(amount, text)  # figures are never cut
            wide = self.seen("show", h, "--wide", lang=lang)
            self.assertIn(SEEN, wide)
            self.assertNotIn("…", wide)
            self.assertEqual(wide, self.show(h, lang))  # a pipe has it whole
            self.assertEqual(set(REF.findall(wide)), {ref})

    def test_the_card_of_a_plain_household_fits_one_screen(self):
        h, _ = self.household(type="一般农户", group="一组")
        for name, relation in (("王小山", "户主"), ("李桂花", "配偶"), ("王大", "之子")):
            self.say("member", household=h, name=name, relation=relation, sex="男" if relation != "配偶" else "女", birth="1980-01-01")
        for day in range(1, 8):
            self.say("visit", households=h, purpose="日常走访", seen=SEEN, day=f"2025-11-0{day}")
            self.say("aid", household=h, category="产业帮扶", item="羊羔", quantity="5", unit="只", amount="1000", day=f"2025-10-0{day}")
        for lang in LANGS:
            lines = self.seen("show", h, lang=lang).splitlines()
            self.assertLess(len(lines), ROWS)
            self.assertEqual(lines[0], f"{'户' if lang == 'zh' else 'household'} {h} 王*山")
            self.assertEqual(lines[1], f"  {VILLAGE} 宝山村委会")


if __name__ == "__main__":
    unittest.main(verbosity=2)
