"""Private-use characters: what only the font that a page used can show.

Some are known to stand for no character: blanks of old Chinese encodings, bullets, an icon font's pictures. They go.
Any other may be somebody's name, written with a character made for it, and is shown to a person.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from pipelines.repair.chars import BLANK, line_around, talk
from pipelines.repair.removal import removals
from pipelines.repair.rule import UNREADABLE, Change, Rule

_PRIVATE = re.compile("[\ue000-\uf8ff]")
_INDENT = re.compile(f"^(?:[{BLANK}]*([\ue000-\uf8ff]))(?:\\1|[{BLANK}])*", re.MULTILINE)
_WITH_MEANING = re.compile("[\ue815-\ue864\uf080-\uf09f]")
"""Han that GB 18030 once kept in the private area; circled and plain figures of Wingdings."""
_BLANK_OR_BULLET = "\ue004\ue5e5\uf0b7\uf0a7\uf0d8"
"""Blanks of old encodings; what Symbol and Wingdings have as bullets."""
_BLANK_RUN = re.compile("\ue004+")
"""Where it opens a line, it is a blank in the rest of the text, too."""


def _find_indents(text: str) -> Iterator[Change]:
    if not _PRIVATE.search(text):
        return
    opening = [run for run in _INDENT.finditer(text) if not _WITH_MEANING.match(run[1])]
    lines = Counter(run[1] for run in opening)
    kept = [run for run in opening if len(run[0]) > 1 or lines[run[1]] > 1 or run[1] in _BLANK_OR_BULLET]
    runs = [run.span() for run in kept]
    if any(run[1] == "\ue004" for run in kept):
        taken = {at for span in runs for at in range(*span)}
        runs = sorted([*runs, *(run.span() for run in _BLANK_RUN.finditer(text) if run.start() not in taken)])
    yield from removals(text, runs)


_PICTURES = re.compile("[\ue600-\ue6ff\uf100-\uf2ff]+|\ue004{2,}|\ue5e5+")
"""Where icon fonts keep their pictures; two blanks of old encodings, which no name has; U+E5E5, GBK's blank A3A0."""
_OF_FONTS = re.compile("图标|字体|字形|字符|编码|私有|[UＵ]\\+")


def _find_pictures(text: str) -> Iterator[Change]:
    if not _PRIVATE.search(text):
        return
    shown = talk(_OF_FONTS, text)
    found = [run for run in _PICTURES.finditer(text) if not shown(*run.span()) and not _among_others(run, text)]
    blanks = [run.span() for run in found if run[0][0] == "\ue5e5" and _inside(run, text)]
    taken = [run.span() for run in found if run.span() not in blanks]
    changes = [*removals(text, taken), *(Change(start, end, "\u3000" * (end - start)) for start, end in blanks)]
    yield from sorted(changes, key=lambda change: change.start)


def _among_others(run: re.Match[str], text: str) -> bool:
    """Whether its line holds private-use characters of other kinds: Big5 read as GBK strews them over the line."""
    line = line_around(text, *run.span())
    return _PRIVATE.search(_PICTURES.sub("", line).lstrip("\ue004" + BLANK)) is not None


def _inside(run: re.Match[str], text: str) -> bool:
    """Whether something is printed on either side in the same line, so that a blank parts it."""
    start, end = run.span()
    return bool(
        re.search(f"[^\n{BLANK}\ue000-\uf8ff]", text[start - 1 : start])
        and re.match(f"[^\n{BLANK}\ue000-\uf8ff]", text[end : end + 1])
    )


_UNKNOWN = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]+")


def _find_unknown(text: str) -> Iterator[Change]:
    if not _UNKNOWN.search(text):
        return
    known = {at for find in (_find_indents, _find_pictures) for one in find(text) for at in range(one.start, one.end)}
    shown = talk(_OF_FONTS, text)
    for run in _UNKNOWN.finditer(text):
        if run.start() not in known and not shown(*run.span()):
            yield Change(run.start(), run.end(), None)


PRIVATE_INDENT = Rule(
    id="private-use-indent",
    version="2",
    kind="normalisation",
    reason="private-use characters that indent a line",
    examples=(
        ("\ue004\ue004各单位：", "各单位："),
        ("通知\n\ue004请认真执行。", "通知\n请认真执行。"),
        ("\uf0b7 门卫\n\uf0b7 巡逻", "门卫\n巡逻"),
        ("通知\n\ue5e5\ue5e5\n附件", "通知\n附件"),
        ("\ue004通知如下\n一、\ue004加强领导", "通知如下\n一、加强领导"),
        ("\uf0b7门卫", "门卫"),
    ),
    counter_examples=("李\ue4c6同志", "\ue4c6某同志", "\uf081申请\uf082审批", "\ue863某\n\ue863某", "图标\ue601"),
    find=_find_indents,
)
PRIVATE_PICTURE = Rule(
    id="private-use-picture",
    version="1",
    kind="normalisation",
    reason="private-use characters where icon fonts keep their pictures or old encodings their blanks",
    examples=(
        ("更多\ue601", "更多"),
        ("首页 \uf105 综合治理", "首页  综合治理"),
        ("加强\ue004\ue004领导", "加强领导"),
        ("姓名\ue5e5职务", "姓名\u3000职务"),
    ),
    counter_examples=("图标\ue601", "李\ue4c6同志", "37\uf0b0C", "\ue863", "加强\ue004领导", "疍\ue084び\ue616,俱丁"),
    find=_find_pictures,
)
PRIVATE_UNKNOWN = Rule(
    id="private-use-unknown",
    version="1",
    kind="repair",
    reason="a private-use character: only the font that the page used shows what it is",
    examples=(("李\ue4c6同志", f"李{UNREADABLE}同志"), ("37\uf0b0C", f"37{UNREADABLE}C")),
    counter_examples=("李\U00020bb7同志", "图标字体的\ue601", "李□同志"),
    find=_find_unknown,
    status="proposed",
)
