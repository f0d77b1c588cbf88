"""The synthetic portal: deterministic pages in the markup of a VSB site, and who links to whom.

Pages are numbered. Page 0 is the index; after it come blocks of twenty: one list page and the nineteen
articles it lists. Blocks are dealt to the columns in turn, so the list pages of a column form a chain
behind its pager. Every page links to the index and to each column, so the whole site hangs together
whatever its size. A page is `PAGE_BYTES` long and leads to `LINKS` distinct other pages (to all of them
in a site smaller than that); its breadcrumb names two addresses again.

No page names an image, a style sheet, a script file or a click counter: each contestant has exactly the
same requests to make.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from itertools import islice

PAGE_BYTES = 25_000
LINKS = 50
BLOCK = 20

_COLUMNS = (
    ("xwdt", "新闻动态"),
    ("tzgg", "通知公告"),
    ("zcfg", "政策法规"),
    ("zhzl", "综合治理"),
    ("xfaq", "消防安全"),
    ("jtgl", "交通管理"),
    ("hzgl", "户籍管理"),
    ("xyjw", "校园警务"),
    ("aqjy", "安全教育"),
    ("zbap", "值班安排"),
    ("bszn", "办事指南"),
    ("xzzx", "下载中心"),
)

_VOCABULARY = """
各单位 各部门 学校 校园 师生员工 安全 稳定 检查 隐患 整改 落实 责任 制度 会议 精神 根据 要求 关于 通知
消防 交通 治安 值班 节日 假期 宿舍 实验室 食堂 教室 图书馆 车辆 通行 登记 管理 办法 规定 实施 细则 考核
组织 开展 宣传 教育 培训 演练 活动 志愿者 辅导员 班主任 学生 教职工 家属 居民 来访人员 施工单位 物业 公司
认真 全面 及时 切实 进一步 逐步 统一 重点 首先 其次 此外 同时 目前 今后 近期 年底 学期 季度 每周 每日
加强 完善 提高 推进 建立 健全 排查 清理 整治 巡逻 监控 报警 应急 预案 处置 上报 反馈 总结 通报 表彰
领导小组 办公室 保卫处 后勤处 学生处 教务处 宣传部 工会 团委 二级学院 派出所 社区 街道 消防队 医院
防火 防盗 防骗 防汛 防疫 用电 用气 用水 危险品 化学品 电动车 快递 网络 贷款 电信 诈骗 警惕 举报 电话
材料 名单 附件 表格 盖章 签字 纸质版 电子版 邮箱 截止 逾期 联系人 地点 时间 内容 范围 对象 步骤 方式
务必 严禁 不得 应当 可以 由 对 并 及 将 已 在 和 与 为 从 向 按照 结合 针对 围绕 通过 经 请 予以 给予
"""
_WORDS = _VOCABULARY.split()

_STYLE = """<style type="text/css">
body,div,ul,li,p,h1,h2,h3,form,table,td{margin:0;padding:0}
body{font:12px/1.8 "宋体",SimSun,Arial,sans-serif;color:#333;background:#f4f6f9}
a{color:#2b4d7d;text-decoration:none}a:hover{color:#c00;text-decoration:underline}
ul{list-style:none}.wrap{width:1000px;margin:0 auto;background:#fff;overflow:hidden}
.top{height:120px;background:#14457e;color:#fff}.top h2{font-size:28px;padding:36px 0 0 40px}
.nav{height:38px;background:#0d3260}.nav li{float:left;padding:0 12px;line-height:38px}.nav a{color:#fff}
.path{height:32px;line-height:32px;border-bottom:1px solid #d8dfe8;padding-left:14px}
.main{float:left;width:700px;padding:16px}.side{float:right;width:230px;padding:16px 10px}
.title{font-size:20px;text-align:center;color:#14457e;padding:14px 0}
.meta{text-align:center;color:#888;border-bottom:1px dashed #ccc;padding-bottom:8px}
.v_news_content p{text-indent:2em;font-size:14px;line-height:2;margin:8px 0}
.list li{height:auto;border-bottom:1px dotted #ccc;padding:6px 0}.list span{float:right;color:#999}
.side h3{font-size:14px;border-left:4px solid #14457e;padding-left:8px;margin:10px 0}
.pager{text-align:center;padding:14px}.foot{clear:both;text-align:center;background:#e9edf3;padding:18px}
</style>
<script language="javascript" type="text/javascript">
function showDate(){var d=new Date(),w=["日","一","二","三","四","五","六"];
return d.getFullYear()+"年"+(d.getMonth()+1)+"月"+d.getDate()+"日 星期"+w[d.getDay()];}
function fontSize(n){var e=document.getElementById("vsb_content");if(e){e.style.fontSize=n+"px";}}
function checkSearch(f){if(f.keyword.value==""){alert("请输入检索词");f.keyword.focus();return false;}return true;}
</script>
"""

_FOOT = """<div class="foot"><p>版权所有 某某大学保卫处 地址：某某市某某路一号 邮编：000000</p>
<p>值班电话：0000-0000110 建议使用 1024×768 以上分辨率浏览本站</p></div></div></body></html>
"""


@dataclass(frozen=True, slots=True)
class Portal:
    """A site of `pages` pages; paths begin with `/`, pages are UTF-8 bytes.

    >>> portal = Portal(300)
    >>> portal.path(0), portal.path(1), portal.path(2), portal.path(241)
    ('/index.htm', '/xwdt.htm', '/info/1001/2.htm', '/xwdt/1.htm')
    >>> seen, queue = {0}, [0]
    >>> for page in queue:
    ...     fresh = [target for target in portal.targets(page) if target not in seen]
    ...     seen.update(fresh); queue.extend(fresh)
    >>> len(seen)
    300
    >>> {len(set(portal.targets(page))) for page in range(300)}
    {50}
    >>> {len(portal.render(page)) for page in range(300)}
    {25000}
    """

    pages: int

    def path(self, page: int) -> str:
        """The page's path, as VSB names it: list pages number backwards, articles stand under info/TREE/."""
        if page == 0:
            return "/index.htm"
        block, place = divmod(page - 1, BLOCK)
        column, turn = block % len(_COLUMNS), block // len(_COLUMNS)
        if place:
            return f"/info/{1001 + column}/{page}.htm"
        name = _COLUMNS[column][0]
        return f"/{name}/{self._list_pages(column) - turn}.htm" if turn else f"/{name}.htm"

    def targets(self, page: int) -> list[int]:
        """The pages it links to: itself excluded, no page twice, navigation first."""
        wanted = [0, *self._landings(), *self._neighbours(page)]
        filler = random.Random(page)
        wanted += filler.sample(range(self.pages), min(self.pages, 2 * LINKS))
        distinct = dict.fromkeys(target for target in wanted if target != page)
        return list(islice(distinct, LINKS))

    def render(self, page: int) -> bytes:
        words = random.Random(f"prose {page}")
        targets = self.targets(page)
        fixed = 1 + len(self._landings()) - (page in {0, *self._landings()})
        up = "../" * (self.path(page).count("/") - 1)
        menu = "".join(f'<li><a href="{up}{self.path(t)[1:]}">{self._label(t)}</a></li>\n' for t in targets[:fixed])
        neighbours = self._neighbours(page)
        content = [t for t in targets[fixed:] if t in neighbours]
        aside = "".join(_item(up + self.path(t)[1:], _title(t), t) for t in targets[fixed:] if t not in neighbours)
        label = self._label(page)
        head = (
            '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
            '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
            '<html xmlns="http://www.w3.org/1999/xhtml"><head>\n'
            f'<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />\n'
            f"<title>{label}-某某大学保卫处</title>\n"
            f'<meta name="keywords" content="某某大学,保卫处,{label}" />\n{_STYLE}</head>\n'
            f'<body><div class="wrap"><div class="top"><h2>某某大学保卫处</h2></div>\n<ul class="nav">{menu}</ul>\n'
        )
        before, after = self._frame(page, content, up)
        tail = f'{after}</div>\n<div class="side"><h3>热点文章</h3><ul class="list">{aside}</ul></div>\n{_FOOT}'
        room = PAGE_BYTES - len((head + before + tail).encode())
        return (head + before + _prose(words, room) + tail).encode().ljust(PAGE_BYTES, b"\n")

    def _frame(self, page: int, content: list[int], up: str) -> tuple[str, str]:
        """What stands before and after the page's running text, in its main column."""
        if page == 0:
            return '<div class="main"><div class="intro">', "</div>"
        block, place = divmod(page - 1, BLOCK)
        column = block % len(_COLUMNS)
        landing = f"{up}{_COLUMNS[column][0]}.htm"
        path = (
            f'<div class="path">当前位置：<a href="{up}index.htm">首页</a> &gt;&gt; '
            f'<a href="{landing}">{_COLUMNS[column][1]}</a>'
        )
        if place:
            before = (
                f'{path} &gt;&gt; 正文</div>\n<div class="main"><form name="_newscontent_fromname">\n'
                f'<div class="title">{_title(page)}</div>\n<div class="meta">来源：保卫处&nbsp;&nbsp;'
                f"发布时间：{_date(page)}&nbsp;&nbsp;点击：[{page * 7 % 3001}]</div>\n"
                '<div id="vsb_content"><div class="v_news_content">\n'
            )
            return before, f"</div></div>\n{self._chain(page, content, up)}</form>"
        items = "".join(_item(up + self.path(t)[1:], _title(t), t) for t in content if (t - 1) % BLOCK)
        more = [t for t in content if (t - 1) % BLOCK == 0]
        total, turn = self._list_pages(column), block // len(_COLUMNS)
        pager = "".join(
            f'<a href="{up}{self.path(t)[1:]}" class="Next">下页</a>'
            if t > page
            else f'<a href="{up}{self.path(t)[1:]}" class="Prev">上页</a>'
            for t in more
        )
        before = (
            f'{path}</div>\n<div class="main"><ul class="list">{items}</ul>\n<div class="pager"><table><tr>'
            f'<td id="fanye">共{total * (BLOCK - 1)}条 {turn + 1}/{total}</td><td>{pager}</td></tr></table></div>\n'
            '<div class="note">\n'
        )
        return before, "</div>"

    def _chain(self, page: int, content: list[int], up: str) -> str:
        def link(target: int) -> str:
            if target not in content:
                return "没有了"
            return f'<a href="{up}{self.path(target)[1:]}">{_title(target)}</a>'

        return f'<p class="chain">上一条：{link(page - 1)}</p>\n<p class="chain">下一条：{link(page + 1)}</p>'

    def _landings(self) -> range:
        """The first list page of each column."""
        return range(1, min(self.pages, 1 + BLOCK * len(_COLUMNS)), BLOCK)

    def _neighbours(self, page: int) -> list[int]:
        """What a list page lists and its pager leads to; the articles before and after an article."""
        if page == 0:
            return []
        first = page - (page - 1) % BLOCK
        end = min(first + BLOCK, self.pages)
        if page != first:
            return [other for other in (page - 1, page + 1) if first < other < end]
        stride = BLOCK * len(_COLUMNS)
        pager = [other for other in (page - stride, page + stride) if 0 < other < self.pages]
        return [*range(first + 1, end), *(other for other in pager if other not in self._landings())]

    def _list_pages(self, column: int) -> int:
        blocks = -(-(self.pages - 1) // BLOCK)
        return -(-(blocks - column) // len(_COLUMNS))

    def _label(self, page: int) -> str:
        if page == 0:
            return "首页"
        block, place = divmod(page - 1, BLOCK)
        return _title(page) if place else _COLUMNS[block % len(_COLUMNS)][1]


def _item(href: str, title: str, page: int) -> str:
    return f'<li><span>{_date(page)}</span><a href="{href}" target="_blank" title="{title}">{title}</a></li>\n'


@cache
def _title(page: int) -> str:
    return "关于" + "".join(random.Random(page).choices(_WORDS, k=7)) + f"的通知（{page}）"


def _date(page: int) -> str:
    return f"{2008 + page * 13 % 9}-{1 + page * 7 % 12:02}-{1 + page * 11 % 28:02}"


def _prose(words: random.Random, room: int) -> str:
    """Paragraphs as an office program leaves them: at most `room` bytes in UTF-8, and little less."""
    opening = (
        '<p style="line-height: 2em; text-indent: 2em;"><span style="font-size: 16px; font-family: 宋体, SimSun;">'
    )
    closing = "。</span></p>\n"
    markup = len((opening + closing).encode())
    paragraphs: list[str] = []
    while (space := (room - markup) // 3) > 0:
        sentences = ("".join(words.choices(_WORDS, k=words.randint(6, 14))) for _ in range(words.randint(2, 5)))
        paragraphs.append(opening + "，".join(sentences)[:space] + closing)
        room -= len(paragraphs[-1].encode())
    return "".join(paragraphs)
