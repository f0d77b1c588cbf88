"""What an official document says of itself in fixed notation: its number, its date, who issued it.

All three are read from lines of their own where such documents carry them (GB/T 9704: number under the
heading, names and date under the text), never from running text, where numbers and dates are cited.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import zip_longest

_FIGURES = ("〇○◯零", "一壹元", "二贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
_DIGITS = {char: value for value, chars in enumerate(_FIGURES) for char in chars}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}


def chinese_number(text: str) -> int | None:
    """The value of a whole number below 10,000 in Chinese or European digits of either width, or digit by
    digit as years are written; null for anything else.

    >>> [chinese_number(n) for n in ("十", "二十一", "一百零三", "二〇〇二", "二○○九", "２１", "", "十百", "甲")]
    [10, 21, 103, 2002, 2009, 21, None, None, None]
    """
    if not text or len(text) > 9:
        return None
    if text.isdecimal():
        return int(text)
    if all(char in _DIGITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    total, digit, least = 0, None, 10_000
    for char in text:
        if char in _UNITS:
            unit = _UNITS[char]
            if unit >= least or digit == 0 or (digit is None and (total or unit != 10)):
                return None
            total, digit, least = total + (digit or 1) * unit, None, unit
        elif char in _DIGITS and digit in (None, 0):
            digit = _DIGITS[char]
        else:
            return None
    return total + (digit or 0)


_NUMERAL = "".join(_DIGITS) + r"十拾\d"
_DATE = re.compile(
    rf"(?P<year>[{_NUMERAL}\s]{{4,8}}?)\s*年\s*(?P<month>[{_NUMERAL}]{{1,2}})\s*月\s*(?:(?P<day>[{_NUMERAL}]{{1,3}})\s*日)?"
    r"|(?P<y>\d{4})(?P<mark>[-/.．])(?P<m>\d{1,2})(?P=mark)(?P<d>\d{1,2})"
)


def parse_chinese_date(text: str) -> str | None:
    """The date that a text consists of, as ISO 8601 (`2002-11-04`, `2011-09` where no day is printed).

    Figures of either width and kind, blanks among them. Null for anything else, dates that the calendar
    does not have or years outside 1900 to 2099 included.

    >>> [parse_chinese_date(d) for d in ("二〇〇二年十一月四日", "二○○九年五月三十一日", "2014 年 11 月 3 日")]
    ['2002-11-04', '2009-05-31', '2014-11-03']
    >>> [parse_chinese_date(d) for d in ("二〇一一年九月", "2021-03-16", "2014年2月30日", "2014年11月3日印发")]
    ['2011-09', '2021-03-16', None, None]
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    parts = (match["year"] or match["y"], match["month"] or match["m"], match["day"] or match["d"])
    numbers = [chinese_number("".join(part.split())) if part else 1 for part in parts]
    year, month, day = (number or 0 for number in numbers)
    try:
        iso = date(year, month, day).isoformat()
    except ValueError:
        return None
    if not 1900 <= year <= 2099:
        return None
    return iso if parts[2] else iso[:7]


_HAN = "\u4e00-\u9fff〇"
_OPEN, _CLOSE = "〔\\[［【（(﹝", "〕\\]］】）)﹞"
_YEAR = rf"[{_OPEN}]\s*(?:19|20|１９|２０)\d{{2}}\s*年?\s*[{_CLOSE}]"
_NUMBER = rf"[{_HAN}]{{1,16}}\s*(?:[（(][{_HAN}]{{1,6}}[）)]\s*)?{_YEAR}\s*(?:第\s*)?\d{{1,5}}\s*号"
_OWN_LINE = re.compile(rf"[（(]?\s*(?P<number>{_NUMBER})\s*[）)]?(?:\s+签发人.*)?")
_LABELLED = re.compile(
    rf"(?:^|[\s|｜])(?:发\s*文\s*字\s*号|文\s*号|文件编号|文件字号|发文号|公文编号)\s*[:：\t]\s*(?P<number>{_NUMBER})(?=$|[\s|｜])"
)
_AT_END_OF_TITLE = re.compile(rf"[（(]\s*(?P<number>{_NUMBER})\s*[）)]$|^(?P<first>{_NUMBER})(?=[\s关])")
_OF_ANOTHER = re.compile("贯彻|学习|落实|转发|解读|传达|依据|根据|《")
_ORDER = rf"[{_HAN}]{{2,40}}令"
_ORDER_NUMBER = rf"第?\s*(?:\d{{1,4}}|[{_NUMERAL}百]{{1,7}})\s*号"
_ORDER_LINE = re.compile(rf"(?P<order>{_ORDER})\s*[（(]?\s*(?P<number>{_ORDER_NUMBER})\s*[）)]?")
_ORDER_ALONE = re.compile(_ORDER)
_ORDER_NUMBER_ALONE = re.compile(rf"[（(]?\s*(?P<number>{_ORDER_NUMBER})\s*[）)]?")

