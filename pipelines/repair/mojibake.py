"""Chinese bytes that were once read with the wrong encoding, where every byte survived.

Three mistakes can be undone: UTF-8 read as GBK (GB 18030), UTF-8 read as Windows-1252 or Latin-1, and
GBK read as either of these. A run is repaired only if the whole of it goes back to bytes that are valid
in the other encoding, reads as common Chinese there, and does not here. What lost bytes on the way
(锟斤拷, U+FFFD, a question mark in place of half a character) fails that test and is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.repair.chars import CJK_POINT, LEVEL_1, commonness, is_chinese
from pipelines.repair.rule import Change, Rule

_LONGEST_RUN = 1 << 16
"""Code points; a longer run is left. Paragraphs of any real notice are shorter."""

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]{3,}")
_BETWEEN_POINTS = re.compile(rf"[^\x00-\x7f{CJK_POINT}\uff01-\uff5e\u3000]{{3,}}")


def _windows_1252(byte: int) -> str:
    """What a browser shows for a byte: Windows-1252, with its five gaps filled by C1 controls as WHATWG does."""
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


_BYTE_OF = {_windows_1252(byte): byte for byte in range(0x80, 0x100)} | {chr(byte): byte for byte in range(0x80, 0x100)}


def _set(first: int, last: int) -> str:
    chars = [char for char, byte in _BYTE_OF.items() if first <= byte <= last]
    return "[" + re.escape("".join(chars)) + "]"


_TAIL = _set(0x80, 0xBF)


def _of_gbk(first: int, last: int) -> frozenset[str]:
    """Characters of GBK whose bytes are a lead byte of UTF-8 between these two and a byte that can follow it."""
    pairs = (bytes((lead, tail)) for lead in range(first, last + 1) for tail in range(0x80, 0xC0))
    return frozenset(pair.decode("gb18030", "replace") for pair in pairs)


_BEGIN_LONG = _of_gbk(0xE0, 0xF4)
_BEGIN = _BEGIN_LONG | _of_gbk(0xC2, 0xDF)
"""One common character in seven; those that are whole in UTF-8 must have another of them behind."""

_ALONE = "[\u0080-\u009f\u00a1-\u00ff]"
"""What may not touch a run: bytes that belong to it, but do not go back with it. (U+00A0 is a blank, too.)"""

_UTF8_AS_LATIN = re.compile(f"(?<!{_ALONE})(?:{_set(0xC2, 0xDF)}{_TAIL}|{_set(0xE2, 0xEF)}{_TAIL}{{2}})++(?!{_ALONE})")
_GBK_AS_LATIN = re.compile(
    f"(?<![A-Za-z])(?<!{_ALONE})(?:[\u00a1-\u00f7][\u00a1-\u00fe]){{2,}}+(?!{_ALONE})(?![A-Za-z])"
)
_UTF8_LEAD = re.compile(_set(0xC2, 0xEF))
_LATIN_PAIR = re.compile("[\u00a1-\u00f7][\u00a1-\u00fe]")
"""Without these, a text holds no run of the kind: a search that costs a tenth of the run's."""

_ACCENTED = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]{1,5}")
"""So few accented letters and nothing else could be a list of accents."""


