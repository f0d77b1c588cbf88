from __future__ import annotations

import pytest

from profiles.article import ArticleParts, find_body, read_article
from profiles.load import ProfileSet
from profiles.model import Labels
from profiles.page import Page

PROFILES = ProfileSet.resolve()
FOLDER = "http://bwc.example.edu.cn/info/1018"
URL = f"{FOLDER}/12.htm"
SENTENCE = "各单位要立即开展自查，发现隐患及时整改，并将情况报保卫处备案。"


def article(meta: str = "", body: str = f"<p>{SENTENCE}</p>", after: str = "", before: str = "") -> ArticleParts:
    html = (
        f"<html><head><title>用电通知-某校</title></head><body>{before}<form name='_newscontent_fromname'>"
        f"<h1>用电通知</h1><div>{meta}</div><div id='vsb_content'>{body}</div>{after}</form></body></html>"
    )
    page = Page.parse(html.encode(), URL, "text/html; charset=utf-8")
    profile = PROFILES.recognise(page)
    return read_article(page, profile, find_body(page, profile))


@pytest.mark.parametrize(
    ("meta", "source", "published"),
    [
        ("来源: 发布时间: 2014-11-03 点击量:", None, "2014-11-03"),
        ("来源: | 发布时间 : 2018-05-17 | 浏览次数: ", None, "2018-05-17"),
        ("时间：2019-01-16 11:13:41&nbsp;&nbsp;点击：<script></script>次", None, "2019-01-16T11:13:41"),
        ("来源：校办 发布时间：２０１４年１１月３日 08:05", "校办", "2014-11-03T08:05"),
        ("<span>来源：某日报</span><span>作者：</span><span>日期:2014/9/2</span>", "某日报", "2014-09-02"),
        ("2021-03-08<em>作者：</em>浏览次数：<span></span>", None, "2021-03-08"),
        ("文章来源：保卫处　　发布日期：2014.11.3　【打印】", "保卫处", "2014-11-03"),
        ("来源：保卫处 2014-11-03 字体：大 中 小", "保卫处", "2014-11-03"),
        ("发布日期：二〇一四年十一月三日", None, "2014-11-03"),
        (
            "<script>var pubdata='2017年08月11日';if(pubdata!=''){document.write('发布时间：'+pubdata)}</script>",
            None,
            "2017-08-11",
        ),
        ("来 源：信息中心  发 布 时 间：2014-11-03", "信息中心", "2014-11-03"),
        ("<!-- 来源：旧社 发布时间：2001-01-01 -->发布时间：2014-11-03", None, "2014-11-03"),
        ("发布时间：2014-13-40", None, None),
        ("资金来源：财政拨款", None, None),
    ],
)
def test_the_meta_line(meta: str, source: str | None, published: str | None) -> None:
    parts = article(meta)
    assert (parts.source, parts.published_at) == (source, published)


def test_empty_labels_and_missing_ones_are_told_apart() -> None:
    missing = article("来源: 发布时间: 2014-11-03").missing
    assert missing["source"] == "label without a value"
    assert missing["author"] == "no label on the page"
    assert "published_at" not in missing


def test_clicks_shown_in_the_page_and_the_counter_behind_them() -> None:
    parts = article('点击：<span>2168</span>次<script>_showDynClicks("wbnews", 77, 12)</script>')
    assert parts.clicks == 2168
    (endpoint,) = parts.endpoints
    assert endpoint.effect == "reads"
    assert endpoint.url.endswith("/dynclicks.jsp?clickid=12&owner=77&clicktype=wbnews")


@pytest.mark.parametrize(
    "script",
    ['<!-- <script>_showDynClicks("wbnews", 77, 12)</script> -->', '<script>_showDynClicks("wbnews", 77, 99)</script>'],
    ids=["commented out", "of another article"],
)
def test_counters_that_are_not_the_articles(script: str) -> None:
    assert article(f"点击：{script}").endpoints == ()