_LONGEST_LINE = 300
"""A number, a signature, an order's heading stand on short lines; longer ones are not looked at."""

_HEAD_LINES = 15
"""Lines from the top among which a document's own number is looked for."""


def document_number(lines: Sequence[str], title: str | None = None, head: Sequence[str] = ()) -> str | None:
    """The document's own 发文字号 or 令号 as printed, the blanks around its parts and its own brackets left out.

    `lines` are the text's paragraphs, `head` the lines that the page shows above them. The number stands on
    a line of its own in the head or above the text's first sentence, or behind its label, or in brackets at
    the end of a `title` that names no other document. An order's heading and number may stand on two lines.
    What running text cites is no such thing.

    >>> document_number(["关于加强值班的通知", "校保发〔2014〕6号", "各单位："])
    '校保发〔2014〕6号'
    >>> document_number(["某省人民政府令", "第 151 号"])
    '某省人民政府令第151号'
    >>> document_number(["根据国发〔2014〕5号文件精神，现通知如下。", "国发〔2014〕5号"]) is None
    True
    """
    for block in (head, _head(lines)):
        above = ""
        for line in map(str.strip, block):
            number = _number_of_line(line, above)
            if number is not None:
                return number
            above = line or above
    return _number_of_title(title.strip()) if title else None


def _number_of_line(line: str, above: str) -> str | None:
    if len(line) > _LONGEST_LINE:
        return None
    labelled = _LABELLED.search(line)
    if labelled:
        return _closed_up(labelled["number"])
    own = _OWN_LINE.fullmatch(line)
    listed = above.endswith(("：", ":", "、", "，", "；", "依据", "文件目录")) or _OWN_LINE.fullmatch(above) is not None
    if own and not listed:
        return _closed_up(own["number"])
    order = _ORDER_LINE.fullmatch(line)
    if order:
        return _closed_up(order["order"] + order["number"])
    number = _ORDER_NUMBER_ALONE.fullmatch(line)
    if number and _ORDER_ALONE.fullmatch("".join(above.split())):
        return _closed_up(above + number["number"])
    return None


def _number_of_title(title: str) -> str | None:
    match = _AT_END_OF_TITLE.search(title)
    if match is None or (match["number"] and _OF_ANOTHER.search(title)):
        return None
    return _closed_up(match["number"] or match["first"])


def _head(lines: Sequence[str]) -> list[str]:
    head: list[str] = []
    for line in lines[:_HEAD_LINES]:
        if len(line) > _LONGEST_LINE or (re.search("[。；]", line) and not _LABELLED.search(line)):
            break
        head.append(line)
    return head


def _closed_up(number: str) -> str:
    return "".join(number.split())


_BODY_OF_STATE = (
    "国务院|中共中央|中央军委|人大常委会|[^的]*(?:办公厅|办公室|委员会|党委|政府|部|委|局|厅|处|科|院|大学|学院|学校|中学|小学|"
    "幼儿园|公司|中心|党组|支部|总队|支队|大队|银行|集团|研招办|团|会|署|社|所|馆|站|领导小组|工作组|司|办|网|协会|指挥部|法院|检察院|联合会|军区)"
)
_ORGANISATION = re.compile(rf"(?=[{_HAN}（）()·-]{{2,40}}$)(?:{_BODY_OF_STATE})(?:（[{_HAN}]{{1,6}}）)?")
_SEAL = re.compile(r"[（(]\s*(?:盖\s*章|印\s*章|公\s*章|章|印|代章)\s*[）)]")
_NO_SIGNATURE = re.compile("[，。；：！？,;:!?“”《》]|^(?:各|关于|附件|联系|地址|地点|主办|督办|抄送|主题词|第)")
_PERSON = re.compile(
    rf"[{_HAN}]{{0,16}}(?:主席|总理|委员长|[省市州县区乡镇部厅局署校院]长|主任)[\s：:]*[{_HAN}](?:\s*[{_HAN}]){{1,3}}"
)
_NAME_AND_DATE = re.compile(rf"(?P<names>[{_HAN}（）()·、\s]{{2,60}}?)\s+(?P<date>[{_NUMERAL}年月日.\-/\s]{{6,20}})")
_BLOCK = 8
"""Lines above a date that may hold the names of those who sign."""


