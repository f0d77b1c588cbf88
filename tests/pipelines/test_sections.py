"""Sections: series of numbers that open lines, levels that are a document's own, extents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sections import Section, sections


def outline(text: str) -> list[tuple[int, str]]:
    return [(section.level, section.number) for section in sections(text)]


def test_clauses_run_on_through_chapters() -> None:
    text = "一、要求\n(1) 甲。\n(2) 乙。\n二、措施\n(3) 丙。\n三、保障\n(4) 丁。"
    assert outline(text) == [(1, "一"), (2, "1"), (2, "2"), (1, "二"), (2, "3"), (1, "三"), (2, "4")]


def test_a_section_ends_where_one_of_its_level_or_above_begins() -> None:
    text = "前言\n一、要求\n（一）甲\n说明\n（二）乙\n二、措施\n落款"
    by_number = {section.number + str(section.level): text[section.start : section.end] for section in sections(text)}
    assert by_number == {
        "一1": "一、要求\n（一）甲\n说明\n（二）乙\n",
        "一2": "（一）甲\n说明\n",
        "二2": "（二）乙\n",
        "二1": "二、措施\n落款",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "第一章 总则\n第一条 甲\n第二条 乙\n（一）丙\n（二）丁\n第二章 附则\n第三条 戊",
            "1一 2一 2二 3一 3二 1二 2三",
        ),
        ("第十二条 甲\n第十三条 乙", "1十二 1十三"),
        ("1．甲\n（1）乙\n（2）丙\n2．丁\n（1）戊\n（2）己", "11 21 22 12 21 22"),
        ("1.甲\n（一）乙\n（二）丙\n2.丁\n（一）戊\n（二）己\n3.庚", "11 2一 2二 12 2一 2二 13"),
        ("一、甲\n1.乙\n2.丙\n二、丁\n（一）戊\n1.己\n2.庚\n（二）辛", "1一 31 32 1二 2一 31 32 2二"),
        ("一、甲\n二、乙\n第一章 总则\n第一条 丙\n第二章 细则\n第二条 丁", "1一 1二 1一 2一 1二 2二"),
        ("一、甲\n三、乙（二在表里）\n四、丙", "1一 1三 1四"),
    ],
)
def test_levels_follow_the_documents_own_order(text: str, expected: str) -> None:
    assert " ".join(f"{level}{number}" for level, number in outline(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "参见本办法（3）及（4）。",
        "（3）只有这一行。",
        "1.5万元以上的\n2.5万元以上的",
        "一、二年级学生\n三、四年级学生",
        "（一）班\n（二）班",
        "第三条规定的情形，\n第四条所称单位，",
        "1\t615\t综合科\n2\t612\t人事科",
        "1.甲\t乙\n2.丙\t丁",
        "2014.11.3\n2014.11.4",
        "目　录\n第一章 总则\n第二章 附则",
        "",
    ],
)
def test_what_only_looks_like_a_section(text: str) -> None:
    assert sections(text) == []


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("一、总体要求", "总体要求"),
        ("一、总体要求。各单位要落实。", "总体要求"),
        ("一、" + "长" * 41 + "。", None),
        ("一、" + "长" * 40 + "。后文", "长" * 40),
        ("一、", None),
        ("第一章 总 则", "总 则"),
    ],
)
def test_a_heading_is_the_short_first_sentence(line: str, heading: str | None) -> None:
    following = "第二章 附则" if line.startswith("第") else "二、附则"
    assert sections(f"{line}\n{following}")[0].heading == heading


def test_offsets_count_code_points_from_the_marker() -> None:
    text = "𠮷\n  一、甲\n二、乙"
    assert sections(text) == [Section(1, "一", "甲", 4, 8), Section(1, "二", "乙", 8, 11)]


markers = st.sampled_from(
    ["一、", "二、", "三、", "（一）", "（二）", "1.", "2.", "3．", "（1）", "(2)", "1）", "2)", "第一章 ", "第二条 "]
)


@given(st.lists(st.tuples(markers, st.text("甲乙。；\t", max_size=3)).map("".join) | st.text(max_size=6), max_size=20))
def test_sections_nest(lines: list[str]) -> None:
    text = "\n".join(lines)
    found = sections(text)
    open_ends: list[Section] = []
    for section in found:
        assert 0 <= section.start < section.end <= len(text)
        while open_ends and open_ends[-1].end <= section.start:
            open_ends.pop()
        assert all(section.end <= outer.end and section.level > outer.level for outer in open_ends)
        open_ends.append(section)
    assert [section.start for section in found] == sorted({section.start for section in found})
