"""One URL module with three results, none of which may stand in for another.

`request_url` is what goes over the wire and into WARC-Target-URI: a link as a browser serialises it.
`frontier_key` says when two requests are one. `surt` is the look-up key of CDXJ files, which forgets
`www.`, case and session ids, and therefore must never decide what is fetched.

Serialisation follows the WHATWG URL Standard (https://url.spec.whatwg.org/), through ada. The look-up
key has a module of its own and is named here so that the three stand side by side.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

import ada_url

from archive.surt import surt as surt

MAX_LENGTH = 32_768
"""Longest URL, in characters, that is taken for one. No portal's server reads longer request lines."""

MergeRule = tuple[re.Pattern[str], str]
"""A pattern and its replacement, as `re.sub` takes them."""


class BadUrl(ValueError):
    """A reference that leads to no http or https URL.

    `reference` is the text as found (cut to 200 characters), `why` a short English reason.
    """

    def __init__(self, reference: str, why: str) -> None:
        self.reference = reference[:200]
        self.why = why
        super().__init__(f"{self.reference!r}: {why}")


# --- request_url -------------------------------------------------------------------------------

# References that serialise to themselves: no character that would be escaped, no segment that could be a
# dot segment (%2e included), no scheme, no empty first segment. Everything else goes through the parser.
_SEGMENTS = r"(?![.%])[\w~!$&()*+,;=@%-][\w~!$&()*+,;=:@%.-]*"
_PATH = rf"(?:{_SEGMENTS}(?:/(?![.%])[\w~!$&()*+,;=:@%.-]*)*)"
_QUERY = r"(?:\?[\w~!$&()*+,;=:@%./?-]*)?"
_PLAIN_ABSOLUTE = re.compile(rf"(https?://[\w.:-]+)/{_PATH}?{_QUERY}", re.ASCII)
_PLAIN_ROOTED = re.compile(rf"/{_PATH}?{_QUERY}", re.ASCII)
_PLAIN_RELATIVE = re.compile(rf"((?:\.\./)*)((?![\w+.-]*:){_PATH}{_QUERY})", re.ASCII)
_SCHEME = re.compile(r"[\x00-\x20]*([A-Za-z][A-Za-z0-9+.\-]*):")
_SURROGATE = re.compile("[\ud800-\udfff]")

# A page's label names a WHATWG encoding; Python's codec of the same name is often an older, smaller table.
_CODECS = {
    "gb2312": "gbk",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
}
_NCR = "jiucang-ncr"
_GBK_NCR = "jiucang-gbk-ncr"


