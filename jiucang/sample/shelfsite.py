"""The shelf as a site: a page that links every case, what the redirects lead to, a 503 that mends itself."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote_from_bytes

from jiucang.sample import assets
from jiucang.sample.catalogue import Catalogue, Wanted
from jiucang.sample.replies import Clock, Reply, Request, Resource, head
from jiucang.sample.shelf import CASES, Case

MISSING = Resource(
    (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"><title>错误提示</title></head>'
        "<body><p>对不起，您访问的页面不存在或者已被删除，请与网站管理员联系。</p><a href=/>返回首页</a></body></html>"
    ).encode("gbk"),
    b"text/html",
    status=404,
)
"""The 404 page of every site, in GBK."""


def build_shelf(clock: Clock) -> Catalogue:
    catalogue = Catalogue()
    links = "\n".join(f'<li><a href="{case.path}">{case.name}</a></li>' for case in CASES if case.linked)
    more = '<li><a href="/busy.htm">busy</a></li><li><a href="/no-such-page.htm">missing</a></li>'
    text = f"<title>线路测试</title><h1>线路测试</h1><ul>{links}{more}</ul>"
    catalogue.page("/", f'<html><head><meta charset="utf-8"></head><body>{text}</body></html>')
    for case in CASES:
        # the loop's second half is no link of a page but a redirect leads there
        wanted = Wanted.MUST if case.linked or case.name == "redirect-loop-b" else Wanted.MAY
        catalogue.add(case.path, _handler(case), wanted)
    catalogue.page("/moved/relative.htm", "<title>到了</title><p>相对地址。</p>")
    gbk = "/moved/" + quote_from_bytes("通知.htm".encode("gbk"))
    catalogue.page(gbk, "<title>到了</title><p>原始字节地址。</p>")
    catalogue.add("/busy.htm", _busy(clock))
    catalogue.wanted[b"/no-such-page.htm"] = Wanted.MUST
    catalogue.wanted[b"/robots.txt"] = Wanted.MUST
    return catalogue


def _handler(case: Case) -> Callable[[Request], Reply]:
    def answer(_: Request) -> Reply:
        return case.reply()

    return answer


def _busy(clock: Clock) -> Callable[[Request], Reply]:
    """503 with Retry-After to the first request, 200 ever after: the one answer that depends on the past."""
    asked = 0
    page = Resource("<title>恢复</title><p>服务已恢复。</p>".encode(), b"text/html; charset=utf-8", case="recovered")

    def answer(request: Request) -> Reply:
        nonlocal asked
        asked += 1
        if asked > 1:
            return page.reply(request, clock())
        body = "系统繁忙".encode("gbk")
        fields = (
            (b"Content-Type", b"text/html; charset=gb2312"),
            (b"Retry-After", b"1"),
            (b"Content-Length", b"%d" % len(body)),
        )
        return Reply((head(503, fields, clock()) + body,), case="busy")

    return answer


def build_other() -> Catalogue:
    """Another host of the university: requisites come from it, its pages are out of scope."""
    catalogue = Catalogue()
    catalogue.add("/robots.txt", Resource(b"User-agent: *\nDisallow: /private/\n", b"text/plain"))
    sheet = (
        b'@font-face { font-family: shared; src: url("../fonts/shared.woff") }\n.top { background: url(/img/strip.pn'
        b"g) }\n"
    )
    catalogue.add("/css/shared.css", Resource(sheet, b"text/css"))
    catalogue.add("/fonts/shared.woff", Resource(assets.FONT, b"font/woff"))
    for name in ("/img/strip.png", "/img/badge.png"):
        catalogue.add(name, Resource(assets.png(name), b"image/png"))
    catalogue.add("/private/seal.png", Resource(assets.png("seal"), b"image/png"), Wanted.NEVER)
    catalogue.page("/info/1004/5857.htm", "<title>云泽大学</title><p>党建工作部署会。</p>", Wanted.NEVER)
    catalogue.page("/index.htm", "<title>云泽大学</title><p>学校主页。</p>", Wanted.NEVER)
    catalogue.page("/", "<title>云泽大学</title><p>学校主页。</p>", Wanted.NEVER)
    return catalogue
