"""Dates as portals print them, turned into the row's form without adding precision."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

_FULL_WIDTH = str.maketrans("０１２３４５６７８９：．－／", "0123456789:.-/")
_HAN_DIGITS = {
    c: d
    for d, cs in enumerate(("〇零○ＯOo", "一壹", "二贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for c in cs
}
_HAN = "".join(_HAN_DIGITS)
_CLOCK = r"(?:[\sT]*(?P<h>\d{1,2})\s*[:时]\s*(?P<i>\d{1,2})(?:\s*[:分]\s*(?P<s>\d{1,2})(?:\.\d+)?)?)?"
_DATE = re.compile(
    rf"""(?<![\d.])(?:
        (?P<y>(?:19|20)\d\d)\s*(?:[-/.]\s*(?P<m>\d{{1,2}})\s*[-/.]\s*(?P<d>\d{{1,2}})(?!\d)
                              |年\s*(?P<m2>\d{{1,2}})\s*月\s*(?P<d2>\d{{1,2}})\s*日?)
        (?!\d){_CLOCK}
        |(?P<hy>[{_HAN}]{{4}})\s*年\s*(?P<hm>[{_HAN}十]{{1,3}})\s*月\s*(?P<hd>[{_HAN}十廿卅]{{1,3}})\s*日
        )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """`value` is `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM[:SS]`; `raw` stands at `start:end` of the text searched."""

    value: str
    raw: str
    start: int
    end: int


def find_date(text: str, start: int = 0) -> PrintedDate | None:
    """The first day printed in `text` from `start` on, with its time where one follows.

    Full-width digits and Chinese numerals are read; a day that no calendar has is passed over, and a
    clock that no day has is left out.

    >>> find_date("时间：２０１４年１１月３日 08:05").value
    '2014-11-03T08:05'
    >>> find_date("二〇一四年十一月三日").value
    '2014-11-03'
    >>> find_date("2014-13-40") is None
    True
    """
    plain = text.translate(_FULL_WIDTH)
    for match in _DATE.finditer(plain, start):
        if match["hy"]:
            year = int("".join(str(_HAN_DIGITS[c]) for c in match["hy"]))
            month, day = han_number(match["hm"]), han_number(match["hd"])
        else:
            year, month, day = int(match["y"]), int(match["m"] or match["m2"]), int(match["d"] or match["d2"])
        if year < 1900:
            continue
        try:
            value = datetime.date(year, month, day).isoformat()
        except ValueError:
            continue
        clock, end = _clock(match)
        return PrintedDate(value + clock, text[match.start() : end], match.start(), end)
    return None


def is_date(text: str) -> bool:
    """Whether a text is a day, with or without its time or brackets, and nothing else.

    >>> is_date("[2014-11-03 08:05]"), is_date("2014年11月3日 星期一"), is_date("2014-11-03 会议")
    (True, True, False)
    """
    date = find_date(text) if len(text) <= _MAX_ALONE else None
    return date is not None and _BESIDE.fullmatch(text[: date.start] + text[date.end :]) is not None


def opens_with_date(text: str) -> bool:
    """Whether a text is a day and little besides: what stands beside it, a gap between, is a name or a count.

    >>> opens_with_date("2014-11-03 \xa0 保卫处"), opens_with_date("2014年11月3日，我校开学。")
    (True, False)
    """
    date = find_date(text) if len(text) <= _MAX_OPENED else None
    if date is None or text[: date.start].strip(" \xa0\u3000[（(【"):
        return False
    rest = text[date.end :]
    return is_date(text) or (len(rest) <= _MAX_ALONE and rest[:1] in " \xa0\u3000|]）)】" and not _CLAUSE.search(rest))


_MAX_OPENED = 70
_CLAUSE = re.compile("[，。；！？]")
_MAX_ALONE = 40
_BESIDE = re.compile(r"[\s\[\]()（）【】:：|]*(?:(?:星期|周)[一二三四五六日天])?[\s\[\]()（）【】:：|]*")


def _clock(match: re.Match[str]) -> tuple[str, int]:
    hour, minute, second = match["h"], match["i"], match["s"]
    if hour is None:
        return "", match.end()
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        return "", match.start("h") - 1
    clock = f"T{int(hour):02}:{int(minute):02}"
    return (clock if second is None else f"{clock}:{int(second):02}"), match.end()


def han_number(text: str) -> int:
    """A number below 100 in Chinese numerals: 十一, 二十, 廿三, 〇八.

    >>> [han_number(n) for n in ("三", "十", "十二", "三十一", "廿四", "〇八")]
    [3, 10, 12, 31, 24, 8]
    """
    text = text.replace("廿", "二十").replace("卅", "三十")
    tens, mark, ones = text.partition("十")
    if not mark:
        return int("".join(str(_HAN_DIGITS.get(c, 0)) for c in text))
    return (_HAN_DIGITS.get(tens, 0) if tens else 1) * 10 + (_HAN_DIGITS.get(ones[:1], 0) if ones else 0)