def request_url(reference: str, base: str = "", encoding: str = "utf-8") -> str:
    """`reference` as found in a page at `base`, serialised as a browser would request it.

    The fragment is cut off. Characters outside ASCII are percent-encoded: in the path as UTF-8, in the
    query in the page's `encoding` (a label such as `gb2312`; an unknown one counts as UTF-8), where a
    character the encoding lacks becomes an escaped `&#…;`. `base` is a request_url, or empty when the
    reference must stand alone.

    Raises `BadUrl` for what is no URL, for any scheme but http and https, and for what is too long.

    >>> request_url("../info/1018/1739.htm#top", "http://bwc.example.edu.cn/zzwj/2.htm")
    'http://bwc.example.edu.cn/info/1018/1739.htm'
    >>> request_url("搜索.jsp?词=中", "http://bwc.example.edu.cn/", "gb2312")
    'http://bwc.example.edu.cn/%E6%90%9C%E7%B4%A2.jsp?%B4%CA=%D6%D0'
    """
    text, mark, _ = reference.partition("#")
    if base and len(text) < MAX_LENGTH:
        if relative := _PLAIN_RELATIVE.fullmatch(text):
            return _folder_of(base, len(relative[1]) // 3) + relative[2]
        if _PLAIN_ROOTED.fullmatch(text):
            return _origin_of(base) + text
    if len(text) < MAX_LENGTH and (plain := _PLAIN_ABSOLUTE.fullmatch(text)):
        authority = plain[1]
        if (canonical := _canonical_authority(authority)) is not None:
            return text if canonical == authority else canonical + text[len(authority) :]
    # the mark stays for the parser: a blank before it is no blank at the end
    return _parsed(reference, text + mark, base, encoding)


def _parsed(reference: str, text: str, base: str, encoding: str) -> str:
    if len(text) > MAX_LENGTH:
        raise BadUrl(reference, f"longer than {MAX_LENGTH} characters")
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise BadUrl(reference, f"scheme {scheme[1].lower()[:20]} is not http or https")
    if not scheme and not base:
        raise BadUrl(reference, "relative, and no base to resolve it against")
    if not text.isascii():
        text = _encoded_query(_SURROGATE.sub("\ufffd", text), encoding)
    try:
        joined = ada_url.join_url(base, text) if base else ada_url.normalize_url(text)
    except ValueError:
        raise BadUrl(reference, "no URL by the WHATWG standard") from None
    joined = joined.partition("#")[0]
    if not joined.startswith(("http://", "https://")):
        raise BadUrl(reference, "neither http nor https")
    if len(joined) > MAX_LENGTH:
        raise BadUrl(reference, f"longer than {MAX_LENGTH} characters")
    return joined


def _encoded_query(text: str, encoding: str) -> str:
    """The reference with its query's non-ASCII characters percent-encoded in the page's encoding."""
    before, mark, query = text.partition("?")
    if query.isascii():
        return text
    codec, errors = _codec_of(encoding)
    encoded = query.encode(codec, errors)
    return before + mark + "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in encoded)


@lru_cache(maxsize=64)
def _codec_of(label: str) -> tuple[str, str]:
    """Python codec and error handler that encode as the WHATWG encoding behind `label` does.

    The UTF-16 family encodes as UTF-8 (the standard's "get an output encoding"), unknown labels as well.
    """
    try:
        name = codecs.lookup(label.strip()).name
    except (LookupError, ValueError):
        return "utf-8", "strict"
    name = _CODECS.get(name, name)
    if name.startswith(("utf", "idna", "punycode", "unicode", "raw")) or not _is_text_codec(name):
        return "utf-8", "strict"
    return name, _GBK_NCR if name == "gbk" else _NCR


def _is_text_codec(name: str) -> bool:
    try:
        return "a".encode(name) == b"a"
    except (LookupError, UnicodeError, TypeError):
        return False


def _ncr(error: UnicodeError) -> tuple[str | bytes, int]:
    """Numeric character references, escaped: what a browser puts for characters the encoding lacks."""
    assert isinstance(error, UnicodeEncodeError)
    missing = error.object[error.start : error.end]
    return "".join(f"%26%23{ord(character)}%3B" for character in missing), error.end


def _gbk_ncr(error: UnicodeError) -> tuple[str | bytes, int]:
    """As `_ncr`, after the two-byte codes that the standard's GBK has and Python's lacks (and 0x80 for €)."""
    assert isinstance(error, UnicodeEncodeError)
    out = bytearray()
    for character in error.object[error.start : error.end]:
        code = b"\x80" if character == "€" else character.encode("gb18030")
        out += code if len(code) < 4 else f"%26%23{ord(character)}%3B".encode("ascii")
    return bytes(out), error.end


codecs.register_error(_NCR, _ncr)
codecs.register_error(_GBK_NCR, _gbk_ncr)


@lru_cache(maxsize=4096)
def _canonical_authority(authority: str) -> str | None:
    """`http://HOST:PORT` as serialised, None where the parser refuses it."""
    try:
        return ada_url.normalize_url(authority + "/").removesuffix("/")
    except ValueError:
        return None


# The links of a page come together, so a few pages are enough to remember.
@lru_cache(maxsize=256)
def _folder_of(base: str, up: int) -> str:
    """`base` up to its last slash, or that many folders above; the root is above itself."""
    root = _origin_of(base)
    path = _serialised_base(base)[len(root) :].partition("?")[0].rpartition("/")[0]
    for _ in range(up):
        path = path.rpartition("/")[0]
    return f"{root}{path}/"


@lru_cache(maxsize=256)
def _origin_of(base: str) -> str:
    url = _serialised_base(base)
    return url[: url.index("/", 8)]


@lru_cache(maxsize=256)
def _serialised_base(base: str) -> str:
    try:
        url = ada_url.normalize_url(base).partition("#")[0]
    except ValueError:
        raise BadUrl(base, "the base is no URL by the WHATWG standard") from None
    if not url.startswith(("http://", "https://")):
        raise BadUrl(base, "the base is neither http nor https")
    return url


def origin(url: str) -> str:
    """Scheme, host and port of a request_url, without user name: what robots.txt and a connection pool go by.

    >>> origin("http://user@bwc.example.edu.cn:8080/zzwj.htm?a=1")
    'http://bwc.example.edu.cn:8080'
    """
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{_authority(rest).rpartition('@')[2]}"


def host(url: str) -> str:
    """Host of a request_url, without port; an IPv6 address keeps its brackets.

    >>> host("http://[::1]:8000/"), host("https://bwc.example.edu.cn/")
    ('[::1]', 'bwc.example.edu.cn')
    """
    authority = _authority(url.partition("://")[2]).rpartition("@")[2]
    if authority.startswith("["):
        return authority.partition("]")[0] + "]"
    return authority.partition(":")[0]


def _authority(rest: str) -> str:
    return rest.partition("/")[0].partition("?")[0]


# --- frontier_key ------------------------------------------------------------------------------


def merged_url(url: str, merge: Sequence[MergeRule] = ()) -> str:
    """`url` after the profile's merge rules, in their order.

    >>> merged_url("http://h/a.jsp;jsessionid=0F3?b=1", [(re.compile(r";jsessionid=[^?]*"), "")])
    'http://h/a.jsp?b=1'
    """
    for pattern, replacement in merge:
        url = pattern.sub(replacement, url)
    return url


def frontier_key(url: str, method: str = "GET", body: bytes = b"", merge: Sequence[MergeRule] = ()) -> bytes:
    """16 bytes that are equal for requests that are one: merged request_url, method and body.

    >>> frontier_key("http://h/").hex()
    '5b6b80bd05776d29da51eedb56d36f61'
    """
    if merge:
        url = merged_url(url, merge)
    # a request_url and a method hold neither blank nor line feed, so the joined form is unambiguous
    return hashlib.blake2b(f"{method} {url}\n".encode() + body, digest_size=16).digest()