def test_the_chain_gives_full_titles_and_resolved_addresses() -> None:
    parts = article(
        after='<p>上一条：<a href="11.htm" Title="关于防火的通知（全文）">关于防火的…</a></p><p>下一条：没有了</p>'
    )
    assert parts.previous is not None
    assert (parts.previous.title, parts.previous.url) == (
        "关于防火的通知（全文）",
        f"{FOLDER}/11.htm",
    )
    assert parts.next is None
    assert parts.missing["next"] == "the page says there is none"


@pytest.mark.parametrize(
    ("chain", "title", "url"),
    [
        ('<a href="../1.htm">下一篇：《条例》</a>', "《条例》", "http://bwc.example.edu.cn/info/1.htm"),
        ('【下一条】<a href="http://b.example/2.htm">别站文章</a>', "别站文章", "http://b.example/2.htm"),
        ('下一篇: <a href="javascript:;">有题无址</a>', "有题无址", None),
        (
            '<table><tr><td>下一条：</td><td><a href="3.htm">隔格</a></td></tr></table>',
            "隔格",
            f"{FOLDER}/3.htm",
        ),
        (
            '下一条：<a href="content.jsp?urltype=a&wbnewsid=9">别名</a>',
            "别名",
            f"{FOLDER}/content.jsp?urltype=a&wbnewsid=9",
        ),
    ],
)
def test_forms_of_the_chain(chain: str, title: str, url: str | None) -> None:
    following = article(after=f"<div>{chain}</div>").next
    assert following is not None
    assert (following.title, following.url) == (title, url)


def test_running_text_is_no_chain() -> None:
    parts = article(body=f"<p>下一条措施如下。</p><p>{SENTENCE}</p>")
    assert (parts.next, parts.lines) == (None, ("下一条措施如下。", SENTENCE))


@pytest.mark.parametrize(
    "trail",
    [
        "当前位置: <a href=/>首页</a> > <a href=/a>旧栏目</a> >> <a href=/b>文件</a> > 正文",
        "您现在的位置：<a href=/>首页</a>&nbsp;&raquo; <a href=/a>旧栏目</a>&nbsp;&raquo; <a href=/b>文件</a>",
        "<table><tr><td>当前位置：<td><a href=/>首页</a> > <a href=/a>旧栏目</a> > <a href=/b>文件</a></table>",
        "<a href=/>首页</a> | <a href=/a>旧栏目</a> | <a href=/b>文件</a> | 正文",
        "<a href=/>首页</a>-><a href=/a>旧栏目</a>-><a href=/b>文件</a>->用电通知",
    ],
)
def test_breadcrumbs(trail: str) -> None:
    assert article(before=f"<div>{trail}</div>").breadcrumb == ("首页", "旧栏目", "文件")


def test_a_menu_is_no_breadcrumb() -> None:
    menu = "<div><a href=/>首页</a> | <a href=/a>机构</a> | <a href=/b>文件</a></div>"
    assert article(before=menu).breadcrumb == ()


def test_attachments_are_listed_and_their_block_is_no_text() -> None:
    file = "/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=1&wbfileid=2"
    block = f'<ul><li>附件【<a href="{file}">表.doc</a>】已下载<span></span>次</li></ul>'
    parts = article(body=f"<p>{SENTENCE}</p><p>附件：</p>{block}")
    (attachment,) = parts.attachments
    assert attachment.name == "表.doc"
    assert attachment.url.startswith("http://bwc.example.edu.cn/system/_content/download.jsp?")
    assert parts.lines == (SENTENCE,)


def test_a_link_within_a_sentence_stays_text() -> None:
    parts = article(body=f'<p>请填写<a href="/a.doc">申请表</a>，交保卫处。</p><p>{SENTENCE}</p>')
    assert parts.lines[0] == "请填写申请表，交保卫处。"
    assert [item.name for item in parts.attachments] == ["申请表"]


def test_a_body_that_is_only_media() -> None:
    parts = article(body="<script>showVsbpdfIframe(\"/__local/A/BB/x.pdf\",'100%')</script>")
    assert [item.url for item in parts.media] == ["http://bwc.example.edu.cn/__local/A/BB/x.pdf"]
    assert parts.lines == ()
    assert parts.missing["text"] == "media only"


