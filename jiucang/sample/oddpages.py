"""Pages of an edition that are no article and no list: redirects by every means, traps, raw links, a challenge."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from jiucang.sample import assets
from jiucang.sample.catalogue import Catalogue, Endless, Wanted
from jiucang.sample.columns import OWNER
from jiucang.sample.replies import Request, Resource
from jiucang.sample.skins import Place, shell

HOME_EXTRA = """<div class="links">
<h3>专题与链接</h3>
<a href="{gbk}/index.htm">简体GBK版</a> <a href="{shelf}/">线路测试</a> <a href="{other}/index.htm">学校主页</a>
<a href="tz/yz.htm">身份核验</a> <a href="nbzl/2014.htm">内部资料</a> <a href="tz/gone.htm">已失效的通知</a>
<a href="c/1739">综治意见（短链接）</a> <a href="zhzl.htm;jsessionid=5F0C1A2B3D4E5F60718293A4B5C6D7E8">综合治理</a>
<a href="zhzl/zzwj.htm;jsessionid=0A1B2C3D4E5F60718293A4B5C6D7E8F9">综治文件</a>
<a href="rili.jsp?y=2014&m=11">校历</a> <a href="search.jsp?wbtreeid=1001&keyword=aq&page=1">站内搜索</a>
<a href="system/go.jsp?treeid=1001">快速导航</a> <a href="javascript:void(0)">设为首页</a>
<a href="wd/安全 手册.htm">安全手册</a> <a href="cx.jsp?lb=消防 安全&n=1">消防查询</a>
<a href="cx.jsp?lb=户籍&xm=𠮷田">户籍查询</a>
<a href=" tz/blank.htm ">假期值班</a> <a href="./zt/../zt/./ldjh.htm#top">领导讲话</a>
<div onclick="location.href='zt/mlt.htm'" style="background-image: url('images/banner.png')">平安校园网上展厅</div>
<a href="#" onclick="window.open('zt/dzdt.htm','map','width=600');return false;">电子地图</a>
<img src="images/banner.png" srcset="images/banner.png 1x, images/banner@2x.png 2x" alt="">
<img src="images/blank.png" data-src="/images/lazy.png" alt=""><input type="image" src="images/button.png">
<table background="images/table_bg.png"><tr><td background="/images/cell_bg.png">&nbsp;</td></tr></table>
<embed src="flash/banner.swf" width="200" height="60"><object data="flash/guide.pdf" type="application/pdf"></object>
<video controls><source src="/_mediafile/bwc/2014/fire.mp4" type="video/mp4"></video>
<img src="{other}/img/badge.png" alt=""><img src="{other}/private/seal.png" alt=""><img src="nbzl/photo.png" alt="">
<img src="images/missing.png" alt="">
<script language="javascript" src="_dwr/engine.js"></script>
<!-- <a href="tz/draft.htm">草稿</a> <img src="images/draft.png"> -->
<form action="search.jsp" method="get"><input name="keyword"><input type="submit" value="搜索"></form>
</div>
"""

CHALLENGE = """<html><head><meta charset="utf-8"><title></title><script>
var challengeId="c3f1a9e27b5d40688e1f";
function answer(){{var x=new XMLHttpRequest();x.open("POST","/dynamic_challenge",true);
x.setRequestHeader("Content-Type","application/json");
x.send(JSON.stringify({{"challenge_id":challengeId,"answer":7*191}}));x.onload=function(){{location.reload();}};}}
answer();</script></head><body></body></html>
"""

ROBOTS = f"User-agent: *\nDisallow: /nbzl/\nDisallow: /admin\nCrawl-delay: 0\n# {OWNER}\n"


def text_page(place: Place, title: str, text: str, head: str = "") -> str:
    return shell(place, "grey", title, f"<h2>{title}</h2>\n<p>{text}</p>\n", head)


def add_odd_pages(catalogue: Catalogue, name: str, home: Place) -> None:
    _add_texts(catalogue, home)
    _add_redirects(catalogue, home)
    _add_frames(catalogue, home)
    _add_queries(catalogue, home)
    _add_forbidden(catalogue, name, home)
    _add_traps(catalogue, home)


def _add_texts(catalogue: Catalogue, home: Place) -> None:
    for path, title in (
        ("tz/blank.htm", "假期值班安排"),
        ("zt/ldjh.htm", "领导讲话"),
        ("zt/mlt.htm", "平安校园网上展厅"),
        ("zt/dzdt.htm", "电子地图"),
        ("wsbg/index.htm", "网上办公大厅"),
        ("zt/xy110.htm", "校园110简介"),
    ):
        catalogue.page("/" + path, text_page(replace(home, path=path), title, f"{title}栏目正在建设中，请稍后访问。"))
    challenge = Resource(CHALLENGE.format().encode(), b"text/html; charset=utf-8", case="challenge")
    catalogue.add("/tz/yz.htm", challenge)
    catalogue.never("/dynamic_challenge")
    catalogue.wanted[b"/tz/gone.htm"] = Wanted.MUST
    catalogue.wanted[b"/images/missing.png"] = Wanted.MUST


def _add_redirects(catalogue: Catalogue, home: Place) -> None:
    """A column that is a meta refresh, one that is a script, a 301 to an article."""
    refresh = '<meta http-equiv="refresh" content="0; URL=wsbg/index.htm">\n'
    charset = f'<meta http-equiv="Content-Type" content="text/html; charset={home.charset}">'
    catalogue.page("/wsbg.htm", f"<html><head>{charset}{refresh}<title>网上办公</title></head><body></body></html>")
    script = '<script type="text/javascript">window.location.href="zt/xy110.htm";</script>'
    catalogue.page("/xy110.htm", f"<html><head>{charset}<title>校园110</title>{script}</head><body></body></html>")
    moved = Resource(b"", b"text/html", status=301, headers=((b"Location", b"/info/1012/1739.htm"),))
    catalogue.add("/c/1739", moved)


def _add_frames(catalogue: Catalogue, home: Place) -> None:
    """The old site behind 旧版回顾: a frameset whose pages no CMS made."""
    charset = f'<meta http-equiv="Content-Type" content="text/html; charset={home.charset}">'
    catalogue.page(
        "/jbhg.htm",
        f'<html><head>{charset}<title>旧版回顾</title></head><frameset rows="80,*"><frame src="jbhg/top.html" na'
        'me="top">'
        '<frameset cols="160,*"><frame src="jbhg/left.html"><frame src="jbhg/main.html"></frameset></frameset></html>',
    )
    pages = {
        "top": "<h1>保卫处（二〇〇三年版）</h1>",
        "left": '<a href="main.html" target="main">首页</a><br><a href="history.html" target="main">处室沿革</a>',
        "main": "<p>欢迎访问保卫处网站。本站最佳分辨率为800×600。</p>",
        "history": "<p>保卫处前身为一九五八年成立的保卫科，一九八四年改为现名。</p><p>二〇〇一年，"
        "综合治理办公室与保卫处合署办公。</p>",
    }
    for name, inner in pages.items():
        text = f"<html><head>{charset}<title>旧版</title></head><body bgcolor=#ffffff>{inner}</body></html>"
        catalogue.page(f"/jbhg/{name}.html", text)


def _add_queries(catalogue: Catalogue, home: Place) -> None:
    """Raw Chinese and blanks in links: the path is asked in UTF-8, the query in the page's encoding."""
    handbook = "wd/" + quote("安全 手册.htm")
    catalogue.page("/" + handbook, text_page(replace(home, path=handbook), "安全手册", "本手册供新生入学教育使用。"))
    for query, title in (("lb=消防 安全&n=1", "消防查询"), ("lb=户籍&xm=𠮷田", "户籍查询")):
        raw = query.encode(catalogue.encoding, "xmlcharrefreplace")
        if catalogue.encoding == "gbk":
            asked = "cx.jsp?" + quote(raw.replace(b"&#134071;", b"\0"), safe="=&").replace("%00", "%26%23134071%3B")
        else:
            asked = "cx.jsp?" + quote(raw, safe="=&")
        catalogue.page("/" + asked, text_page(replace(home, path="cx.jsp"), title, f"{title}结果：共有三条记录。"))


