"""Forms of what stands above a text: trails, titles, meta lines, each with what a reader learns from it.

The words and their order are what portals show; names, sites and texts are invented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.gold import Value

TITLE = "关于做好寒假期间校园安全工作的通知"
SITE = "某某大学保卫处"
TRAIL = ("首页", "工作动态", "通知公告")
MENU = ("首页", "部门概况", "工作动态", "通知公告", "规章制度", "下载中心", "联系我们")
PREVIOUS = ("关于开展消防器材检查的通知", "show.asp?n=230")
NEXT = ("关于寒假值班安排的通知", "show.asp?n=232")
TEXT = (
    "各单位、各部门：",
    "寒假将至，为切实做好假期校园安全工作，确保师生度过平安的假期，现将有关事项通知如下：",
    "一、各单位要在放假前组织一次全面的安全检查，重点检查实验室、库房和学生公寓，发现隐患立即整改。",
    "二、假期留校学生由所在学院登记造册，于1月15日前报保卫处备案，联系电话：0100-5551234。",
    "三、值班人员要坚守岗位，遇有突发情况及时报告，不得迟报、漏报。",
    "特此通知。",
    "保卫处",
    "2013年1月10日",
)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of HTML, and what a reader learns from it."""

    html: str
    told: Mapping[str, Value] = field(default_factory=dict)
    lines: Sequence[str] = ()


def _crumb(label: str, separator: str, *, last: str = "", linked: bool = True) -> Part:
    items = [f'<a href="/{n}/">{name}</a>' if linked else name for n, name in enumerate(TRAIL)]
    if last:
        items.append(last)
    return Part(f'<div class="k1">{label}{separator.join(items)}</div>', {"breadcrumb": list(TRAIL)})


_ARROW = '<img src="/img/jt.gif" alt="">'
TRAILS: Mapping[str, Part] = {
    "none": Part(""),
    "当前位置：>": _crumb("当前位置：", " &gt; ", last="正文"),
    "您的位置:>>": _crumb("您的位置: ", "&gt;&gt;"),
    "您现在的位置：→": _crumb("您现在的位置：", "→", last="查看新闻"),
    "所在位置»": _crumb("所在位置：", " » "),
    "你的位置/": _crumb("你的位置：", " / ", last="正文"),
    "当前的位置·": _crumb("您当前的位置：", " · "),
    "位置：-": _crumb("位置：", " - ", last="正文"),
    "现在位置：::": _crumb("现在位置：", " :: "),
    "当前位置 ＞": _crumb("<b>当前位置</b> ", "＞"),
    "您所在的位置：\\": _crumb("您所在的位置：", "\\"),
    "当前位置 images": _crumb("当前位置：", _ARROW, last="正文"),
    "当前位置 spans": Part(
        '<div class="k1"><span>当前位置：</span>'
        + "".join(f'<span><a href="/{n}/">{name}</a></span><i>&gt;</i>' for n, name in enumerate(TRAIL))
        + "<span>正文</span></div>",
        {"breadcrumb": list(TRAIL)},
    ),
    "list items": Part(
        "<ol><li>当前位置：</li>"
        + "".join(f'<li><a href="/{n}/">{name}</a></li>' for n, name in enumerate(TRAIL))
        + "</ol>",
        {"breadcrumb": list(TRAIL)},
    ),
    "首页>>": _crumb("", "&gt;&gt;", last="正文"),
    "首页 > title": _crumb("", " &gt; ", last=TITLE),
    "当前位置 > title": _crumb("当前位置：", " &gt; ", last=TITLE),
    "> 详细内容": _crumb("当前位置：", " &gt; ", last="详细内容"),
    "text without links": _crumb("当前位置：", "&gt;&gt;", linked=False),
    "[首页]": Part(
        '<div class="k1">当前位置：'
        + "-&gt;".join(f'[<a href="/{n}/">{name}</a>]' for n, name in enumerate(TRAIL))
        + "</div>",
        {"breadcrumb": list(TRAIL)},
    ),
    "table": Part(
        '<table width="100%"><tr><td width="20"><img src="/i/home.gif"></td><td>您的位置：'
        + "&gt;".join(f'<a href="/{n}/">{name}</a>' for n, name in enumerate(TRAIL))
        + "</td></tr></table>",
        {"breadcrumb": list(TRAIL)},
    ),
    "label in its cell": Part(
        "<table><tr><td>当前位置：</td><td>"
        + " &gt; ".join(f'<a href="/{n}/">{name}</a>' for n, name in enumerate(TRAIL))
        + "</td></tr></table>",
        {"breadcrumb": list(TRAIL)},
    ),
    "heading beside": Part(
        '<div class="k1"><h2>通知公告</h2><p>当前位置：'
        + " &gt; ".join(f'<a href="/{n}/">{name}</a>' for n, name in enumerate(TRAIL))
        + "</p></div>",
        {"breadcrumb": list(TRAIL)},
    ),
}

