"""One edition of the portal: all columns, articles and odd pages, in one encoding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Literal
from urllib.parse import quote

from jiucang.sample import assets
from jiucang.sample.blocks import Block, p, table
from jiucang.sample.catalogue import Catalogue, Wanted
from jiucang.sample.columns import COLUMNS, OWNER, Column, children
from jiucang.sample.generated import generated
from jiucang.sample.handwritten import PAPERS
from jiucang.sample.handwritten_faults import FAULTS
from jiucang.sample.handwritten_services import SERVICES
from jiucang.sample.lists import Item, home_page, list_page, parent_page, single_page
from jiucang.sample.model import Article, Attachment
from jiucang.sample.oddpages import HOME_EXTRA, add_odd_pages
from jiucang.sample.replies import Headers, Resource
from jiucang.sample.site import Origins
from jiucang.sample.skins import ELSEWHERE, Place, article_page

EditionName = Literal["main", "gbk"]

HIDDEN = {"zhzl/zzwj.htm": (9901, 9902), "xfgz/xfjb.htm": (9903,), "cwgk.htm": (9904,)}
"""Articles that list pages show in comments only, and that exist nowhere."""

ABROAD = Article(5857, "djgz.htm", "云泽大学召开新学期党建工作部署会", "2014-09-05", ())
"""What a column's chain begins with: an article of the university's other host."""

MISDECLARED, UNDECLARED = 1737, 1733
"""An article that declares gb2312 and is UTF-8; one that declares nothing."""

_SINGLES: dict[str, tuple[Block, ...]] = {
    "csgk/jgsz.htm": (
        p("保卫处与综合治理办公室合署办公，下设五个科室。"),
        table(
            ("科室", "房间", "电话"),
            ("综合科", "101", "6668101"),
            ("治安科", "103", "6668103"),
            ("消防科", "105", "6668105"),
        ),
    ),
    "csgk/lxwm.htm": (p("地址：云泽大学东校区行政楼一层。"), p("值班电话（二十四小时）：6668110。")),
    "zhzl/gljg.htm": (p("学校治安综合治理委员会由分管校领导任主任，委员会办公室设在保卫处。"),),
}


@cache
def articles() -> tuple[Article, ...]:
    """Every article of an edition, hand-written first, ids unique."""
    return (*PAPERS, *FAULTS, *SERVICES, *generated())


@cache
def in_column(column: Column) -> tuple[Article, ...]:
    """A column's articles in the order of its list: the newest first."""
    own = [article for article in articles() if article.column_path == column.path]
    return tuple(sorted(own, key=lambda article: (article.published, article.id), reverse=True))


def chained(column: Column) -> tuple[Article, ...]:
    """Those that 上一条 and 下一条 lead through."""
    return tuple(article for article in in_column(column) if article.found != "onclick")


def listed(column: Column) -> tuple[Article, ...]:
    return tuple(article for article in in_column(column) if article.found != "chain")


def link_path(article: Article, column_alias: bool = False) -> str:
    """The address a list or a neighbour links an article by."""
    by_alias = article.found == "alias" or (column_alias and article.id % 4 == 0 and article.found == "list")
    return article.alias if by_alias else article.path


def neighbours(article: Article) -> tuple[tuple[Article, str] | None, tuple[Article, str] | None]:
    """Previous (newer) and next (older), each with the address the page links."""
    order = chained(article.column)
    if article not in order:
        return None, None
    at = order.index(article)
    ahead = (ABROAD, ELSEWHERE + "/" + ABROAD.path) if article.column_path == "djgz.htm" else None

    def step(to: int) -> tuple[Article, str] | None:
        if not 0 <= to < len(order):
            return ahead if to < 0 else None
        other = order[to]
        by_alias = article.id % 7 == 0 and other.found != "chain"
        return other, other.alias if by_alias else link_path(other)

    return step(at - 1), step(at + 1)


def build_edition(name: EditionName, origins: Origins) -> Catalogue:
    """All files of an edition with what a right crawl does about each."""
    if name == "main":
        catalogue = Catalogue()
    else:
        catalogue = Catalogue(encoding="gbk", content_type=b"text/html", validated=False)
    home = Place("index.htm", origins, charset=declared(name))
    for path, resource in assets.site_assets():
        catalogue.add("/" + path, resource)
    for article in articles():
        _add_article(catalogue, replace(home, path=article.path), article)
    for column in COLUMNS:
        _add_column(catalogue, replace(home, path=column.path), column)
    blocks = [(column, _items(column)[:3]) for column in COLUMNS if column.form == "list"]
    text = home_page(home, blocks, HOME_EXTRA.format(shelf=origins.shelf, gbk=origins.gbk, other=origins.other))
    catalogue.page("/index.htm", text)
    catalogue.twin("/index.htm", "/")
    add_odd_pages(catalogue, name, home)
    return catalogue


def declared(name: EditionName) -> str:
    return "UTF-8" if name == "main" else "gb2312"