def _add_forbidden(catalogue: Catalogue, name: str, home: Place) -> None:
    """robots.txt. In the GBK edition it is an HTML page and therefore says nothing (RFC 9309)."""
    page = text_page(replace(home, path="nbzl/2014.htm"), "内部资料", "本栏目仅供内部查阅。")
    photo = Resource(assets.png("nbzl"), b"image/png")
    if name == "main":
        catalogue.add("/robots.txt", Resource(ROBOTS.encode(), b"text/plain"))
        wanted = Wanted.NEVER
    else:
        catalogue.page("/robots.txt", text_page(replace(home, path="robots.txt"), "提示", "您访问的页面不存在。"))
        wanted = Wanted.MUST
    catalogue.page("/nbzl/2014.htm", page, wanted)
    catalogue.add("/nbzl/photo.png", photo, wanted)
    pixel = Resource(assets.png("pixel", 1, 1), b"image/png")
    catalogue.add("/_visitcount?siteId=5&type=2&columnId=12", pixel, Wanted.NEVER)
    catalogue.add(f"/system/resource/code/news/click/addclicktimes.jsp?owner={OWNER}&type=site", pixel, Wanted.NEVER)
    beacon = Resource(b"/* counted */", b"application/javascript")
    catalogue.add(f"/system/resource/code/datainput.jsp?owner={OWNER}&e=1&a=1", beacon, Wanted.NEVER)
    for path in ("/tz/draft.htm", "/images/draft.png", "/images/never.png", "/_dwr/engine.js"):
        catalogue.never(path)
    catalogue.wanted[b"/system/resource/js/filedownload/createimage.jsp"] = Wanted.MAY