def test_images_of_the_text_and_not_of_the_page() -> None:
    parts = article(
        body='<p><img src="data:image/gif;base64,x" data-src="/__local/A/b.jpg"></p>', before='<img src="/logo.png">'
    )
    assert [item.url for item in parts.images] == ["http://bwc.example.edu.cn/__local/A/b.jpg"]


def test_text_that_looks_like_furniture_stays() -> None:
    lines = ("用电通知", "时间：2014年11月5日14:00", "地点：报告厅", SENTENCE, "保卫处", "2014年11月3日")
    parts = article("发布时间：2014-11-03", "".join(f"<p>{line}</p>" for line in lines))
    assert parts.lines == lines
    assert parts.published_at == "2014-11-03"


def test_a_container_with_title_meta_line_and_buttons_gives_its_text_alone() -> None:
    html = (
        f"<html><head><title>用电通知_某局</title></head><body><div class='news_content'><h2>用电通知</h2>"
        f"<p>发布时间：2014-11-03 来源：某局</p><p>字号：大 中 小</p><p>{SENTENCE}</p><p>{SENTENCE}</p>"
        f"<p>【打印】【关闭】</p><p>上一篇：<a href=1.html>前文</a></p></div></body></html>"
    )
    page = Page.parse(html.encode(), "http://a.example/x/1.html", "text/html; charset=utf-8")
    profile = PROFILES.recognise(page)
    parts = read_article(page, profile, find_body(page, profile))
    assert parts.lines == (SENTENCE, SENTENCE)
    assert (parts.title, parts.source, parts.published_at) == ("用电通知", "某局", "2014-11-03")
    assert parts.previous is not None
    assert parts.previous.title == "前文"


def test_labels_without_words_match_nothing() -> None:
    from profiles.metaline import label_pattern

    assert label_pattern(Labels()).search("来源：某社") is None


def test_a_variable_set_in_the_head_is_known_in_the_body() -> None:
    html = (
        "<html><head><title>用电通知</title><script>var pubdata='2014年11月3日';</script></head><body>"
        "<form name='_newscontent_fromname'><h1>用电通知</h1>"
        "<div>发布时间：<script>document.write(pubdata)</script></div>"
        f"<div id='vsb_content'>{SENTENCE}</div></form></body></html>"
    )
    page = Page.parse(html.encode(), URL, "text/html; charset=utf-8")
    profile = PROFILES.recognise(page)
    assert read_article(page, profile, find_body(page, profile)).published_at == "2014-11-03"


@pytest.mark.parametrize(
    ("meta", "found"),
    [
        ("更新时间：2016-02-02 发布时间：2014-11-03", (None, None, "2014-11-03")),
        ("供稿：学生会 来源：校报", ("校报", None, None)),
        ("编辑：王某 责任编辑：李某 审核：赵某 摄影：钱某 发布时间：2014-11-03", (None, None, "2014-11-03")),
        ("2014-11-03 10:08来源： 校报【字体：大 中 小】", ("校报", None, "2014-11-03T10:08")),
        ("来源：校报作者：王某发布时间：2014-9-3点击：7次", ("校报", "王某", "2014-09-03")),
        ("[2014-09-03] 来源：<a href='http://a.example/'>校报</a>", ("校报", None, "2014-09-03")),
    ],
)
def test_labels_by_rank(meta: str, found: tuple[str | None, str | None, str | None]) -> None:
    parts = article(meta)
    assert (parts.source, parts.author, parts.published_at) == found


def test_clicks_with_separators() -> None:
    assert article("发布时间：2014-11-03 浏览：1,024次").clicks == 1024


def test_spans_of_a_chain_that_nothing_parts() -> None:
    parts = article(after="<span>上一条：没有了</span><span>下一条：<a href='13.htm'>新文</a></span>")
    assert (parts.previous, parts.next and parts.next.title) == (None, "新文")


def test_the_lines_above_the_text() -> None:
    assert article("发布时间：2014-11-03", before="<ul><li><a href='/'>首页</a></li></ul>").head == (
        "用电通知",
        "发布时间：2014-11-03",
    )
