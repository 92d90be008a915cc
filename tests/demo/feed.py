# SPDX-License-Identifier: Apache-2.0
"""feed.py -- what four stations write down over half a year: the commands, and their entry in the demo's own ledger.

A plan is a list of (arguments of bangfu, what the ledger is told). The ledger is told only when the command has said it was saved.
Deterministic by its seed, but for today's date, from which the half year is counted back.
"""
import datetime
import random
from dataclasses import dataclass

PROVINCE = "150000000000"
CHANNELS = ["财政衔接推进乡村振兴补助资金", "行业部门资金", "东西部协作", "定点帮扶/单位自筹", "社会捐赠"]
LEVELS = ["中央", "省级", "市级", "县级"]
PURPOSES = ["日常走访", "集中排查", "政策宣传", "送温暖", "收入核算", "风险核查"]
CATEGORIES = ["产业帮扶", "就业帮扶", "健康帮扶", "义务教育保障", "住房安全保障", "送温暖", "以奖代补"]
ACTIVITIES = ["社区共建", "敬老助残", "关爱留守儿童", "健康义诊", "支教助学", "政策宣讲"]
SEEN = ["院内整洁，饮水正常", "老人身体尚可，按时服药", "孩子已返校", "冬储草料已备齐", "母羊产羔三只", "房屋已翻修，屋顶不漏", "春播种子已领", "医药费已报销"]
# A form of the quarter's screening (集中排查), as cadres fill it in: question by question, long.
FORM = {
    "吃": ["主食充足，经常能吃到肉蛋奶", "主食自给，隔日有肉蛋", "存粮够吃到来年夏收"], "穿": ["四季衣被齐全", "棉衣今年新添两件", "换季有换洗衣物"],
    "义务教育": ["家中无适龄儿童", "两个孩子在镇中心校就读，未辍学", "孩子住校，周末返家，享受寄宿生补助"],
    "基本医疗": ["全家参加居民医保，本年度已缴费", "慢病签约，村医每月随访一次", "住院一次，报销后自付两千余元"],
    "住房": ["砖瓦房三间，鉴定为A级", "屋顶去年翻修，鉴定为B级", "墙体有细裂缝，已报住建部门复核"], "饮水": ["自来水入户，冬季不冻", "机井水，水质检测合格", "水管入冬已包保温层"],
    "收入": ["养羊三十只，出栏十二只", "外出务工六个月，月工资四千元", "公益岗位每月八百元", "土地流转二十亩，每亩三百元"],
    "支出": ["春耕种子化肥三千余元", "孩子生活费每月六百元", "过冬煤两吨", "老人药费每月二百元"],
    "风险": ["暂未发现返贫致贫风险", "主要劳动力患病，已列入重点关注", "草场受旱，饲草需提前调运", "小额信贷明年三月到期，已提醒"],
    "诉求": ["希望修通到草场的便道", "希望参加挖掘机培训", "希望帮助联系羊只销路", "没有其他诉求", "希望为老人办理残疾证"],
    "政策知晓": ["能说出本户享受的政策", "对医保报销比例不清楚，已当面讲解", "对防返贫监测申请渠道清楚"],
    "环境": ["院内整洁，柴草码放整齐", "棚圈与住房分开", "厕所已改造，正常使用"], "满意度": ["对帮扶工作满意", "对帮扶工作满意，希望多来走走"],
}
HALF_YEAR = 182


@dataclass
class Station:
    name: str       # directory
    division: str
    role: str
    title: str
    households: int = 0
    area: str = ""  # first six digits of its people's fictitious ID numbers


STATIONS = [
    Station("baoshan", "150722102200", "village", "莫力达瓦达斡尔族自治旗 宝山镇 宝山村", 1200, "159922"),
    Station("qiqiling", "150723100200", "village", "鄂伦春自治旗 阿里河镇 齐奇岭村", 60, "159923"),
    Station("yulin", "150105101221", "village", "赛罕区 榆林镇 榆林村", 45, "159905"),
    Station("gangtie", "150103007000", "team", "回民区 钢铁路街道 志愿服务队"),
]


@dataclass
class Line:
    argv: list
    kind: str
    day: str
    sum: int
    dims: dict


def typed(fen, style):
    """An amount as different hands write it; always exactly `fen`."""
    yuan, cents = divmod(fen, 100)
    if style == 0 and cents == 0 and yuan % 1000 == 0:
        return f"{yuan // 10000}.{yuan % 10000 // 1000}万"
    if style == 1:
        return f"{yuan:,}.{cents:02d}"
    if style == 2 and cents == 0:
        return f"{yuan}元"
    return f"{yuan}.{cents:02d}"


