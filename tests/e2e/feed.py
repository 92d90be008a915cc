# SPDX-License-Identifier: Apache-2.0
"""feed.py -- entries for the end-to-end tests: valid, numbered, and with sums that a test can add up itself."""
import datetime

from base import rig

CHANNELS = ["财政衔接推进乡村振兴补助资金", "行业部门资金", "东西部协作", "定点帮扶/单位自筹", "社会捐赠"]
CHINA = datetime.timezone(datetime.timedelta(hours=8))


def fen(yuan):
    """"12.34" -> 1234, without a float."""
    whole, _, part = yuan.partition(".")
    return int(whole) * 100 + int((part + "00")[:2])


def day_of_node(node):
    return datetime.datetime.fromtimestamp(node.call("status")["now_ms"] / 1000, CHINA).date().isoformat()


def fund(node, n, day=None):
    """Money from the province to where the node is; the document number tells the entry."""
    if not hasattr(node, "place"):
        node.place = node.call("status")["division"]
    fields = {"movement": "下达", "channel": CHANNELS[n % len(CHANNELS)], "from": rig.PROVINCE, "to": node.place,
              "amount": f"{100 + n * 7 % 9000}.{n % 100:02d}", "document": f"测财〔2026〕{n}号"}
    return {**fields, "day": day} if day else fields


def house(node):
    """The number of a household at the node, made when first asked for."""
    if not hasattr(node, "house"):
        number = node.call("status")["division"] + "9001"
        node.call("log", kind="household", fields={"number": number})
        node.house = number
    return node.house


def visit(node, n=0, households=None):
    return {"households": households or house(node), "purpose": ["日常走访", "集中排查", "送温暖"][n % 3], "cadre": "测试队员",
            "start": f"{8 + n % 9}:30", "seen": f"第{n}次走访，院内整洁，饮水正常，孩子在校，老人身体尚可，冬储草料已备齐。"}


def activity(node, n=0):
    del node
    return {"name": f"敬老活动{n}", "category": "敬老助残", "participants": str(3 + n % 20), "minutes": "1:30"}


def log_many(node, kind, entries):
    """All through one connection, many under way; each must be saved. Returns what was fed."""
    with node.rpc() as r:
        waiting = 0
        for fields in entries:
            r.send("log", {"kind": kind, "fields": fields})
            waiting += 1
            if waiting == 16:
                taken(r)
                waiting -= 1
        for _ in range(waiting):
            taken(r)
    return list(entries)


def taken(r):
    _, error, result = r.take()
    if error:
        raise rig.RpcError(error)
    return result


def list_all(node, **query):
    rows, after = [], None
    query.setdefault("division", rig.PROVINCE)
    with node.rpc() as r:
        while True:
            page = r.call("list", {**query, "limit": 1000, **({"after": after} if after else {})})
            rows += page["rows"]
            after = page["after"]
            if not after or not page["rows"]:
                return rows


def as_options(fields):
    return [word for name, value in fields.items() for word in (f"--{name}", value)]
