"""A document's own number, date and issuers, and what must not be taken for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.notation import chinese_number, document_number, issuers, parse_chinese_date, signature_date

_FIGURES = "〇一二三四五六七八九"


def spelt(number: int) -> str:
    """A number below 10,000 in words."""
    out, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            out += ("零" if gap and out else "") + _FIGURES[digit] + name
        gap = not digit
    return out.removeprefix("一") if 10 <= number < 20 else out


@given(st.integers(1, 9999))
def test_numbers_in_words_digit_by_digit_and_in_figures(number: int) -> None:
    assert chinese_number(spelt(number)) == number
    assert chinese_number("".join(_FIGURES[int(digit)] for digit in str(number))) == number
    assert chinese_number(str(number)) == number


@given(st.text("〇一二三四五六七八九十百千零○0129壹", max_size=10))
def test_odd_numerals_raise_nothing(text: str) -> None:
    value = chinese_number(text)
    assert value is None or value >= 0


@given(st.dates(min_value=__import__("datetime").date(1900, 1, 1), max_value=__import__("datetime").date(2099, 12, 31)))
def test_dates_in_every_writing(day: object) -> None:
    iso = str(day)
    year, month, date = iso.split("-")
    words = "".join(_FIGURES[int(digit)] for digit in year)
    for text in (
        f"{words}年{spelt(int(month))}月{spelt(int(date))}日",
        f"{words.replace('〇', '○')}年{spelt(int(month))}月{spelt(int(date))}日",
        f"{year} 年 {int(month)} 月 {int(date)} 日",
        f"{year}年{month}月{date}日",
        f"{year}.{int(month)}.{int(date)}",
        iso,
    ):
        assert parse_chinese_date(text) == iso


@pytest.mark.parametrize(
    "text", ["", "年月日", "2014年13月1日", "二〇一四年二月三十日", "2014-11/03", "3月5日", "1812年1月1日"]
)
def test_no_date(text: str) -> None:
    assert parse_chinese_date(text) is None


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (["关于冬季防火的通知", "校保发〔2014〕6号", "各单位："], "校保发〔2014〕6号"),
        (["校综治[2012]7号"], "校综治[2012]7号"),
        (["教人【2020】 3 号"], "教人【2020】3号"),
        (["（国办发（2014）第5号）"], "国办发（2014）第5号"),
        (["某市公安局文件", "某公通〔２０１４〕１２号　　签发人：张三"], "某公通〔２０１４〕１２号"),
        (["发文字号：某政办函〔2019〕8号", "发布日期：2019-03-01"], "某政办函〔2019〕8号"),
        (["索引号：A1 | 文号：某府〔2019〕8号 | 主题：综合"], "某府〔2019〕8号"),
        (["某某省人民政府令", "第 12 号"], "某某省人民政府令第12号"),
        (["某某部令第三十一号"], "某某部令第三十一号"),
    ],
)
def test_a_documents_own_number(lines: list[str], number: str) -> None:
    assert document_number(lines) == number


@pytest.mark.parametrize(
    "lines",
    [
        ["根据某政发〔2014〕5号文件要求，现将有关事项通知如下："],
        ["一、认真学习。", "某政发〔2014〕5号"],
        ["参考文件：", "某政发〔2014〕5号"],
        ["学习某政发〔2014〕5号的体会"],
        ["第3号"],
        ["口令第3号楼"],
        [*["目录"] * 20, "某政发〔2014〕5号"],
        ["〔2014〕5号"],
        [],
    ],
)
def test_numbers_of_other_documents(lines: list[str]) -> None:
    assert document_number(lines) is None


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("关于值班安排的通知（校办发〔2014〕5号）", "校办发〔2014〕5号"),
        ("校办发〔2014〕5号 关于值班安排的通知", "校办发〔2014〕5号"),
        ("关于学习上级意见的通知（某发〔2014〕5号）", None),
        ("关于转发《某意见》的通知（某发〔2014〕5号）", None),
        ("关于执行校办发〔2014〕5号文件的说明", None),
    ],
)
def test_a_number_in_the_title(title: str, number: str | None) -> None:
    assert document_number(["各单位："], title) == number


@pytest.mark.parametrize(
    ("lines", "date", "names"),
    [
        (["请执行。", "某大学保卫处", "二〇一四年十一月三日"], "2014-11-03", ["某大学保卫处"]),
        (["请执行。", "保 卫 处（盖章）", "2014 年 11 月 3 日"], "2014-11-03", ["保卫处"]),
        (["请执行。", "党委宣传部 学生工作部", "2014-11-03"], "2014-11-03", ["党委宣传部", "学生工作部"]),
        (["请执行。", "某大学研究生院 2014年11月3日"], "2014-11-03", ["某大学研究生院"]),
        (["现予公布。", "省长 张三", "2014年1月7日", "第一条 为了安全。"], "2014-01-07", []),
        (["请执行。", "二〇一一年九月"], "2011-09", []),
        (["甲。", "校办公室", "2014年1月7日", "附件", "乙。", "学生处", "2013年5月6日"], "2014-01-07", ["校办公室"]),
        (["2014年1月7日", "天气晴。", "2014年1月8日", "天气阴。"], None, []),
        (["会议于2014年1月7日召开。"], None, []),
        (["联系人：张三", "2014年1月7日"], None, []),
        (["某省人民政府令", "第12号", "《某办法》现予公布。"], None, ["某省人民政府"]),
        (["某市委办公室、某市政府办公室文件", "某办〔2014〕1号"], None, ["某市委办公室", "某市政府办公室"]),
    ],
)
def test_signatures(lines: list[str], date: str | None, names: list[str]) -> None:
    assert signature_date(lines) == date
    assert issuers(lines) == names


@given(st.lists(st.text(max_size=30), max_size=8), st.none() | st.text(max_size=30))
def test_any_lines_are_read(lines: list[str], title: str | None) -> None:
    document_number(lines, title)
    signature_date(lines)
    issuers(lines)
