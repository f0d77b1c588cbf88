"""Decoding: what is declared, what the bytes are, and what is done where they disagree."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from profiles.decoding import Why, decode, encoding_name

TEXT = "关于进一步加强校园消防安全管理工作的通知：各单位要落实责任，定期自查。"
META_GB = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">'
META_UTF = '<meta charset="utf-8">'

CASES = [
    # payload, HTTP Content-Type, used, declared, why
    (TEXT.encode(), "text/html; charset=UTF-8", "utf-8", "utf-8", Why.HTTP),
    (TEXT.encode("gbk"), "text/html;charset=GBK", "gb18030", "gbk", Why.HTTP),
    (TEXT.encode("gbk"), 'text/html; charset="gb2312"', "gb18030", "gb2312", Why.HTTP),
    ((META_GB + TEXT).encode("gbk"), "text/html", "gb18030", "gb2312", Why.META),
    ((META_UTF + TEXT).encode(), None, "utf-8", "utf-8", Why.META),
    ((META_GB + TEXT).encode(), None, "utf-8", "gb2312", Why.VALID_UTF8),
    (TEXT.encode(), "text/html; charset=gb2312", "utf-8", "gb2312", Why.VALID_UTF8),
    ((META_UTF + TEXT).encode("gbk"), "text/html", "gb18030", "utf-8", Why.SNIFFED),
    ((META_GB + TEXT).encode("gbk"), "text/html; charset=utf-8", "gb18030", "utf-8", Why.META),
    (TEXT.encode("gbk"), "text/html; charset=ISO-8859-1", "gb18030", "iso-8859-1", Why.SNIFFED),
    (TEXT.encode("gbk") * 3, None, "gb18030", None, Why.SNIFFED),
    (TEXT.encode(), None, "utf-8", None, Why.VALID_UTF8),
    (codecs.BOM_UTF8 + TEXT.encode(), "text/html; charset=gb2312", "utf-8", "gb2312", Why.BOM),
    (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), None, "utf-16le", None, Why.BOM),
    ("繁體中文：國立圖書館之館藏目錄".encode("big5"), "text/html; charset=big5", "big5", "big5", Why.HTTP),
    ("㐂𠮷".encode("gb18030"), "text/html; charset=gb2312", "gb18030", "gb2312", Why.HTTP),
    ("Привет, мир".encode("windows-1251"), "text/html; charset=windows-1251", "windows-1251", "windows-1251", Why.HTTP),
    (b"plain", None, "utf-8", None, Why.ASCII),
    (b"plain", "text/html; charset=GBK", "gb18030", "gbk", Why.HTTP),
    (b"plain", "text/html; charset=utf-16", "utf-8", "utf-16", Why.ASCII),
    (b"", None, "utf-8", None, Why.ASCII),
]


@pytest.mark.parametrize(("payload", "content_type", "used", "declared", "why"), CASES)
def test_what_is_used_and_why(payload: bytes, content_type: str | None, used: str, declared: str, why: Why) -> None:
    decoding = decode(payload, content_type)
    assert (decoding.used, decoding.declared, decoding.why, decoding.replaced) == (used, declared, why, 0)
    assert "\ufffd" not in decoding.text


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize("declared", ["utf-8", "gb2312", None])
def test_the_text_comes_out_whatever_was_declared(encoding: str, declared: str | None) -> None:
    content_type = f"text/html; charset={declared}" if declared else "text/html"
    assert decode((TEXT * 2).encode(encoding), content_type).text == TEXT * 2


def test_a_declaration_in_a_comment_declares_nothing() -> None:
    payload = f"<!-- {META_UTF} -->{META_GB}{TEXT}".encode("gbk")
    assert decode(payload).declared == "gb2312"


def test_a_label_beyond_a_long_head_is_found() -> None:
    payload = (f"<title>{'题' * 700}</title>" + META_GB + TEXT).encode("gbk")
    assert decode(payload).declared == "gb2312"


def test_two_byte_letters_do_not_make_a_gbk_page_utf8() -> None:
    payload = "邪械".encode("gbk")  # also valid UTF-8: two Cyrillic letters each
    payload.decode("utf-8")
    assert decode(payload, "text/html; charset=gbk").text == "邪械"


def test_a_damaged_page_is_read_in_the_encoding_that_loses_least() -> None:
    payload = TEXT.encode() + b"\xff\xfe" + TEXT.encode()
    decoding = decode(payload, "text/html; charset=utf-8")
    assert (decoding.used, decoding.why, decoding.replaced) == ("utf-8", Why.FEWEST_FAULTS, 2)
    damaged = TEXT.encode("gbk") + b"\xff" + TEXT.encode("gbk")
    decoding = decode(damaged, "text/html; charset=utf-8")
    assert (decoding.used, decoding.why) == ("gb18030", Why.FEWEST_FAULTS)
    assert decoding.text.startswith(TEXT)


def test_replacement_characters_of_the_page_itself_are_not_counted() -> None:
    decoding = decode(f"{TEXT}\ufffd".encode() + b"\xff", "text/html; charset=utf-8")
    assert decoding.replaced == 1


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_cut_character_is_no_damage(encoding: str) -> None:
    whole = TEXT.encode(encoding)
    decoding = decode(whole[:-1], f"text/html; charset={encoding}", complete=False)
    assert decoding.text == TEXT[:-1]
    assert (decoding.why, decoding.replaced) == (Why.HTTP, 0)


def test_a_cut_page_is_not_sniffed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise AssertionError("sniffed")

    monkeypatch.setattr("profiles.decoding.detect_encoding", refuse)
    assert decode(TEXT.encode("gbk")[:-1], None, complete=False).why is Why.VALID_GB18030
    with pytest.raises(AssertionError, match="sniffed"):
        decode(TEXT.encode("gbk"), None)


@pytest.mark.parametrize("label", ["utf-7", "unicode_escape", "rot13", "base64", "idna", "x", "", "\x00"])
def test_labels_that_name_no_text_encoding_are_not_obeyed(label: str) -> None:
    assert encoding_name(label) is None
    assert decode(TEXT.encode(), f"text/html; charset={label}").text == TEXT


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=4))
@example("联通")
def test_han_text_in_gbk_declared_so_is_read_right(text: str) -> None:
    assert decode(text.encode("gbk"), "text/html; charset=gb2312").text == text or _is_utf8_too(text.encode("gbk"))


def _is_utf8_too(payload: bytes) -> bool:
    try:
        return any(ord(character) >= 0x800 for character in payload.decode("utf-8"))
    except UnicodeDecodeError:
        return False


@given(st.binary(max_size=300), st.none() | st.text(max_size=40), st.booleans())
def test_nothing_raises_and_replacements_are_counted(payload: bytes, charset: str | None, complete: bool) -> None:
    decoding = decode(payload, f"text/html; charset={charset}" if charset is not None else None, complete=complete)
    assert 0 <= decoding.replaced <= decoding.text.count("\ufffd")
