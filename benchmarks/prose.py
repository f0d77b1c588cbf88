"""Clean Chinese official prose, made by a grammar from a seed, with what tempts a rule that repairs text.

    python -m benchmarks.prose SEED        prints one document

Nothing in it is at fault, so whatever an applying rule changes here is a false alarm. Beside plain sentences there
are numerals of every form, dates, document numbers, addresses, notation and code, lists and tables, names and titles
in English, dialogue, verse, other scripts and emoji, forms to be filled in, and passages that speak of characters.
Full-width figures and rings stand only where they are shown for their own sake: folding them elsewhere is right.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from random import Random

from benchmarks import prose_words as words

Maker = Callable[[Random], list[str]]

_HAN_DIGITS = "〇一二三四五六七八九"


def document(dice: Random) -> str:
    """A text of some ten to thirty lines, separated by line breaks; none is empty or has blanks at its ends."""
    lines = [_title(dice)]
    if dice.random() < 0.5:
        lines.append(_number(dice))
    for _ in range(dice.randrange(4, 9)):
        lines += dice.choice(_MAKERS)(dice)
    if dice.random() < 0.6:
        lines += [dice.choice(words.UNITS), _date(dice)]
    return "\n".join(line.strip() for one in lines for line in one.split("\n") if line.strip())


def documents(seed: int, characters: int) -> Iterator[str]:
    """Documents of at least so many characters together; the same ones for the same seed."""
    dice = Random(seed)
    made = 0
    while made < characters:
        text = document(dice)
        made += len(text)
        yield text


def _title(dice: Random) -> str:
    unit, matter = dice.choice(words.UNITS), dice.choice(words.MATTERS)
    forms = (
        f"关于做好{_year(dice)}{matter}工作的通知",
        f"{unit}关于印发《{matter}管理办法（试行）》的通知",
        f"{matter}工作简报（第{dice.randrange(1, 60)}期）",
        f"{unit}召开{matter}专题会议",
    )
    return dice.choice(forms)


def _number(dice: Random) -> str:
    year, number = dice.randrange(1996, 2024), dice.randrange(1, 300)
    forms = (
        f"校综治〔{year}〕{number}号",
        f"保字[{year}]第{number:03}号",
        f"公消（{year}）{number}号",
        f"教办发【{year}】{number}号",
        f"京政办发〔{year}〕{number}-{dice.randrange(1, 9)}号",
    )
    return dice.choice(forms)


def _year(dice: Random) -> str:
    year = dice.randrange(1949, 2030)
    han = "".join(_HAN_DIGITS[int(digit)] for digit in str(year))
    return dice.choice((f"{year}年", f"{han}年", f"{year}—{year + 1}学年", f"{year}/{year + 1}年度"))


def _date(dice: Random) -> str:
    year, month, day = dice.randrange(1990, 2026), dice.randrange(1, 13), dice.randrange(1, 29)
    han = "".join(_HAN_DIGITS[int(digit)] for digit in str(year))
    months = "一 二 三 四 五 六 七 八 九 十 十一 十二".split()
    forms = (
        f"{year}年{month}月{day}日",
        f"{han}年{months[month - 1]}月{_tens(day)}日",
        f"{year}-{month:02}-{day:02}",
        f"{year}.{month}.{day}",
        f"{year}/{month:02}/{day:02} {dice.randrange(24)}:{dice.randrange(60):02}:{dice.randrange(60):02}",
        "    年  月  日",
        f"{year}年○月○日",
    )
    return dice.choice(forms)


def _tens(number: int) -> str:
    ten, one = divmod(number, 10)
    return ("" if ten < 2 else _HAN_DIGITS[ten]) + ("十" if ten else "") + (_HAN_DIGITS[one] if one else "")


def _amount(dice: Random) -> str:
    low, high = dice.randrange(2, 90), dice.randrange(1000, 99_999_999)
    forms = (
        str(low),
        f"{high:,}",
        f"{high / 100:,.2f}",
        f"{low}.{dice.randrange(100)}%",
        f"{low}～{low + 5}",
        f"{low}-{low + 9}",
        f"{_tens(low)}",
        f"百分之{_tens(low)}",
        f"三千{_tens(dice.randrange(100, 990) // 10)}",
        f"一百零{_HAN_DIGITS[dice.randrange(1, 10)]}",
        f"{low}万{dice.randrange(1000, 9999)}",
        f"{dice.choice('壹贰叁肆伍陆柒捌玖')}拾元整",
        f"1:{low}00",
        f"{low}∶{dice.randrange(2, 9)}",
        f"{dice.randrange(1, 9)}/{low}",
        f"第{low}条第（{_HAN_DIGITS[dice.randrange(1, 10)]}）项",
        f"10^{dice.randrange(2, 9)}",
        f"{_tens(low)}至{_tens(low + 3)}",
        f"二〇{_HAN_DIGITS[dice.randrange(10)]}室",
    )
    return dice.choice(forms)


def _clause(dice: Random) -> str:
    pick = dice.choice
    forms: tuple[Callable[[], str], ...] = (
        lambda: f"{pick(words.UNITS)}{pick(words.MANNERS)}{pick(words.DOES)}{pick(words.MATTERS)}",
        lambda: (
            f"{pick(words.MANNERS)}，{pick(words.UNITS)}应当{pick(words.DOES)}{pick(words.PLACES)}的{pick(words.MATTERS)}"
        ),
        lambda: f"{pick(words.PLACES)}共有{_amount(dice)}{pick(words.COUNTED)}",
        lambda: f"{_year(dice)}{pick(words.PLACES)}发生{_amount(dice)}起事件",
        lambda: f"{pick(words.PEOPLE)}、{pick(words.PEOPLE)}等{_amount(dice)}人{pick(words.DOES)}{pick(words.MATTERS)}",
        lambda: f"使用{pick(words.LATIN)}的{pick(words.UNITS)}{pick(words.DOES)}有关事项",
        lambda: f"使用 {pick(words.LATIN)} 的单位需{pick(words.DOES)}",
        lambda: f"{pick(words.UNITS)}（以下简称“{pick(words.UNITS)}”）{pick(words.DOES)}{pick(words.MATTERS)}",
        lambda: f"《{pick(words.ENGLISH)}》一书由{pick(words.PEOPLE)}译出",
        lambda: f"“{pick(words.ENGLISH)}”讲座在{pick(words.PLACES)}举行",
        lambda: f"{pick(words.UNITS)}与{pick(words.ENGLISH)}合作",
        lambda: pick(words.MIXED),
        lambda: f"详见{pick(words.ADDRESSES)}",
        lambda: f"联系人：{pick(words.PEOPLE)}，电话：{_telephone(dice)}",
        lambda: f"时间为{dice.randrange(8, 18)}:{dice.randrange(10, 60)}至{dice.randrange(18, 24)}：30",
    )
    return pick(forms)()


def _telephone(dice: Random) -> str:
    number = dice.randrange(10_000_000, 99_999_999)
    forms = (
        f"029-{number}",
        f"(029){number}",
        f"138 {number // 10_000} {number % 10_000:04}",
        f"{number}转{number % 900}",
    )
    return dice.choice((*forms, f"400-{number // 10_000}-{number % 1000:03}", f"+86 29 {number}"))


def _sentence(dice: Random) -> str:
    clauses = [_clause(dice) for _ in range(dice.randrange(1, 4))]
    text = clauses[0]
    for clause in clauses[1:]:
        text += dice.choice(words.POINTS) + clause
    if dice.random() < 0.6:
        text += "，" + dice.choice(words.ENDS)
    return text + dice.choice("。。。。；！？…")[:1].replace("…", "……")


def _paragraph(dice: Random) -> list[str]:
    return ["".join(_sentence(dice) for _ in range(dice.randrange(2, 6)))]


def _list(dice: Random) -> list[str]:
    style = dice.choice(
        (
            "（{han}）{}",
            "({han}){}",
            "{n}、{}",
            "{n}.{}",
            "{n}．{}",
            "{han}、{}",
            "第{han}条　{}",
            "{ring}{}",
            "{n}）{}",
            "——{}",
            "· {}",
        )
    )
    return [
        style.format(_sentence(dice), han=_tens(n), n=n, ring="①②③④⑤⑥⑦⑧⑨"[n - 1])
        for n in range(1, dice.randrange(3, 8))
    ]


def _table(dice: Random) -> list[str]:
    rows = ["序号\t姓名\t单位\t金额\t时间\t备注"]
    for number in range(1, dice.randrange(4, 12)):
        mark = dice.choice(("√", "—", "/", "①", "*", "无", "……", "同上", "〃", "○"))
        cells = (
            str(number),
            dice.choice(words.PEOPLE),
            dice.choice(words.UNITS),
            _amount(dice),
            _date(dice).strip(),
            mark,
        )
        rows.append("\t".join(cells))
    return rows


def _form(dice: Random) -> list[str]:
    return [
        f"姓名：________  性别：□男 □女  单位：{dice.choice(words.UNITS)}（盖章）",
        f"□同意  □不同意  理由：__________  签字：{dice.choice(words.SURNAMES)}○○  {dice.choice(words.SURNAMES)}某某",
        "申请日期：　　年　　月　　日（星期    ）",
        f"注：①本表一式{_tens(dice.randrange(2, 6))}份；②填写时请用A、B、C……标明次序。",
    ]


def _lines_of(*stock: str) -> Maker:
    return lambda dice: [dice.choice(stock) for _ in range(dice.randrange(1, 4))]


def _embedded(dice: Random) -> list[str]:
    """A sentence with a passage of notation or of another script inside."""
    passage = dice.choice((*words.CODE[:4], *words.ADDRESSES, *words.LATIN, *words.ENGLISH))
    before, after = _clause(dice), _sentence(dice)
    return [f"{before}：{passage} ，{after}", f"{before}（{passage}），{after}"]


_MAKERS: tuple[Maker, ...] = (
    *(_paragraph,) * 6,
    _list,
    _list,
    _table,
    _form,
    _embedded,
    _lines_of(*words.CODE),
    _lines_of(*words.DIALOGUE),
    _lines_of(*words.VERSE),
    _lines_of(*words.SCRIPTS),
    _lines_of(*words.MENTIONS),
)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seed", type=int)
    print(document(Random(parser.parse_args().seed)))