def _add_article(catalogue: Catalogue, place: Place, article: Article) -> None:
    previous, following = neighbours(article)
    charset, encoding, header = place.charset, "", b""
    if article.id == MISDECLARED:
        charset, encoding, header = "gb2312", "utf-8", b"text/html"
    elif article.id == UNDECLARED:
        charset, header = "", b"text/html"
    elif catalogue.encoding == "gbk" and article.id % 2:
        header = b"text/html;charset=GBK"
    for path in (article.path, article.alias):
        by_path = path == article.path
        wanted = Wanted.MUST if by_path == (article.found != "alias") else Wanted.MAY
        text = article_page(replace(place, path=path, charset=charset), article, previous, following)
        catalogue.page("/" + path, text, wanted, encoding=encoding, content_type=header)
    script = f"system/resource/code/news/click/dynclicks.jsp?clickid={article.id}&owner={OWNER}&clicktype=wbnews"
    count = Resource(b"%d" % article.clicks, b"text/html;charset=UTF-8")
    catalogue.add("/" + script, count, Wanted.MUST if article.click_path else Wanted.NEVER)
    for one in article.attachments:
        catalogue.add("/" + one.path, _attachment(one, catalogue.encoding))
        catalogue.add(
            f"/system/resource/code/news/click/clicktimes.jsp?wbnewsid={one.file}&owner={OWNER}&type=wbnewsfile&"
            "randomid=nattach",
            Resource(b'{"wbshowtimes":0,"randomid":"nattach"}', b"application/json"),
            Wanted.MAY,
        )
    for image in article.images:
        catalogue.add("/" + image.path, Resource(assets.png(image.path), b"image/png"))
        for path in image.originals:
            catalogue.add("/" + path, Resource(assets.png(path, 48, 32), b"image/png"), Wanted.MAY)
    if article.pdf:
        catalogue.add("/" + article.pdf, Resource(assets.pdf("Key units 2014"), b"application/pdf"))


CAPTCHA = (
    "<html><head><meta charset={charset}><title>请输入验证码</title></head><body><form action='/system/_content"
    "/download.jsp' "
    "method='post'><p>您访问过于频繁，请输入验证码后继续下载。</p><img src='/system/resource/js/filedownload/cr"
    "eateimage.jsp' "
    "alt='验证码'><input name='codeValue'><input type='submit' value='提交'></form></body></html>"
)


def _attachment(one: Attachment, encoding: str) -> Resource:
    """A file with its name as this server writes it, or the captcha that stands in its place."""
    if one.served == "captcha":
        body = CAPTCHA.format(charset=encoding).encode(encoding)
        return Resource(body, f"text/html;charset={encoding.upper()}".encode(), case="captcha")
    names: dict[str, Headers] = {
        "raw-gbk": ((b"Content-Disposition", b'attachment; filename="' + one.name.encode("gbk") + b'"'),),
        "extended": ((b"Content-Disposition", f"attachment; filename*=UTF-8''{quote(one.name)}".encode()),),
        "plain": ((b"Content-Disposition", f'attachment; filename="{one.file}.doc"'.encode()),),
        "none": (),
    }
    body = assets.pdf(f"Attachment {one.file}") if one.media_type == "application/pdf" else assets.office(one.name)
    if one.media_type == "text/plain":
        body = (one.name + "\r\n填报说明：请使用统一表格。\r\n").encode("gbk")
    return Resource(body, one.media_type.encode(), headers=names[one.served])


def _items(column: Column) -> tuple[Item, ...]:
    mixed = column.path in ("zhzl/gzdt.htm", "cwgk.htm", "xfgz/xfzs.htm")
    return tuple((article, link_path(article, mixed)) for article in listed(column))


def hidden_items(column: Column) -> tuple[Item, ...]:
    """What a list shows in comments: addresses where nothing stands."""
    made = []
    for number in HIDDEN.get(column.path, ()):
        article = Article(number, column.path, "（内部）尚未公开的文件", "2014-01-01", ())
        made.append((article, article.path))
    return tuple(made)


def pages_of(column: Column) -> tuple[Sequence[Item], ...]:
    """The visible items of each list page, the newest page first; one page where there is no pager."""
    items = _items(column)
    size = column.page_size if column.pager != "none" else max(len(items), 1)
    return tuple(items[at : at + size] for at in range(0, len(items), size))


def declared_total(column: Column) -> int:
    """What the pager says: hidden items count."""
    return len(listed(column)) + len(HIDDEN.get(column.path, ()))


def _add_column(catalogue: Catalogue, place: Place, column: Column) -> None:
    if column.form == "parent":
        first = children(column)[-1]
        catalogue.page("/" + column.path, parent_page(place, column, _items(first)[:4]))
    elif column.form == "single":
        catalogue.page("/" + column.path, single_page(place, column, _SINGLES[column.path]))
    elif column.form == "list":
        _add_list(catalogue, place, column)


def _add_list(catalogue: Catalogue, place: Place, column: Column) -> None:
    pages = pages_of(column)
    total, hidden = declared_total(column), hidden_items(column)
    for article, _ in hidden:
        catalogue.never("/" + article.path)
        catalogue.never("/" + article.alias)
    for number, items in enumerate(pages, 1):
        path = column.page_path(number, len(pages))
        text = list_page(
            replace(place, path=path), column, items, hidden if number == 1 else (), number, len(pages), total
        )
        catalogue.page("/" + path, text)
