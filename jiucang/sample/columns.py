"""The columns of the sample site: the menu, their pagers, their skins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Skin = Literal["classic", "crimson", "grey"]
Pager = Literal["fanye", "numbers", "form", "none"]
Form = Literal["list", "parent", "single", "refresh", "script", "frames"]

UNIVERSITY = "云泽大学"
OFFICE = "云泽大学保卫处（综合治理办公室）"
OWNER = 1412614994
"""The portal's number in its own scripts."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `path` is its first page; `tree` its number in article addresses."""

    path: str
    label: str
    tree: int
    form: Form = "list"
    skin: Skin = "classic"
    pager: Pager = "none"
    parent: str = ""
    page_size: int = 5

    @property
    def stem(self) -> str:
        return self.path.removesuffix(".htm")

    def page_path(self, number: int, pages: int) -> str:
        """The address of list page `number` (1 is the newest); later pages are numbered backwards."""
        if number == 1:
            return self.path
        if self.pager == "form":
            return f"list.jsp?totalpage={pages}&PAGENUM={number}&urltype=tree.TreeTempUrl&wbtreeid={self.tree}"
        return f"{self.stem}/{pages - number + 1}.htm"


COLUMNS: tuple[Column, ...] = (
    Column("csgk.htm", "处室概况", 1001, "parent"),
    Column("csgk/jgsz.htm", "机构设置", 1002, "single", parent="csgk.htm"),
    Column("csgk/lxwm.htm", "联系我们", 1003, "single", "grey", parent="csgk.htm"),
    Column("djgz.htm", "党建工作", 1004, skin="crimson"),
    Column("zcfg.htm", "政策法规", 1005, "parent", "crimson"),
    Column("zcfg/gjfg.htm", "国家法规", 1006, skin="crimson", parent="zcfg.htm"),
    Column("zcfg/xxzd.htm", "学校制度", 1007, skin="crimson", parent="zcfg.htm"),
    Column("zhzl.htm", "综合治理", 1010, "parent"),
    Column("zhzl/gljg.htm", "管理机构", 1011, "single", parent="zhzl.htm"),
    Column("zhzl/zzwj.htm", "综治文件", 1012, pager="fanye", parent="zhzl.htm"),
    Column("zhzl/gzdt.htm", "工作动态", 1013, pager="fanye", parent="zhzl.htm"),
    Column("xfgz.htm", "消防工作", 1020, "parent", "grey"),
    Column("xfgz/xfzs.htm", "消防知识", 1021, skin="grey", parent="xfgz.htm"),
    Column("xfgz/xfjb.htm", "消防简报", 1022, skin="grey", pager="numbers", parent="xfgz.htm"),
    Column("fwzn.htm", "服务指南", 1030, "parent", "grey"),
    Column("fwzn/hjbl.htm", "户籍办理", 1031, skin="grey", parent="fwzn.htm"),
    Column("fwzn/cltx.htm", "车辆通行", 1032, skin="grey", parent="fwzn.htm"),
    Column("aqjy.htm", "安全教育", 1040, skin="grey", pager="numbers"),
    Column("aqya.htm", "安全预案", 1050, skin="crimson"),
    Column("swzl.htm", "失物招领", 1060, skin="classic", pager="form"),
    Column("cwgk.htm", "处务公开", 1070, skin="crimson"),
    Column("tzgg.htm", "通知公告", 1080, skin="classic", pager="fanye"),
    Column("bzjl.htm", "表彰奖励", 1085, skin="crimson"),
    Column("xzzx.htm", "下载中心", 1086, skin="grey"),
    Column("wsbg.htm", "网上办公", 1090, "refresh"),
    Column("xy110.htm", "校园110", 1091, "script"),
    Column("jbhg.htm", "旧版回顾", 1092, "frames"),
)

BY_PATH = {column.path: column for column in COLUMNS}


def children(parent: Column) -> tuple[Column, ...]:
    return tuple(column for column in COLUMNS if column.parent == parent.path)


def trail(column: Column) -> tuple[Column, ...]:
    """The columns from the top of the menu down to this one."""
    above = BY_PATH.get(column.parent)
    return (*(trail(above) if above else ()), column)