_TOLD_TITLE: Mapping[str, Value] = {"title": TITLE}
TITLES: Mapping[str, Part] = {
    "h1": Part(f"<h1>{TITLE}</h1>", _TOLD_TITLE),
    "h2": Part(f"<h2>{TITLE}</h2>", _TOLD_TITLE),
    "h3 strong": Part(f"<h3><strong>{TITLE}</strong></h3>", _TOLD_TITLE),
    "h4": Part(f"<h4>{TITLE}</h4>", _TOLD_TITLE),
    "div": Part(f'<div class="k2">{TITLE}</div>', _TOLD_TITLE),
    "p font b": Part(f'<p align="center"><font size="4" color="red"><b>{TITLE}</b></font></p>', _TOLD_TITLE),
    "td": Part(f'<table width="90%"><tr><td align="center" height="40">{TITLE}</td></tr></table>', _TOLD_TITLE),
    "two lines": Part("<h1>关于做好寒假期间<br>校园安全工作的通知</h1>", _TOLD_TITLE),
    "dt": Part(f"<dl><dt>{TITLE}</dt></dl>", _TOLD_TITLE),
    "h1 is the site": Part(f"<h1>{SITE}</h1><p><strong>{TITLE}</strong></p>", _TOLD_TITLE),
    "column above": Part(f"<h2>通知公告</h2><div>{TITLE}</div>", _TOLD_TITLE),
    "column as h1": Part(f"<h1>通知公告</h1><h3>{TITLE}</h3>", _TOLD_TITLE),
    "subtitle": Part(f"<h1>{TITLE}</h1><h2>——在全校安全工作会上部署</h2>", _TOLD_TITLE),
}

_DAY = "2013-01-10"
_WIDGETS = "字号：<a href='#'>大</a> <a href='#'>中</a> <a href='#'>小</a>"


def _meta(html: str, *, tag: str = "div", **told: Value) -> Part:
    return Part(f'<{tag} class="k3">{html}</{tag}>', told)