@dataclass(frozen=True, slots=True)
class _Signature:
    date: str
    names: tuple[str, ...]


def signature_date(lines: Sequence[str]) -> str | None:
    """The ISO date under the signature: of a cover notice rather than of what it passes on, because the
    first signature is the document's own. Null where no line under a name is a date.

    >>> signature_date(["请遵照执行。", "保卫处", "二〇一四年十一月三日", "消防安全管理办法", "2013年1月1日"])
    '2014-11-03'
    """
    signature = _signature(tuple(lines))
    return signature.date if signature else None


def issuers(lines: Sequence[str]) -> list[str]:
    """The organisations that issue the document: those signing above its date, else those heading it.

    >>> issuers(["请遵照执行。", "校党委办公室", "校长办公室", "2014年11月3日"])
    ['校党委办公室', '校长办公室']
    >>> issuers(["中共某县委办公室、某县人民政府办公室", "关于做好防火工作的通知", "各乡镇："])
    ['中共某县委办公室', '某县人民政府办公室']
    """
    signature = _signature(tuple(lines))
    if signature and signature.names:
        return list(signature.names)
    return _heading_names(_head(lines))


@lru_cache(maxsize=1)
def _signature(lines: tuple[str, ...]) -> _Signature | None:
    """The first date line under the names of organisations or the person who signs; failing these, the
    only date line of the text where it stands under a sentence's end. The last answer is kept, for date and
    names of a text are asked for in turn.
    """
    unnamed: list[_Signature] = []
    for index, line in enumerate(lines):
        if len(line) > _LONGEST_LINE:
            continue
        text = _SEAL.sub("", line).strip()
        day = parse_chinese_date(text)
        above = lines[index - 1].strip() if index else ""
        if day:
            names = _names_above(lines, index)
            if names or _PERSON.fullmatch(above):
                return _Signature(day, names)
            unnamed.append(_Signature(day if above.endswith(("。", "！")) else "", ()))
            continue
        dated = _NAME_AND_DATE.fullmatch(text)
        day = parse_chinese_date(dated["date"]) if dated else None
        if dated and day and (names := _names(dated["names"])):
            return _Signature(day, (*_names_above(lines, index), *names))
    return unnamed[0] if len(unnamed) == 1 and unnamed[0].date else None


def _names_above(lines: Sequence[str], index: int) -> tuple[str, ...]:
    found: list[str] = []
    for line in reversed(lines[max(0, index - _BLOCK) : index]):
        names = _names(_SEAL.sub("", line))
        if not names:
            break
        found = [*names, *found]
    return tuple(dict.fromkeys(found))


def _names(line: str) -> tuple[str, ...]:
    """The organisations that a line consists of, separated by blanks or 、; none where it holds anything else."""
    text = line.strip()
    if len(text) > _LONGEST_LINE or _NO_SIGNATURE.search(text):
        return ()
    names = re.split(r"[、\s]+", text)
    if all(len(name) == 1 for name in names):
        names = ["".join(names)]
    return tuple(names) if all(map(_ORGANISATION.fullmatch, names)) else ()


def _heading_names(head: Sequence[str]) -> list[str]:
    for line, below in zip_longest(head, head[1:], fillvalue=""):
        order = _ORDER_LINE.fullmatch(line.strip())
        if order or (_ORDER_ALONE.fullmatch(line.strip()) and _ORDER_NUMBER_ALONE.fullmatch(below.strip())):
            return [(order["order"] if order else line.strip()).removesuffix("令")]
        names = _names(line.strip().removesuffix("文件"))
        if names and (below.strip().startswith("关于") or line.strip().endswith("文件")):
            return list(names)
    return []
