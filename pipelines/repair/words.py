"""Function words: an English one that took the place of a Chinese one, and 的 written twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.repair.chars import BLANK, HAN
from pipelines.repair.rule import Change, Rule

_MEANING = {"and": "和", "or": "或", "of": "的"}
_STRAY = re.compile(f"(?<=[{HAN}])[{BLANK}]*(and|or|of)[{BLANK}]*(?=[{HAN}])")

_CLAUSE_END = re.compile("[，。；！？,;!?\n\t]")
_SENTENCE_END = re.compile("[。！？!?\n\t]")
_REACH = 400
"""Code points either side within which a clause or sentence is looked at; a longer one is cut there."""

_LATIN = re.compile("[A-Za-z\u00c0-\u024f\uff21-\uff3a\uff41-\uff5a]+")
_MENTION = re.compile(
    "英文|英语|外语|单词|词汇|词语|介词|连词|虚词|关键[词字]|检索|搜索|运算|算符|布尔|逻辑|函数|语句|代码|"
    "编程|程序[员代设语]|字符|字母|拼写|语法|翻译|缩写|命令|键入|输入|变量|表达式|歌曲|专辑|乐队|品牌"
)
"""Talk of words, queries, code or titles, where the word may be meant as itself."""

_MENTION_BEFORE = re.compile(f"(?:(?<![使适作引采利])用|(?<!行)为|[是词字符叫即和与或及、的“‘])[{BLANK}]*$")
_MENTION_AFTER = re.compile(f"[{BLANK}]*[和与或及等的是之词字符、”’]")
_NAMES = re.compile("《[^《》\n]*》|〈[^〈〉\n]*〉|「[^「」\n]*」|『[^『』\n]*』|“[^“”\n]{1,16}”|‘[^‘’\n]{1,16}’")
"""Titles and short quotations, which may be names: those are left."""


def _find_stray(text: str) -> Iterator[Change]:
    if not any(word in text for word in _MEANING):
        return
    for stray in _STRAY.finditer(text):
        start, end = stray.span()
        clause = _around(text, start, end, _CLAUSE_END)
        sentence = _around(text, start, end, _SENTENCE_END)
        if (
            all(word in _MEANING for word in _LATIN.findall(clause))
            and not _MENTION.search(sentence)
            and not _MENTION_BEFORE.search(text[max(0, start - 3) : start])
            and not _MENTION_AFTER.match(text, end)
            and not _in_name(text, start, end)
        ):
            yield Change(start, end, _MEANING[stray[1]])


def _around(text: str, start: int, end: int, boundary: re.Pattern[str]) -> str:
    before = boundary.split(text[max(0, start - _REACH) : start])[-1]
    after = boundary.split(text[end : end + _REACH], maxsplit=1)[0]
    return before + text[start:end] + after


def _in_name(text: str, start: int, end: int) -> bool:
    opens = text.rfind("\n", max(0, start - _REACH), start) + 1 or max(0, start - _REACH)
    closes = text.find("\n", end, end + _REACH)
    closes = closes if closes >= 0 else end + _REACH
    return any(name.start() < start and end < name.end() for name in _NAMES.finditer(text, opens, closes))


_TWICE = re.compile(
    f"(?<![目标鹄靶打之似怎端破质])(?<![语言命箭]中)的的(?=[{BLANK}]?[{HAN}A-Za-z0-9“《])(?![确士哥姐黎里卢喀的当款])"
)
"""目的, 标的, 打的 and their like end in 的, 的确, 的士 and their like begin with it; 的的喀喀 is a lake."""


def _find_twice(text: str) -> Iterator[Change]:
    if "的的" not in text:
        return
    for twice in _TWICE.finditer(text):
        if text[max(0, twice.start() - 1) : twice.start()] not in ("的", "", "“", "”", "\n"):
            yield Change(twice.start() + 1, twice.end(), "")


DOUBLED_DE = Rule(
    id="doubled-de",
    version="1",
    kind="repair",
    reason="的 written twice",
    examples=(
        ("关注学生的的心灵", "关注学生的心灵"),
        ("著名的的 GUI 程序", "著名的 GUI 程序"),
        ("假设中的的条件", "假设中的条件"),
    ),
    counter_examples=(
        "以营利为目的的活动",
        "保险标的的危险程度",
        "他的的确确来过",
        "他的的士停在门口",
        "一语中的的评论",
        "的的喀喀湖",
        "“的的”二字",
        "的的的",
        "众矢之的的人",
    ),
    find=_find_twice,
)
FUNCTION_WORD = Rule(
    id="function-word",
    version="2",
    kind="repair",
    reason="a stray English function word between Han characters",
    examples=(
        ("要加强调查研究 and 督促检查，落实责任", "要加强调查研究和督促检查，落实责任"),
        ("口头or书面报告", "口头或书面报告"),
        ("各部门 of 职责", "各部门的职责"),
        ("按照程序 and 规定办理", "按照程序和规定办理"),
        ("减少使用 or 不使用，违法行为 or 不良行为", "减少使用或不使用，违法行为或不良行为"),
        ("宣传 and 教育，检查\u3000and 整改", "宣传和教育，检查和整改"),
    ),
    counter_examples=(
        "Windows and Office 办公软件",
        "加大 R and D 投入",
        "分为A and B两组",
        "Bed and Breakfast 住宿",
        "和（and）的区别",
        "使用and运算符",
        "布尔运算符 and 和 or",
        "关键词为 and 的记录",
        "条件之间用 or 连接",
        "《你and我》",
        "“平安and健康”主题班会",
        "软件 and 硬件用WPS登记",
        "校园 And 家庭",
        "安全\nand\n稳定",
        "姓名\tand\t单位",
        "甲 and 12 人",
        "中国of2008",
        "保卫处android客户端",
        "英语考试中 and 常考",
    ),
    find=_find_stray,
)