_SCRIPT = '<script src="/count.asp?n=231"></script>'
METAS: Mapping[str, Part] = {
    "none": Part(""),
    "all": _meta(
        f"来源：宣传科 作者：王某 发布时间：{_DAY} 点击：128",
        source="宣传科",
        author="王某",
        published_at=_DAY,
        clicks=128,
    ),
    "all empty but day": _meta(f"来源: 发布时间: {_DAY} 点击量:", published_at=_DAY),
    "bars": _meta(f"来源: | 发布时间 : {_DAY} | 浏览次数: {_SCRIPT}", published_at=_DAY),
    "日期 点击": _meta(f"来源: 日期:{_DAY} 点击:", published_at=_DAY),
    "时间 点击 次": _meta(f"时间：{_DAY} 11:13:41&nbsp;&nbsp;点击：{_SCRIPT}次", published_at=f"{_DAY}T11:13:41"),
    "spans": _meta(
        f"<span>文章来源：宣传科</span><span>发布时间：{_DAY}</span><span>阅读次数：56</span>",
        source="宣传科",
        published_at=_DAY,
        clicks=56,
    ),
    "label and value apart": _meta(
        f"<span>发布时间：</span><span>{_DAY}</span><span>作者：</span><em>王某</em><span>点击数：</span><b>77</b>",
        published_at=_DAY,
        author="王某",
        clicks=77,
    ),
    "divs": Part(
        f"<ul><li>来源：宣传科</li><li>发布日期：{_DAY}</li><li>浏览量：9</li></ul>",
        {"source": "宣传科", "published_at": _DAY, "clicks": 9},
    ),
    "cells": Part(
        f"<table><tr><td>来源：</td><td>宣传科</td><td>时间：</td><td>{_DAY}</td><td>访问量：</td><td>31</td></tr></table>",
        {"source": "宣传科", "published_at": _DAY, "clicks": 31},
    ),
    "layout cells": Part(
        f"<table><tr><td>作者：王某</td><td>更新时间：{_DAY}</td><td>阅读：31次</td></tr></table>",
        {"author": "王某", "published_at": _DAY, "clicks": 31},
    ),
    "dl": Part(
        f"<dl><dt>发布日期</dt><dd>{_DAY}</dd><dt>来源</dt><dd>宣传科</dd></dl>",
        {"published_at": _DAY, "source": "宣传科"},
    ),
    "author empty": _meta(f"作者： 时间：{_DAY} 浏览：", published_at=_DAY),
    "publisher": _meta(f"发布者：管理员 发布时间：{_DAY} 浏览次数：12次", published_at=_DAY, clicks=12),
    "editor": _meta(f"编辑：李某 审核：赵某 时间：{_DAY}", published_at=_DAY),
    "信息员": _meta(f"信息员：李某&nbsp;&nbsp;发布日期：{_DAY}", published_at=_DAY),
    "供稿": _meta(f"供稿：宣传科 摄影：周某 日期：{_DAY}", source="宣传科", published_at=_DAY),
    "撰稿": _meta(f"撰稿：王某　审核：赵某　日期：{_DAY}", author="王某", published_at=_DAY),
    "brackets": _meta(f"[来源：宣传科] [日期：{_DAY}] [浏览：15次]", source="宣传科", published_at=_DAY, clicks=15),
    "【】": _meta(
        f"【发布时间：{_DAY}】 【作者：王某】 【来源：】 【浏览次数：81】", author="王某", published_at=_DAY, clicks=81
    ),
    "parentheses": _meta(
        f"（发布时间：{_DAY}　作者：王某　点击：（81））", author="王某", published_at=_DAY, clicks=81
    ),
    "date alone": _meta(_DAY, published_at=_DAY),
    "date alone in Chinese": _meta("2013年1月10日", published_at=_DAY),
    "date and source": _meta(f"{_DAY} 来源：宣传科", source="宣传科", published_at=_DAY),
    "date and widgets": _meta(f"{_DAY} {_WIDGETS} 【打印】", published_at=_DAY),
    "slashes": _meta("日期：2013/1/10 点击量：5", published_at=_DAY, clicks=5),
    "dots": _meta("发表时间：2013.01.10&nbsp;&nbsp;&nbsp;人气：5", published_at=_DAY, clicks=5),
    "Chinese": _meta("发布时间：2013年01月10日 09:30 来源：宣传科", source="宣传科", published_at=f"{_DAY}T09:30"),
    "full width": _meta("发布时间：２０１３－０１－１０　来源：宣传科", source="宣传科", published_at=_DAY),
    "spaced labels": _meta(
        f"来　源：宣传科　作　者：王某　日　期：{_DAY}", source="宣传科", author="王某", published_at=_DAY
    ),
    "widgets behind": _meta(f"发布时间：{_DAY} 来源：宣传科 {_WIDGETS} 打印 关闭", source="宣传科", published_at=_DAY),
    "two dates": _meta(f"创建时间：2013-01-08 更新时间：{_DAY}", published_at="2013-01-08"),
    "clicks in words": _meta(f"发布日期：{_DAY} 已阅读 208 次", published_at=_DAY, clicks=208),
    "被浏览": _meta(f"发布日期：{_DAY} 本文被浏览 208 次", published_at=_DAY, clicks=208),
    "点击数:[208]": _meta(f"时间：{_DAY} 点击数：[208]", published_at=_DAY, clicks=208),
    "上传时间": _meta(f"上传时间：{_DAY} 浏览次数：(208)", published_at=_DAY, clicks=208),
    "没有空格": _meta(
        f"作者：王某来源：宣传科发布时间：{_DAY}浏览：12", author="王某", source="宣传科", published_at=_DAY, clicks=12
    ),
    "时间 only": _meta(f"时间：{_DAY}", published_at=_DAY),
    "来源 linked": _meta(
        f'来源：<a href="http://xb.example.com/">校报</a> 发布时间：{_DAY}', source="校报", published_at=_DAY
    ),
    "three lines": Part(
        f"<p>来源：宣传科</p><p>作者：王某</p><p>发布时间：{_DAY}</p>",
        {"source": "宣传科", "author": "王某", "published_at": _DAY},
    ),
    "below": Part("", {}),
    "来源：本站": _meta(
        f"{_DAY} 08:05:10　来源：本站　浏览：7", source="本站", published_at=f"{_DAY}T08:05:10", clicks=7
    ),
    "文/图": _meta(f"{_DAY}　文/王某　点击：7", published_at=_DAY, clicks=7),
    "day in words": _meta("发布时间：2013-01-10 星期四", published_at=_DAY),
    "commented clicks": _meta(f"发布时间：{_DAY} <!-- 点击：99 -->", published_at=_DAY),
    "hidden author": _meta(f'发布时间：{_DAY} <span style="display:none">作者：admin</span>', published_at=_DAY),
}