def _reading(data: bytes, encoding: str, common: float = 0.75) -> str | None:
    """What the bytes say, if that is Chinese, of which a share of `common` at least is of the usual kind."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if is_chinese(text) and commonness(text) >= common else None


def _utf8_of_gbk(run: str) -> str | None:
    if len(run) > _LONGEST_RUN:
        return None
    try:
        # a lone byte 0x80 shows as the euro sign in a browser, which GB 18030 also has elsewhere
        pieces = [piece.encode("gb18030") for piece in run.split("€")]
    except UnicodeEncodeError:
        return None
    reading = _reading(b"\x80".join(pieces), "utf-8")
    return None if reading is None or commonness(run) > 0.5 else reading


_HAN_IN_UTF8 = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}|\xef[\xbc\xbd][\x80-\xbf]|\xe3\x80[\x80-\xbf]){4,}")


def _inside(run: str) -> Iterator[tuple[int, int, str]]:
    """Stretches of a run, offsets in it, that go back to four Han at least, whatever stands about them."""
    place = {0: 0}
    at = 0
    for index, char in enumerate(run):
        at += len(char.encode("gb18030", "replace"))
        place[at] = index + 1
    for found in _HAN_IN_UTF8.finditer(run.encode("gb18030", "replace")):
        start, end = place.get(found.start()), place.get(found.end())
        reading = _utf8_of_gbk(run[start:end]) if start is not None and end is not None else None
        if start is not None and end is not None and reading is not None:
            yield start, end, reading


def _latin_bytes(run: str) -> bytes:
    return bytes(_BYTE_OF[char] for char in run)


_RARE = "[^\\x00-\\x7f" + CJK_POINT + "".join(sorted(LEVEL_1)) + "]"
_TWO_RARE = re.compile(f"{_RARE}.{{0,4}}{_RARE}")
"""What every run holds that is not common Chinese already: half its characters at least are rare ones."""


def _find_utf8_as_gbk(text: str) -> Iterator[Change]:
    for run in _BEYOND_ASCII.finditer(text) if _TWO_RARE.search(text) else ():
        if not _TWO_RARE.search(text, run.start(), run.end()):
            continue
        pieces = [run, *_BETWEEN_POINTS.finditer(text, run.start(), run.end())]
        for piece in pieces:
            first, second = text[piece.start()], text[piece.start() + 1]
            may_be = first in _BEGIN and (second in _BEGIN or first in _BEGIN_LONG)
            reading = _utf8_of_gbk(piece[0]) if may_be else None
            if reading is not None:
                yield Change(piece.start(), piece.end(), reading)
                if piece is run:
                    break
            elif (piece is not run or len(pieces) == 1) and _TWO_RARE.search(piece[0]):
                for start, end, inner in _inside(piece[0]):
                    yield Change(piece.start() + start, piece.start() + end, inner)


def _find_utf8_as_latin(text: str) -> Iterator[Change]:
    if not _UTF8_LEAD.search(text):
        return
    for run in _UTF8_AS_LATIN.finditer(text):
        # bytes in the pattern of UTF-8 that yield Han are no accident, however rare the characters
        reading = _reading(_latin_bytes(run[0]), "utf-8", common=0)
        if reading is not None:
            yield Change(run.start(), run.end(), reading)


def _find_gbk_as_latin(text: str) -> Iterator[Change]:
    if not _LATIN_PAIR.search(text):
        return
    for run in _GBK_AS_LATIN.finditer(text):
        reading = None if _ACCENTED.fullmatch(run[0]) else _reading(_latin_bytes(run[0]), "gb18030")
        if reading is not None:
            yield Change(run.start(), run.end(), reading)


UTF8_AS_GBK = Rule(
    id="utf8-read-as-gbk",
    version="2",
    kind="repair",
    reason="UTF-8 bytes that were read as GBK; every byte pair survived",
    examples=(
        ("绀句細娌诲畨缁煎悎娌荤悊", "社会治安综合治理"),
        ("通知\n娑堥槻宸ヤ綔\n二〇一四年", "通知\n消防工作\n二〇一四年"),
        ("联系人：寮犲北楣忓啗", "联系人：张山鹏军"),
        ("做好绀句細娌诲畨缁煎悎娌荤悊的各项工作", "做好社会治安综合治理的各项工作"),
    ),
    counter_examples=(
        "锟斤拷锟斤拷治安综合治理",
        "淇濆崼澶�",
        "绀句細娌诲畨缁煎悎娌荤",
        "濉溪县、涡阳县、亳州市谯城区",
        "饕餮、魑魅魍魉、耄耋、氤氲",
        "联通",
    ),
    find=_find_utf8_as_gbk,
)
UTF8_AS_LATIN = Rule(
    id="utf8-read-as-latin1",
    version="1",
    kind="repair",
    reason="UTF-8 bytes that were read as Windows-1252 or Latin-1; every byte survived",
    examples=(
        ("社会治安".encode().decode("latin-1"), "社会治安"),
        ("深圳".encode().decode("latin-1"), "深圳"),
        ("标题：ä¿\u009då\u008d«å¤\u0084", "标题：保卫处"),
        ("æ–‡ä»¶", "文件"),
    ),
    counter_examples=("café à la carte 西餐", "Â© 2014 保卫处", "ä¸­å", "àâäéèêëïîôöùûü", "Ã¤ rein"),
    find=_find_utf8_as_latin,
)
GBK_AS_LATIN = Rule(
    id="gbk-read-as-latin1",
    version="1",
    kind="repair",
    reason="GBK bytes that were read as Windows-1252 or Latin-1; every byte pair survived",
    examples=(
        ("Éç»áÖÎ°²×ÛºÏÖÎÀí", "社会治安综合治理"),
        ("2014Äê11ÔÂ ±£ÎÀ´¦", "2014Äê11ÔÂ 保卫处"),
        ("¹ØÓÚ¼ÓÇ¿Ïû·À¹¤×÷µÄÍ¨Öª£¬Çë¸÷µ¥Î»×ñÕÕÖ´ÐÐ¡£", "关于加强消防工作的通知，请各单位遵照执行。"),
    ),
    counter_examples=("ÀÉÈÙ 四个字母", "Äpfel und Öl", "ÄÖÜäöüß", "±5℃，×2，÷3", "±£ÎÀ´", "Ærøskøbing"),
    find=_find_gbk_as_latin,
)
