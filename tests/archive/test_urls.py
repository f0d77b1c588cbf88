from __future__ import annotations

import re

import ada_url
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.urls import MAX_LENGTH, BadUrl, frontier_key, host, merged_url, origin, request_url, surt

BASE = "http://bwc.example.edu.cn/zzwj/gg/2.htm?page=1"

RESOLVED = [
    ("3.htm", "http://bwc.example.edu.cn/zzwj/gg/3.htm"),
    ("../../info/1018/1739.htm", "http://bwc.example.edu.cn/info/1018/1739.htm"),
    ("../../../../../info/1.htm", "http://bwc.example.edu.cn/info/1.htm"),
    ("./3.htm", "http://bwc.example.edu.cn/zzwj/gg/3.htm"),
    ("/info/1018/1739.htm", "http://bwc.example.edu.cn/info/1018/1739.htm"),
    ("/", "http://bwc.example.edu.cn/"),
    ("", "http://bwc.example.edu.cn/zzwj/gg/2.htm?page=1"),
    ("#top", "http://bwc.example.edu.cn/zzwj/gg/2.htm?page=1"),
    ("3.htm#top", "http://bwc.example.edu.cn/zzwj/gg/3.htm"),
    ("?page=2", "http://bwc.example.edu.cn/zzwj/gg/2.htm?page=2"),
    ("3.htm?", "http://bwc.example.edu.cn/zzwj/gg/3.htm?"),
    ("//lib.example.edu.cn/a", "http://lib.example.edu.cn/a"),
    ("HTTP://BWC.Example.EDU.cn:80/A", "http://bwc.example.edu.cn/A"),
    ("https://bwc.example.edu.cn:443", "https://bwc.example.edu.cn/"),
    ("http://bwc.example.edu.cn:8080?x", "http://bwc.example.edu.cn:8080/?x"),
    (" \t/info/10\n18/1739.htm \r\n", "http://bwc.example.edu.cn/info/1018/1739.htm"),
    ("/a b.htm", "http://bwc.example.edu.cn/a%20b.htm"),
    ("/a\\b.htm", "http://bwc.example.edu.cn/a/b.htm"),
    ("/a/%2e%2E/b.htm", "http://bwc.example.edu.cn/b.htm"),
    ("/a/.htaccess", "http://bwc.example.edu.cn/a/.htaccess"),
    ("/a;jsessionid=0F", "http://bwc.example.edu.cn/a;jsessionid=0F"),
    ("/a?x='\"<>`{|}", "http://bwc.example.edu.cn/a?x=%27%22%3C%3E`{|}"),
    ("http://127.1:8000/a", "http://127.0.0.1:8000/a"),
    ("http://例子.中国/", "http://xn--fsqu00a.xn--fiqs8s/"),
    ("http:3.htm", "http://bwc.example.edu.cn/zzwj/gg/3.htm"),
    ("http:///lib.example.edu.cn/a", "http://lib.example.edu.cn/a"),
    ("/\ud800", "http://bwc.example.edu.cn/%EF%BF%BD"),
]


@pytest.mark.parametrize(("reference", "expected"), RESOLVED)
@pytest.mark.parametrize("encoding", ["utf-8", "gb2312"])
def test_a_link_is_serialised_as_a_browser_does(reference: str, expected: str, encoding: str) -> None:
    assert request_url(reference, BASE, encoding) == expected


ENCODED = [
    ("utf-8", "?词=中", "?%E8%AF%8D=%E4%B8%AD"),
    ("gb2312", "?词=中", "?%B4%CA=%D6%D0"),
    ("GBK", "?词=中", "?%B4%CA=%D6%D0"),
    ("gb18030", "?词=中", "?%B4%CA=%D6%D0"),
    # trail bytes below 0x80 stay as they are
    ("gbk", "?丂", "?%81@"),
    # what GBK cannot say becomes a character reference, what gb18030 says takes four bytes
    ("gbk", "?a=😀&b", "?a=%26%23128512%3B&b"),
    ("gb18030", "?a=😀", "?a=%949%FC6"),
    ("gbk", "?€", "?%80"),
    ("gb18030", "?€", "?%A2%E3"),
    ("gbk", "?ǹ", "?%A8%BF"),
    ("big5", "?詞", "?%B5%FC"),
    ("big5", "?词", "?%26%2335789%3B"),
    ("iso-8859-1", "?“é", "?%93%E9"),
    # encodings no form is sent in, and names that are none
    ("utf-16le", "?词", "?%E8%AF%8D"),
    ("no-such-encoding", "?词", "?%E8%AF%8D"),
    ("base64", "?词", "?%E8%AF%8D"),
    ("idna", "?词", "?%E8%AF%8D"),
    ("", "?词", "?%E8%AF%8D"),
    ("\x00", "?词", "?%E8%AF%8D"),
]