class Plan:
    def __init__(self, station, seed, numbers=()):
        self.station, self.numbers = station, list(numbers)
        self.random = random.Random(f"{seed}/{station.name}")
        self.today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()
        self.vouchers = 0

    def day(self):
        """Some day of the half year; the first one of every plan is today, so that the present month is never empty."""
        back = self.random.randrange(HALF_YEAR) if self.vouchers else 0
        return (self.today - datetime.timedelta(days=back)).isoformat()

    def amount(self, low, high):
        """Fen: round thousands, whole yuan and odd fen all occur."""
        yuan = self.random.randint(low, high)
        shape = self.random.randrange(3)
        if shape == 0:
            return max(1, yuan // 1000) * 1000 * 100
        return yuan * 100 + (self.random.randrange(100) if shape == 2 else 0)

    def voucher(self, word):
        self.vouchers += 1
        return f"{word}〔{self.today.year}〕{self.station.division[2:9]}-{self.vouchers}号"

    def allot(self):
        """下达: from the province to the village."""
        day, fen, channel = self.day(), self.amount(20000, 300000), self.random.choice(CHANNELS)
        argv = ["fund", "--movement", "下达", "--level", self.random.choice(LEVELS), "--channel", channel, "--from", PROVINCE, "--to",
                self.station.division, "--amount", typed(fen, self.random.randrange(4)), "--document", self.voucher("内财指"), "--day", day]
        return Line(argv, "fund", day, fen, {"channel": channel, "movement": "下达"})

    def spend(self):
        """支出: from the village to a household."""
        day, fen, channel = self.day(), self.amount(100, 6000), self.random.choice(CHANNELS)
        argv = ["fund", "--movement", "支出", "--channel", channel, "--from", self.station.division, "--to",
                f"household:{self.random.choice(self.numbers)}", "--amount", typed(fen, self.random.randrange(4)), "--document",
                self.voucher("凭证"), "--day", day]
        return Line(argv, "fund", day, fen, {"channel": channel, "movement": "支出"})

    def visit(self):
        day, purpose = self.day(), self.random.choice(PURPOSES)
        houses = self.random.sample(self.numbers, self.random.choice([1, 1, 1, 2, 3]))
        start = self.random.randint(8 * 60, 16 * 60)
        argv = ["visit", "--households", ",".join(houses), "--purpose", purpose, "--cadre", "驻村工作队", "--start",
                f"{start // 60}:{start % 60:02d}", "--end", f"{start // 60 + 1}:{start % 60:02d}", "--seen",
                "；".join(self.random.sample(SEEN, 2)), "--day", day]
        self.vouchers += 1
        return Line(argv, "visit", day, len(houses), {"purpose": purpose})

    def screening(self):
        """集中排查: one household, the whole form."""
        day = self.day()
        parts = list(FORM.items())
        seen = "；".join(f"{name}：{'，'.join(self.random.sample(words, len(words)))}" for name, words in parts)
        argv = ["visit", "--households", self.random.choice(self.numbers), "--purpose", "集中排查", "--cadre", "驻村工作队", "--seen", seen,
                "--needs", "；".join(self.random.sample(FORM["诉求"], 4)), "--day", day]
        self.vouchers += 1
        return Line(argv, "visit", day, 1, {"purpose": "集中排查"})

    def aid(self):
        day, category, channel = self.day(), self.random.choice(CATEGORIES), self.random.choice(CHANNELS)
        fen = self.amount(50, 4000)
        argv = ["aid", "--household", self.random.choice(self.numbers), "--category", category, "--channel", channel, "--item",
                self.random.choice(["米面油", "羊羔", "过冬煤", "助学金", "药品"]), "--quantity", str(self.random.randint(1, 9)), "--amount",
                typed(fen, self.random.randrange(4)), "--day", day]
        self.vouchers += 1
        return Line(argv, "aid", day, fen, {"category": category, "channel": channel})

    def activity(self):
        day, category, heads = self.day(), self.random.choice(ACTIVITIES), self.random.randint(5, 60)
        self.vouchers += 1
        argv = ["activity", "--name", f"{category}第{self.vouchers}次活动", "--category", category, "--participants", str(heads), "--minutes",
                self.random.choice(["90", "1:30", "2h", "2.5h"]), "--day", day]
        return Line(argv, "activity", day, heads, {"category": category})

    def service(self, activity_ref, day, category, n):
        """The n-th of an activity: each another volunteer's."""
        minutes = self.random.choice([45, 60, 75, 90, 120, 150])
        text = self.random.choice([str(minutes), f"{minutes // 60}:{minutes % 60:02d}"])
        argv = ["service", "--activity", activity_ref, "--volunteer", f"NM-{(self.vouchers * 7 + n) % 40 + 1:05d}", "--minutes", text, "--category",
                category, "--day", day]
        return Line(argv, "service", day, minutes, {"category": category})


def village_plan(plan, allots, spends, visits, aids, screenings):
    lines = ([plan.allot() for _ in range(allots)] + [plan.spend() for _ in range(spends)] + [plan.visit() for _ in range(visits)]
             + [plan.aid() for _ in range(aids)] + [plan.screening() for _ in range(screenings)])
    plan.random.shuffle(lines)
    return lines
