"""Forms of a text and of what stands below it: bodies, enclosures, chains, each with what a reader learns from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from benchmarks.forms_above import NEXT, PREVIOUS, TEXT, TITLE, Part


def _lines(template: Callable[[str], str], wrap: str = '<div class="k4">{}</div>', lines: Sequence[str] = TEXT) -> Part:
    return Part(wrap.format("".join(template(line) for line in lines)), {}, lines)


_TABLE = (
    '<table border="1"><tr><td>日期</td><td>值班人</td><td>电话</td></tr>'
    "<tr><td>1月20日</td><td>张某</td><td>5551234</td></tr><tr><td>1月21日</td><td>李某</td><td>5551235</td></tr></table>"
)
_ROWS = ("日期\t值班人\t电话", "1月20日\t张某\t5551234", "1月21日\t李某\t5551235")
BODIES: Mapping[str, Part] = {
    "p": _lines("<p>{}</p>".format),
    "br": _lines("　　{}<br>".format),
    "br br": _lines("&nbsp;&nbsp;&nbsp;&nbsp;{}<br><br>\n".format),
    "bare text in td": _lines("　　{}<br>".format, "<table width='95%'><tr><td>{}</td></tr></table>"),
    "p in nested tables": _lines(
        "<p>{}</p>".format,
        "<table><tr><td><table><tr><td><table><tr><td>{}</td></tr></table></td></tr></table></td></tr></table>",
    ),
    "divs": _lines("<div>{}</div>".format),
    "a font each": _lines(
        '<p style="text-indent:2em"><span style="font-family:仿宋"><font size="3">{}</font></span></p>'.format
    ),
    "rows of a layout table": _lines("<tr><td>{}</td></tr>".format, "<table>{}</table>"),
    "short": _lines("<p>{}</p>".format, lines=("经研究，1月14日停水一天，请各单位做好准备。",)),
    "one block": _lines(
        "{}".format, lines=("为确保供暖，定于1月14日对管网进行检修，届时停水停暖一天，由此带来不便敬请谅解。",)
    ),
    "data table": Part(
        f'<div class="k4"><p>{TEXT[1]}</p>{_TABLE}<p>{TEXT[4]}</p></div>', {}, (TEXT[1], *_ROWS, TEXT[4])
    ),
    "table alone": Part(f'<div class="k4">{_TABLE}</div>', {}, _ROWS),
    "links within": Part(
        f'<div class="k4"><p>{TEXT[1]}</p><p>详见<a href="http://www.example.com/zt">专题网站</a>，并按要求填报。</p><p>{TEXT[4]}</p></div>',
        {},
        (TEXT[1], "详见专题网站，并按要求填报。", TEXT[4]),
    ),
    "pictures": Part(
        f'<div class="k4"><p>{TEXT[1]}</p><p align="center"><img src="/upload/2013/0110.jpg"></p>'
        f"<p>检查现场</p><p>{TEXT[4]}</p></div>",
        {"images": ["/upload/2013/0110.jpg"]},
        (TEXT[1], "检查现场", TEXT[4]),
    ),
    "number within": Part(
        "<div class='k4'><p>校保字〔2013〕2号</p>" + "".join(f"<p>{line}</p>" for line in TEXT) + "</div>",
        {"document_number": "校保字〔2013〕2号"},
        ("校保字〔2013〕2号", *TEXT),
    ),
    "number cited": _lines(
        "<p>{}</p>".format,
        lines=("各单位：", "根据校保字〔2012〕9号文件要求，请于本周内完成自查，并将结果报保卫处。", *TEXT[4:]),
    ),
    "title repeated": _lines("<p>{}</p>".format, lines=(TITLE, *TEXT)),
    "word": Part(
        '<div class="k4"><p class="MsoNormal"><b><span lang="EN-US">一、<o:p></o:p></span>检查范围</b></p>'
        f'<p class="MsoNormal"><!--[if !supportLists]--><span>1.</span><!--[endif]-->{TEXT[2][2:]}</p>'
        f'<p class="MsoNormal">{TEXT[4]}</p></div>',
        {},
        ("一、检查范围", f"1.{TEXT[2][2:]}", TEXT[4]),
    ),
}

_FILES = (("附件1：登记表.doc", "/upload/2013/djb.doc"), ("附件2：名单.xls", "/upload/2013/md.xls"))


def _enclosed(html: str, files: Sequence[tuple[str, str]] = _FILES) -> Part:
    return Part(html, {"attachments": [url for _, url in files]})


_DOWNLOAD = (("登记表.doc", "/inc/download.asp?id=77"),)
ENCLOSURES: Mapping[str, Part] = {
    "none": Part(""),
    "list": _enclosed("<ul>" + "".join(f'<li><a href="{url}">{name}</a></li>' for name, url in _FILES) + "</ul>"),
    "附件：": _enclosed(
        "<div>附件：" + "".join(f'<p><a href="{url}">{name[4:]}</a></p>' for name, url in _FILES) + "</div>"
    ),
    "附件【】": _enclosed(
        "".join(f'<p>附件【<a href="{url}">{name[4:]}</a>】已下载<span></span>次</p>' for name, url in _FILES)
    ),
    "相关附件": _enclosed(
        '<div class="k5"><b>相关附件</b><br>'
        + "<br>".join(f'<a href="{url}">{name}</a>' for name, url in _FILES)
        + "</div>"
    ),
    "table": _enclosed(
        "<table>"
        + "".join(f'<tr><td>附件</td><td><a href="{url}">{name[4:]}</a></td></tr>' for name, url in _FILES)
        + "</table>"
    ),
    "download page": _enclosed(f'<p>附件下载：<a href="{_DOWNLOAD[0][1]}">{_DOWNLOAD[0][0]}</a></p>', _DOWNLOAD),
}


def _chained(html: str, *, before: bool = True, after: bool = True) -> Part:
    return Part(html, {"previous": PREVIOUS[1] if before else None, "next": NEXT[1] if after else None})


def _words(previous: str, following: str, *, colon: str = "：", tag: str = "p") -> Part:
    return _chained(
        f'<{tag}>{previous}{colon}<a href="{PREVIOUS[1]}">{PREVIOUS[0]}</a></{tag}>'
        f'<{tag}>{following}{colon}<a href="{NEXT[1]}">{NEXT[0]}</a></{tag}>'
    )


def _end(said: str) -> Part:
    return _chained(f'<p>上一篇：{said}</p><p>下一篇：<a href="{NEXT[1]}">{NEXT[0]}</a></p>', before=False)


_LONG = PREVIOUS[0][:8]
CHAINS: Mapping[str, Part] = {
    "none": Part(""),
    "上一条：": _words("上一条", "下一条"),
    "上一篇:": _words("上一篇", "下一篇", colon=":"),
    "前一篇": _words("前一篇", "后一篇"),
    "上篇": _words("上篇", "下篇", tag="li"),
    "上一则": _words("上一则", "下一则"),
    "上一个": _words("上一个", "下一个"),
    "上一篇文章": _words("上一篇文章", "下一篇文章"),
    "上一篇新闻": _words("上一篇新闻", "下一篇新闻"),
    "上一条信息": _words("上一条信息", "下一条信息"),
    "上一主题": _words("上一主题", "下一主题"),
    "【上一篇】": _words("【上一篇】", "【下一篇】", colon=" "),
    "[上一条]": _words("[上一条]", "[下一条]", colon=""),
    "spaced": _words("上 一 篇", "下 一 篇"),
    "one line": _chained(
        f'<div>上一篇：<a href="{PREVIOUS[1]}">{PREVIOUS[0]}</a>　下一篇：<a href="{NEXT[1]}">{NEXT[0]}</a></div>'
    ),
    "word in the link": _chained(
        f'<p><a href="{PREVIOUS[1]}">上一篇：{PREVIOUS[0]}</a></p><p><a href="{NEXT[1]}">下一篇：{NEXT[0]}</a></p>'
    ),
    "cells": _chained(
        f'<table><tr><td>上一篇：</td><td><a href="{PREVIOUS[1]}">{PREVIOUS[0]}</a></td></tr>'
        f'<tr><td>下一篇：</td><td><a href="{NEXT[1]}">{NEXT[0]}</a></td></tr></table>'
    ),
    "cells side by side": _chained(
        f'<table width="100%"><tr><td>上一篇：<a href="{PREVIOUS[1]}">{PREVIOUS[0]}</a></td>'
        f'<td align="right">下一篇：<a href="{NEXT[1]}">{NEXT[0]}</a></td></tr></table>'
    ),
    "blocks in the link": _chained(
        f'<a href="{PREVIOUS[1]}"><span>上一篇</span><h4>{PREVIOUS[0]}</h4></a>'
        f'<a href="{NEXT[1]}"><span>下一篇</span><h4>{NEXT[0]}</h4></a>'
    ),
    "bare words as links": _chained(
        f'<p><a href="{PREVIOUS[1]}" title="{PREVIOUS[0]}">上一篇</a> | '
        f'<a href="{NEXT[1]}" title="{NEXT[0]}">下一篇</a></p>'
    ),
    "dl": _chained(
        f'<dl><dt>上一条</dt><dd><a href="{PREVIOUS[1]}">{PREVIOUS[0]}</a></dd>'
        f'<dt>下一条</dt><dd><a href="{NEXT[1]}">{NEXT[0]}</a></dd></dl>'
    ),
    "cut": _chained(
        f'<p>上一条：<a href="{PREVIOUS[1]}" title="{PREVIOUS[0]}">{_LONG}…</a></p>'
        f'<p>下一条：<a href="{NEXT[1]}" title="{NEXT[0]}">{NEXT[0][:6]}...</a></p>'
    ),
    "没有了": _end("没有了"),
    "无": _end("无"),
    "没有": _end("没有"),
    "none said": _end("none"),
    "没有啦": _end("没有啦！"),
    "无记录": _end("无记录！"),
    "已经是第一篇了": _end("已经是第一篇了"),
    "这是第一篇": _end("这是第一篇"),
    "没有资料": _end("没有资料"),
    "暂无": _end("暂无信息"),
    "linked nothing": _end('<a href="#">没有了</a>'),
    "javascript nothing": _end('<a href="javascript:void(0)">已到第一条</a>'),
    "empty": _end(""),
    "next first": _chained(
        f'<p>下一篇：<a href="{NEXT[1]}">{NEXT[0]}</a></p><p>上一篇：<a href="{PREVIOUS[1]}">{PREVIOUS[0]}</a></p>'
    ),
    "with a date": _chained(
        f'<p>上一篇：<a href="{PREVIOUS[1]}">{PREVIOUS[0]}</a> (2013-01-08)</p>'
        f'<p>下一篇：<a href="{NEXT[1]}">{NEXT[0]}</a> (2013-01-12)</p>'
    ),
    "arrows": _chained(
        f'<p>&lt;&lt; 上一篇：<a href="{PREVIOUS[1]}">{PREVIOUS[0]}</a></p><p><a href="{NEXT[1]}">{NEXT[0]}</a></p>',
        after=False,
    ),
}
