"""From a payload's bytes to text, and why it was read so.

What a portal declares is a claim, what its bytes allow is a fact, so facts are asked first. `gb2312`
and `gbk` mean GB18030, their superset. Servers put ISO-8859-1 on anything, so a Western claim counts
only when nothing else fits. A buffer that was cut is never sniffed: detectors read the cut as damage.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from resiliparse.parse.encoding import detect_encoding

SNIFFED_BYTES = 131_072
"""How much of a page the detector sees (half from each end)."""

_META_BYTES = 4096  # browsers stop at 1024; legacy templates put long titles and comments before the charset


class Why(StrEnum):
    """Why an encoding was used: a closed vocabulary, as it stands in a row's provenance."""

    BOM = "bom"
    HTTP = "http"
    """the HTTP charset, and the bytes are valid in it"""
    META = "meta"
    """the page's own charset, and the bytes are valid in it"""
    ASCII = "ascii"
    """nothing declared and nothing to tell apart"""
    VALID_UTF8 = "valid-utf-8"
    """the bytes are UTF-8 whatever was declared"""
    VALID_GB18030 = "valid-gb18030"
    """nothing declared fits the bytes, nothing was sniffed, and they are GB18030"""
    SNIFFED = "sniffed"
    """nothing declared fits the bytes; a detector named this, and they are valid in it"""
    FEWEST_FAULTS = "fewest-faults"
    """no encoding fits; this one loses least"""


@dataclass(frozen=True, slots=True)
class Decoding:
    """Text and how it came about.

    `used` is a WHATWG name in lower case (`utf-8`, `gb18030`, `big5`); `declared` the label as the server
    or the page wrote it, in lower case, or None; `replaced` counts the U+FFFD that decoding put in.
    """

    text: str
    used: str
    declared: str | None
    why: Why
    replaced: int = 0


_LABELS = {
    **dict.fromkeys(("utf-8", "utf8", "unicode-1-1-utf-8"), "utf-8"),
    **dict.fromkeys(
        ("gb18030", "gbk", "gb2312", "gb_2312", "gb_2312-80", "gb-2312", "csgb2312", "chinese", "x-gbk", "cp936", "gb"),
        "gb18030",
    ),
    **dict.fromkeys(("big5", "big5-hkscs", "cn-big5", "x-x-big5", "csbig5"), "big5"),
    **dict.fromkeys(("iso-8859-1", "latin1", "ascii", "us-ascii", "windows-1252", "cp1252", "l1"), "windows-1252"),
    **dict.fromkeys(("utf-16", "utf-16le", "unicode"), "utf-16le"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji"), "shift_jis"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "korean", "windows-949"), "euc-kr"),
    "utf-16be": "utf-16be",
    "euc-jp": "euc-jp",
}
_OTHER_LABEL = re.compile(r"iso-8859-(?:[2-9]|1[0-6])|windows-125[0-8]|koi8-[ru]")
_CODECS = {
    "big5": "big5hkscs",
    "windows-1252": "cp1252",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
}
_EAST_ASIAN = frozenset(("gb18030", "big5", "shift_jis", "euc-jp", "euc-kr"))
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))