@pytest.mark.parametrize(("encoding", "query", "expected"), ENCODED)
def test_a_query_goes_in_the_pages_encoding_and_a_path_in_utf8(encoding: str, query: str, expected: str) -> None:
    assert request_url("/路" + query, BASE, encoding) == "http://bwc.example.edu.cn/%E8%B7%AF" + expected


REFUSED = [
    ("javascript:void(0)", BASE, "scheme javascript"),
    (" JavaScript:void(0)", BASE, "scheme javascript"),
    ("mailto:bwc@example.edu.cn", BASE, "scheme mailto"),
    ("data:text/html,x", BASE, "scheme data"),
    ("file:///etc/passwd", "", "scheme file"),
    ("java\nscript:alert(1)", BASE, "neither http nor https"),
    ("info/1.htm", "", "no base"),
    ("http://", BASE, "WHATWG"),
    ("http://bwc.example.edu.cn:99999/", BASE, "WHATWG"),
    ("http://a b/", BASE, "WHATWG"),
    ("http://1.2.3.256/a", "", "WHATWG"),
    ("3.htm", "about:blank", "base"),
    ("3.htm", "no base", "base"),
    ("/" + "a" * MAX_LENGTH, BASE, "longer"),
    ("/" + "中" * (MAX_LENGTH // 3), BASE, "longer"),
]


@pytest.mark.parametrize(("reference", "base", "why"), REFUSED)
def test_what_leads_to_no_page_is_refused_with_its_reason(reference: str, base: str, why: str) -> None:
    with pytest.raises(BadUrl) as caught:
        request_url(reference, base)
    assert why in caught.value.why
    assert len(caught.value.reference) <= 200


PIECES = st.sampled_from(
    [
        *[
            "a",
            "B",
            "0",
            ".",
            "..",
            "/",
            "//",
            "\\",
            "?",
            "#",
            ":",
            "@",
            "%",
            "%2e",
            "%2E.",
            ";",
            "=",
            "&",
            "-",
            "_",
            "~",
            "http:",
            "https://",
            "h.example",
            "1.2",
            "xn--",
            "[::1]",
            ":80",
            ":8000",
        ],
        *["\t", " ", "'", "|", "{", "中", "a.htm"],
    ]
)
REFERENCES = st.lists(PIECES, max_size=8).map("".join)
BASES = st.sampled_from([BASE, "http://h/", "https://h:8443/a//b/", "http://h/x/../y", "http://h/a?b/c#d/e"])


@given(REFERENCES, BASES)
@settings(max_examples=1500, deadline=None)
def test_the_short_cuts_agree_with_the_parser(reference: str, base: str) -> None:
    try:
        parsed = ada_url.join_url(base, reference).partition("#")[0]
    except ValueError:
        parsed = ""
    try:
        assert request_url(reference, base) == parsed
    except BadUrl:
        assert not parsed.startswith(("http://", "https://"))


@given(st.text(max_size=30), BASES, st.sampled_from(["utf-8", "gbk", "gb18030", "big5", "latin-1"]))
def test_a_result_is_ascii_and_serialises_to_itself(reference: str, base: str, encoding: str) -> None:
    try:
        url = request_url(reference, base, encoding)
    except BadUrl:
        return
    assert url.isascii()
    assert not re.search(r"[\x00-\x20#]", url)
    assert request_url(url) == url


def test_origin_and_host_leave_the_rest_out() -> None:
    table = {
        "http://h/a?b=c:d/@e": ("http://h", "h"),
        "https://u:p@h:8443/": ("https://h:8443", "h"),
        "http://[2001:db8::1]:8000/": ("http://[2001:db8::1]:8000", "[2001:db8::1]"),
    }
    assert {url: (origin(url), host(url)) for url in table} == table


def test_a_key_tells_method_body_and_url_apart() -> None:
    requests = [
        ("http://h/a", "GET", b""),
        ("http://h/A", "GET", b""),
        ("http://www.h/a", "GET", b""),
        ("http://h/a", "POST", b""),
        ("http://h/a", "POST", b"x"),
        ("http://h/ax", "POST", b""),
    ]
    keys = {frontier_key(url, method, body) for url, method, body in requests}
    assert len(keys) == len(requests)
    assert {len(key) for key in keys} == {16}


def test_only_merge_rules_make_two_urls_one() -> None:
    rules = [(re.compile(r";jsessionid=[0-9A-Fa-f]+"), ""), (re.compile(r"[?&]t=\d+$"), "")]
    plain, dressed = "http://h/a.jsp?id=1", "http://h/a.jsp;jsessionid=0F?id=1&t=99"
    assert frontier_key(plain) != frontier_key(dressed)
    assert frontier_key(plain, merge=rules) == frontier_key(dressed, merge=rules) == frontier_key(plain)
    assert merged_url(dressed, rules) == plain


# --- surt, against the package the Wayback tools share -----------------------------------------

_SESSION = "0123456789abcdef" * 2
SURTS = [
    "http://www.example.edu.cn/",
    "https://EXAMPLE.edu.cn:443/A/B/?b=2&a=1#top",
    "http://www2.www.example.edu.cn/x//y/../z/./",
    "http://www-x.www.example.edu.cn/",
    "http://www.com/",
    "http://bwc.example.edu.cn:8080/content.jsp?urltype=news.NewsContentUrl&wbtreeid=1018&wbnewsid=1739",
    "http://127.0.0.1:8000/a",
    "http://1.2.3/",
    "http://256.1.1.1/",
    "http://1.2.3.4.5/",
    "http://0177.0.0.1/",
    "http://3232235777/",
    "http://[::1]:81/x",
    "http://h/a%2541%25",
    "http://h/a?x=%41%20b&a",
    "http://h/?a&a=&a=1&&",
    "http://h/?",
    "http://h?a",
    f"http://h/?jsessionid={_SESSION}&z=1",
    f"http://h/?wbnewsid={_SESSION}",
    f"http://h/?a=1&PHPSESSID={_SESSION}",
    "http://h/?cfid=1&cftoken=2&b",
    "http://h/?ASPSESSIONIDABCDEFGH=" + "a" * 24,
    "http://h/(S(" + "a" * 24 + "))/x.aspx?y",
    "http://h/(" + "a" * 24 + ")/x.aspx",
    "http://h/a.jsp;jsessionid=AB?x",
    "http://u:p@h:0/",
    "http://h:/",
    "http://h:x/",
    "http://h:99999/",
    "http:////h//x",
    "http://https/order.example",
    "http://中文.cn/路?词",
    "http://a..b./",
    "http://./a/",
    "http://h/a\x0bb?c\x0cd",
    "http://h/\u2028\u00a0",
    "dns:www.example.edu.cn",
    "urn:x-jiucang:job",
    "urn:?A",
    "filedesc://x",
    "metadata://a.b/c?d#e",
    "  h.com/x ",
    "",
    " ",
]


def by_the_oracle(url: str) -> str:
    """The key as cdxj-indexer takes it: an exception of the package makes the URL its own key."""
    oracle = pytest.importorskip("surt")
    try:
        key = oracle.surt(url)
    except Exception:
        return url
    assert isinstance(key, str)
    return key


@pytest.mark.parametrize("url", SURTS)
def test_a_look_up_key_is_the_wayback_key(url: str) -> None:
    assert surt(url) == by_the_oracle(url)


SURT_PIECES = st.sampled_from(
    [
        *[
            "http://",
            "https://",
            "www.",
            "a",
            "B",
            "1",
            "0",
            ".",
            "..",
            "/",
            "//",
            "?",
            "&",
            "=",
            "%",
            "41",
            "2e",
            "25",
            "#",
            ":",
            "80",
            "443",
            "@",
            "[",
            "]",
            "中",
            "é",
            "sid=",
            "(",
            ")",
            ";",
            "\\",
            "+",
            "dns:",
        ],
        *[" ", "\t", "\x00", _SESSION],
    ]
)


@given(st.sampled_from(["http://", "https://h.example", ""]), st.lists(SURT_PIECES, max_size=9).map("".join))
@settings(max_examples=1500, deadline=None)
def test_any_look_up_key_is_the_wayback_key(start: str, rest: str) -> None:
    assert surt(start + rest) == by_the_oracle(start + rest)
