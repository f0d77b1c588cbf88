"""The truth and the pages say the same, read with other means than those that made them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

import pytest
from selectolax.lexbor import LexborHTMLParser

from jiucang.sample.blocks import REPAIRS
from jiucang.sample.columns import COLUMNS
from jiucang.sample.edition import HIDDEN, MISDECLARED, UNDECLARED, articles
from jiucang.sample.site import Origins, SiteName
from jiucang.sample.truth import ArticleTruth, Truth

Fetch = Callable[[SiteName, str], tuple[int | None, dict[bytes, bytes], bytes]]
EDITIONS = ("main", "gbk")


def page_of(article: ArticleTruth, fetch: Fetch) -> tuple[LexborHTMLParser, str, bytes]:
    status, _, payload = fetch(article.edition, "/" + article.linked.split("/", 3)[3])
    assert status == 200
    utf8 = article.edition == "main" or article.id == MISDECLARED
    text = payload.decode("utf-8" if utf8 else "gbk")
    return LexborHTMLParser(text), text, payload


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_the_portal_is_as_large_as_it_should_be(truth: Truth) -> None:
    for edition in EDITIONS:
        assert len(truth.of(edition)) >= 60
        assert len(truth.columns[edition]) >= 15
        assert any(len(column.breadcrumb) > 2 for column in truth.columns[edition])
    assert {column.skin for column in COLUMNS if column.form == "list"} == {"classic", "crimson", "grey"}
    assert {column.pager for column in COLUMNS} == {"fanye", "numbers", "form", "none"}
    assert {article.found for article in articles()} == {"list", "chain", "onclick", "alias"}
    assert {article.shown for article in articles()} == {"script", "printed", "rendered", "comment", "none"}


def test_every_rule_is_planted_and_has_near_misses(truth: Truth) -> None:
    planted = Counter(one.rule for article in truth.articles for one in article.planted)
    near = Counter(one.rule for article in truth.articles for one in article.near_misses)
    forms = {"invisible", "private-use", "compatibility", "width", "punctuation", "han-zero", "split-date"}
    rules = forms | REPAIRS
    assert set(planted) == rules
    assert all(planted[rule] >= 5 for rule in rules), planted
    assert set(near) >= {"function-word", "icon-bullet", "mojibake", "doubled-punctuation", "punctuation"}
    assert set(near) >= {"doubled-de", "escaped-twice", "word-residue", "han-zero", "split-date"}
    after = {one.after for article in truth.articles for one in article.planted if one.rule == "function-word"}
    assert after == {"和", "或", "的"}


def test_offsets_of_marks_are_exact(truth: Truth) -> None:
    for article in truth.articles:
        for one in (*article.planted, *article.near_misses, *article.typos):
            assert article.text[one.start : one.end] == one.before
        assert all(one.before != one.after for one in article.planted)


def test_undoing_what_was_planted_gives_the_repaired_text(truth: Truth) -> None:
    for article in truth.articles:
        text = article.text
        for one in sorted(article.planted, key=lambda one: one.start, reverse=True):
            text = text[: one.start] + one.after + text[one.end :]
        assert text == "\n".join(article.repaired)


def test_lines_are_as_extracted(truth: Truth) -> None:
    for article in truth.articles:
        for line in (*article.lines, *article.repaired):
            assert line == line.strip()
            assert line
            assert "\n" not in line
            assert "⟦" not in line


def test_repaired_texts_hold_no_artefact_of_a_kind_that_can_be_counted(truth: Truth) -> None:
    for article in truth.articles:
        text = "\n".join(article.repaired)
        for one in article.near_misses:
            text = text.replace(one.before, "〓")
        assert not re.search(r"[。，；、]{2}|[\u200b\ufeff\ue000-\uf8ff\u2f00-\u2fd5０-９Ａ-Ｚａ-ｚ]", text), (
            article.title
        )
        assert not re.search(r"(?<=[一-龥])[,;:](?=[一-龥])", text), article.title
        assert not re.search(r"(?<=[一-龥]) ?(?:and|or|of) ?(?=[一-龥])", text), article.title


def test_compatibility_forms_fold_to_what_the_truth_says(truth: Truth) -> None:
    for article in truth.articles:
        for one in article.planted:
            if one.rule in ("compatibility", "width"):
                assert unicodedata.normalize("NFKC", one.before) == one.after


def test_mojibake_is_recoverable_byte_by_byte(truth: Truth) -> None:
    ways = set()
    for article in truth.articles:
        for one in article.planted:
            if one.rule == "mojibake":
                latin = max(map(ord, one.before)) < 0x100
                ways.add(latin)
                lost = one.before.encode("latin-1" if latin else "gbk")
                assert one.after in (lost.decode("utf-8", "replace"), lost.decode("gbk", "replace"))
    assert ways == {True, False}


def test_typing_errors_have_a_second_witness(truth: Truth) -> None:
    for edition in EDITIONS:
        found = [(article, typo) for article in truth.of(edition).values() for typo in article.typos]
        assert found
        for article, typo in found:
            right = article.text[typo.start - 5 : typo.start] + typo.after + article.text[typo.end : typo.end + 2]
            assert any(right in other.text for other in truth.of(edition).values() if other is not article)


@pytest.mark.parametrize("edition", EDITIONS)
def test_pages_print_what_the_truth_says(edition: str, truth: Truth, fetch: Fetch) -> None:
    for article in truth.of(edition).values():
        tree, text, _ = page_of(article, fetch)
        body = tree.css("div.v_news_content")[-1]
        for node in body.css("script"):
            node.decompose()
        assert squeezed(body.text(deep=True)) == squeezed("".join(article.lines)), article.title
        heads = tree.css("h1, div.title, div.art-tit h3")
        assert [node.text().strip() for node in heads] == [article.title]
        assert article.published_at.replace("T", " ") in text
        if article.source:
            assert (
                f"来源：{article.source}" in text
                or f"来源: {article.source}" in text
                or f"来源 : {article.source}" in text
            )
        asked = f", {article.id})</script>" in re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
        assert asked == (article.click_url is not None)
        for neighbour in (article.previous, article.next):
            if neighbour:
                assert f'Title="{neighbour.title}"' in text
        for one in article.attachments:
            assert f">{one.name}</a>】" in text or f'showVsbpdfIframe("/{one.url.split("/", 3)[3]}"' in text


@pytest.mark.parametrize("edition", EDITIONS)
def test_click_counters_answer_a_bare_number(edition: str, truth: Truth, fetch: Fetch) -> None:
    for article in truth.of(edition).values():
        if article.click_url:
            _, _, payload = fetch(article.edition, "/" + article.click_url.split("/", 3)[3])
            assert int(payload) == article.clicks


def test_the_gbk_edition_is_gbk_and_says_so(truth: Truth, fetch: Fetch) -> None:
    for article in truth.of("gbk").values():
        _, text, payload = page_of(article, fetch)
        declared = "charset=gb2312" in text
        assert declared == (article.id != UNDECLARED)
        if article.id != MISDECLARED:
            with pytest.raises(UnicodeDecodeError):
                payload.decode("utf-8")


def test_both_editions_hold_the_same_texts(truth: Truth) -> None:
    main, gbk = truth.of("main"), truth.of("gbk")
    assert main.keys() == gbk.keys()
    assert all(main[number].text == gbk[number].text for number in main)


@pytest.mark.parametrize("edition", EDITIONS)
def test_lists_show_what_is_listed_and_declare_the_hidden_too(edition: str, truth: Truth, fetch: Fetch) -> None:
    for column in truth.columns[edition]:
        if not column.listed:
            continue
        rows = 0
        for url in column.pages:
            _, _, payload = fetch(edition, "/" + url.split("/", 3)[3])
            text = payload.decode("utf-8" if edition == "main" else "gbk")
            rows += len(LexborHTMLParser(text).css("ul.list li"))
            if column.declared_total is not None:
                assert f"共{column.declared_total}条" in text
        assert rows == column.listed
        hidden = len(HIDDEN.get(column.url.split("/", 3)[3], ()))
        if column.declared_total is not None:
            assert column.declared_total == column.listed + hidden


def test_list_pages_are_numbered_backwards(truth: Truth, origins: Origins) -> None:
    [papers] = [column for column in truth.columns["main"] if column.label == "综治文件"]
    assert papers.pages == tuple(f"{origins.main}/zhzl/zzwj{tail}" for tail in (".htm", "/2.htm", "/1.htm"))


def test_attachments_are_named_as_servers_name_them(truth: Truth, fetch: Fetch) -> None:
    seen = set()
    for article in truth.of("main").values():
        for one in article.attachments:
            _, headers, payload = fetch("main", "/" + one.url.split("/", 3)[3])
            name = headers.get(b"content-disposition", b"")
            if not one.served:
                seen.add("captcha")
                assert b"html" in headers[b"content-type"]
                assert "验证码" in payload.decode("utf-8")
            elif b"filename*=" in name:
                seen.add("extended")
            elif name and not name.isascii():
                seen.add("raw")
                assert one.name.encode("gbk") in name
    assert seen == {"captcha", "extended", "raw"}


def test_one_chain_begins_on_another_host(truth: Truth, origins: Origins) -> None:
    abroad = [
        one.previous.url for one in truth.of("main").values() if one.previous and origins.main not in one.previous.url
    ]
    assert abroad == [origins.other + "/info/1004/5857.htm"]
    assert "/info/1004/5857.htm" in truth.sites["other"].must_not_request


def test_numbered_paragraphs_are_sections(truth: Truth) -> None:
    [opinion] = [article for article in truth.of("main").values() if article.id == 1739]
    chapters = [one.number for one in opinion.sections if one.scheme == "chapter"]
    clauses = [one.number for one in opinion.sections if one.scheme == "clause"]
    assert chapters == ["一", "二", "三"]
    assert clauses == ["1", "2", "3", "4", "5", "6", "7"]