_HTTP_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([^\s;\"',]+)", re.I)
_META_CHARSET = re.compile(
    rb"<meta\s[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})|<\?xml\s[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{1,40})",
    re.I,
)
_COMMENT = re.compile(rb"<!--.*?-->", re.S)
_BEYOND_TWO_BYTES = re.compile("[\u0800-\U0010ffff]")


def decode(payload: bytes, content_type: str | None = None, *, complete: bool = True) -> Decoding:
    """`payload` (content-decoded bytes) as text; `content_type` is the HTTP header's value.

    `complete` is False where the payload broke off or was capped. Never raises: what fits no encoding is
    decoded with replacement characters.

    >>> decode("旧藏".encode(), "text/html; charset=gb2312")
    Decoding(text='旧藏', used='utf-8', declared='gb2312', why=<Why.VALID_UTF8: 'valid-utf-8'>, replaced=0)
    >>> decode("旧藏".encode("gbk"), "text/html; charset=GB2312").used
    'gb18030'
    """
    http, meta = _http_label(content_type), _meta_label(payload)
    declared = http or meta
    for bom, marked in _BOMS:
        if payload.startswith(bom):
            return _lossy(payload[len(bom) :], marked, declared, Why.BOM)
    claims = [
        (name, why)
        for label, why in ((http, Why.HTTP), (meta, Why.META))
        if label and (name := encoding_name(label)) is not None
        if not name.startswith("utf-16") or b"\0" in payload  # markup in UTF-16 is half NULs
    ]
    if payload.isascii() and b"\0" not in payload:
        used, why = claims[0] if claims else ("utf-8", Why.ASCII)
        return Decoding(payload.decode("ascii"), used, declared, why)
    return (
        _as_utf8(payload, claims, declared, complete)
        or _as_claimed(payload, claims, declared, complete)
        or _as_guessed(payload, claims, declared, complete)
    )


def encoding_name(label: str) -> str | None:
    """The WHATWG name behind a charset label, None for a label that names no text encoding known here.

    >>> encoding_name(" GB2312 "), encoding_name("utf-7")
    ('gb18030', None)
    """
    label = label.strip().lower()
    return _LABELS.get(label) or (label if _OTHER_LABEL.fullmatch(label) else None)


Claims = list[tuple[str, Why]]


def _as_utf8(payload: bytes, claims: Claims, declared: str | None, complete: bool) -> Decoding | None:
    text = _strict(payload, "utf-8", complete)
    if text is None:
        return None
    why = next((why for name, why in claims if name == "utf-8"), Why.VALID_UTF8)
    # A few GBK characters alone can pass for two-byte UTF-8 (Greek, Cyrillic); three-byte ones cannot by chance.
    multibyte = any(name not in ("utf-8", "windows-1252") for name, _ in claims)
    if why is Why.VALID_UTF8 and multibyte and not _BEYOND_TWO_BYTES.search(text):
        return None
    return Decoding(text, "utf-8", declared, why)


def _as_claimed(payload: bytes, claims: Claims, declared: str | None, complete: bool) -> Decoding | None:
    for name, why in claims:
        if name not in ("utf-8", "windows-1252") and (text := _strict(payload, name, complete)) is not None:
            return Decoding(text, name, declared, why)
    return None


def _as_guessed(payload: bytes, claims: Claims, declared: str | None, complete: bool) -> Decoding:
    if complete and not any(name not in ("utf-8", "windows-1252") for name, _ in claims):
        sniffed = encoding_name(detect_encoding(payload, max_len=SNIFFED_BYTES) or "")
        # single-byte encodings fit any bytes: a guess at one does not outweigh a claim
        if sniffed is not None and (sniffed in _EAST_ASIAN or not (claims or sniffed in ("utf-8", "windows-1252"))):
            sniffed_text = _strict(payload, sniffed, complete)
            if sniffed_text is not None:
                return Decoding(sniffed_text, sniffed, declared, Why.SNIFFED)
    if (text := _strict(payload, "gb18030", complete)) is not None:
        return Decoding(text, "gb18030", declared, Why.VALID_GB18030)
    western = next((why for name, why in claims if name == "windows-1252"), None)
    candidates = [_lossy(payload, name, declared, Why.FEWEST_FAULTS) for name, _ in claims if name != "windows-1252"]
    candidates += [_lossy(payload, name, declared, Why.FEWEST_FAULTS) for name in ("utf-8", "gb18030")]
    best = min(candidates, key=lambda decoding: decoding.replaced)  # the first of equals: what was declared
    if western and best.replaced * 20 > sum(byte >= 0x80 for byte in payload):
        return _lossy(payload, "windows-1252", declared, western)
    return best


def _strict(payload: bytes, name: str, complete: bool) -> str | None:
    try:
        if complete:
            return payload.decode(_codec(name))
        return codecs.getincrementaldecoder(_codec(name))().decode(payload, final=False)
    except UnicodeDecodeError:
        return None


def _lossy(payload: bytes, name: str, declared: str | None, why: Why) -> Decoding:
    codec = _codec(name)
    text = payload.decode(codec, "replace")
    replaced = text.count("\ufffd")
    if replaced and (standing := "\ufffd".encode(codec, "ignore")):
        replaced -= payload.count(standing)
    return Decoding(text, name, declared, why, max(replaced, 0))


def _codec(name: str) -> str:
    return _CODECS.get(name, name)


@lru_cache(maxsize=256)
def _http_label(content_type: str | None) -> str | None:
    found = _HTTP_CHARSET.search(content_type[:1000]) if content_type else None
    return found[1].lower()[:40] if found else None


def _meta_label(payload: bytes) -> str | None:
    head = payload[:_META_BYTES]
    if b"<!--" in head:
        head = _COMMENT.sub(b"", head)
    found = _META_CHARSET.search(head)
    if not found:
        return None
    label = (found[1] or found[2]).decode("ascii", "replace").lower()
    # a page that could be read far enough to find this label is not UTF-16 (WHATWG: read it as UTF-8)
    return "utf-8" if label.startswith("utf-16") else label
