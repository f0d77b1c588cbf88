"""A page that no profile reads, and that readability alone reads worse than both extractors together."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.gold import GoldPage, fold, paragraph_hash
from benchmarks.ratchet import read_by_jiucang
from benchmarks.scoring import Reading, score
from pipelines import generic
from pipelines.captures import Answer, Head
from pipelines.rows import Draft, read_document
from profiles.load import ProfileSet

PARAGRAPHS = (
    "入冬以来气温骤降，请各楼层检查门窗，关好水龙头，防止冻裂。",
    "夜间值班人员每两小时巡视一次，发现漏水立即关闭总阀，并电话报告。",
    "供暖期间不得在管道上晾晒衣物，不得私自放水，违者通报。",
    "各办公室离人断电，节假日前由负责人逐间查看，登记备查。",
    "联系电话贴在各层配电间门口，请互相转告，谢谢配合。",
)
# a web editor's template, which sets each paragraph into a box of its own; the heading is a picture, so that
# nothing around the text says where it begins
BOXES = "".join(f'<div class="s"><div class="n"><p>{paragraph}</p></div></div>' for paragraph in PARAGRAPHS)
HTML = f"""<html><head><meta charset="utf-8"><title>关于检查门窗的提醒</title></head><body>
<img src="/tz/t7.gif"><div class="x1">{BOXES}</div>
</body></html>"""
PAGE = GoldPage(
    name="boxes",
    url="http://dfz.example.cn/a/7.html",
    body=HTML.encode(),
    article=True,
    wanted={"title": "关于检查门窗的提醒"},
    paragraphs=tuple(map(paragraph_hash, PARAGRAPHS)),
    text=fold("".join(PARAGRAPHS)),
)


def test_both_extractors_together_read_it_whole(tmp_path: Path) -> None:
    figures = score([PAGE], read_by_jiucang([PAGE], tmp_path))
    assert (figures.paragraph_f1, figures.text_f1) == (1.0, 1.0)


def test_without_trafilatura_the_score_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generic, "_by_trafilatura", lambda *_: None)
    answer = Answer(PAGE.url, Head(200, "text/html", ""), PAGE.body, complete=True, payload_digest=None)
    draft = read_document(answer, ProfileSet.resolve(), "test")
    assert isinstance(draft, Draft)
    figures = score([PAGE], {PAGE.name: Reading({}, draft.text.original.split("\n"))})
    assert figures.paragraph_f1 < 0.9
    assert figures.text_f1 < 0.9