def _add_traps(catalogue: Catalogue, home: Place) -> None:
    """A calendar and a search without end, pages under session ids, VSB's own jump page."""

    def calendar(request: Request) -> Resource:
        year, month = _number(request.query.get("y", ""), 2014), _number(request.query.get("m", ""), 11)
        before = (year, month - 1) if month > 1 else (year - 1, 12)
        after = (year, month + 1) if month < 12 else (year + 1, 1)
        links = " ".join(f'<a href="rili.jsp?y={y}&m={m}">{y}年{m}月</a>' for y, m in (before, after))
        return _made(catalogue, text_page(replace(home, path="rili.jsp"), f"{year}年{month}月校历", links))

    def search(request: Request) -> Resource:
        number = _number(request.query.get("page", ""), 1)
        following = f'<a href="search.jsp?wbtreeid=1001&keyword=aq&page={number + 1}">下页</a>'
        return _made(catalogue, text_page(replace(home, path="search.jsp"), f"搜索结果 第{number}页", following))

    catalogue.handlers[b"/rili.jsp"] = calendar
    catalogue.handlers[b"/search.jsp"] = search
    catalogue.handlers[b"/system/go.jsp"] = search
    catalogue.endless += [Endless("/rili.jsp", 60), Endless("/search.jsp", 0), Endless("/system/go.jsp", 0)]
    for path, session in (
        ("/zhzl.htm", "5F0C1A2B3D4E5F60718293A4B5C6D7E8"),
        ("/zhzl/zzwj.htm", "0A1B2C3D4E5F60718293A4B5C6D7E8F9"),
    ):
        catalogue.twin(path, f"{path};jsessionid={session}")


def _number(value: str, default: int) -> int:
    return int(value) if value.isdigit() and len(value) < 6 else default


def _made(catalogue: Catalogue, text: str) -> Resource:
    return Resource(text.encode(catalogue.encoding, "xmlcharrefreplace"), catalogue.content_type)
