"""What a page does not say of its article is empty in the row: its header, boxes and foot say other things."""

from __future__ import annotations

import pytest

from pipelines.captures import Answer, Head
from pipelines.rows import Draft, read_document
from profiles.load import ProfileSet

PROFILES = ProfileSet.resolve()

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>用电安全须知-某大学保卫处</title></head><body>
<div class="top">今天是2014年11月3日 星期一 今日访问量：33 <a href="/ly.htm">来源：校内</a></div>
<ul class="menu"><li><a href="/">首页</a></li><li><a href="/zz.htm">规章制度</a></li>
<li><a href="/aq.htm">安全知识</a></li></ul>
<div class="side"><h3>最新更新</h3><ul><li><a href="9.htm">停水通知</a> 2014-10-01</li>
<li><a href="8.htm">停电通知</a> 2014-09-01</li></ul><p>发布时间：每周五</p></div>
{article}
<div class="foot">版权所有 2012-2014 某大学保卫处 更新时间：2014-05-06 访问量：99182 作者：信息中心
<a href="/file/app.doc">常用表格.doc</a></div></body></html>"""

ARTICLES = {
    "vsb": '<form name="_newscontent_fromname"><h1>用电安全须知</h1><div id="vsb_content">'
    '<div class="v_news_content">{text}</div></div></form>',
    "webplus": '<h1 class="arti_title">用电安全须知</h1><div class="wp_articlecontent">{text}</div>',
    "no profile": '<div class="k1"><h2>用电安全须知</h2><div class="k2">{text}</div></div>',
}

TEXTS = {
    "cited": ("人走断电，不得私拉电线，违者按规定处理。", "根据国办发〔2012〕33号文件要求，每学期开展一次检查。"),
    "listed": (
        "一、依据",
        "国办发〔2012〕33号",
        "校发〔2013〕5号",
        "二、要求人走断电，不得私拉电线，不得使用大功率电器。",
    ),
    "event": ("时间：2014年11月5日14:00", "地点：报告厅", "主讲人长期从事电气防火研究。", "欢迎参加，入场请出示证件。"),
    "told of others": (
        "据新华社2013年1月2日报道，某校宿舍失火，原因是热得快。",
        "点击量很高的帖子说点击：100次即可抽奖，请勿相信。",
    ),
    "words of labels": (
        "来源于网络的内容请勿轻信，作者：不详的帖子请勿转发。",
        "上一条规定作废，下一条继续有效。",
        "发布时间：以通知为准。",
    ),
}


@pytest.mark.parametrize("article", ARTICLES)
@pytest.mark.parametrize("text", TEXTS)
def test_a_field_without_a_value_on_the_page_is_empty(article: str, text: str) -> None:
    lines = TEXTS[text]
    html = PAGE.format(article=ARTICLES[article].format(text="".join(f"<p>{line}</p>" for line in lines)))
    head = Head(200, "text/html; charset=utf-8", "")
    answer = Answer("http://a.example.cn/info/10/7.htm", head, html.encode(), complete=True, payload_digest=None)
    draft = read_document(answer, PROFILES, "test")
    assert isinstance(draft, Draft), draft
    parts = draft.parts
    assert (parts.title, parts.lines) == ("用电安全须知", lines)
    assert (parts.source, parts.author, parts.published_at, parts.clicks) == (None, None, None, None)
    assert (parts.breadcrumb, parts.previous, parts.next) == ((), None, None)
    assert (parts.attachments, parts.images, draft.text.document_number) == ((), (), None)
