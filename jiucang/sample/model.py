"""Articles of the sample, before they are printed in a skin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jiucang.sample.blocks import Block, Line
from jiucang.sample.columns import BY_PATH, OWNER, Column

Shown = Literal["script", "printed", "rendered", "comment", "none"]
"""How a page shows its clicks: asked by a script; a number in the HTML; both, as saved after
rendering; by a script that stands in a comment; not at all."""

Served = Literal["raw-gbk", "extended", "plain", "captcha", "none"]
"""How the server names an attachment: in raw GBK, by `filename*`, in ASCII, not at all; or a captcha in its place."""

Found = Literal["list", "chain", "onclick", "alias"]
"""What leads to an article: its list; only its neighbours; only an `onclick`; only a `content.jsp` link."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of an article. `name` is what the page prints, `served` how the server names it."""

    file: str
    name: str
    media_type: str = "application/msword"
    served: Served = "plain"

    @property
    def path(self) -> str:
        return f"system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner={OWNER}&wbfileid={self.file}"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of an article's content; `path` without the leading slash."""

    path: str
    alt: str = ""
    originals: tuple[str, ...] = ()
    """Other files that only `orisrc` and `vurl` name, which no browser asks for."""


@dataclass(frozen=True, slots=True)
class Article:
    """One document. Dates are the portal's local time: `published` as in the row (ISO, as precise as printed)."""

    id: int
    column_path: str
    title: str
    published: str
    body: tuple[Block, ...]
    source: str = ""
    author: str = ""
    clicks: int = 0
    shown: Shown = "script"
    found: Found = "list"
    document_number: str | None = None
    document_date: str | None = None
    issuers: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    images: tuple[Image, ...] = ()
    pdf: str = ""
    variant: int = 0
    """Which of its skin's meta lines and body containers the page has."""

    @property
    def column(self) -> Column:
        return BY_PATH[self.column_path]

    @property
    def path(self) -> str:
        return f"info/{self.column.tree}/{self.id}.htm"

    @property
    def alias(self) -> str:
        return f"content.jsp?urltype=news.NewsContentUrl&wbtreeid={self.column.tree}&wbnewsid={self.id}"

    @property
    def click_path(self) -> str:
        """The counter as the page's script asks it; empty where no script asks."""
        if self.shown not in ("script", "rendered"):
            return ""
        return f"system/resource/code/news/click/dynclicks.jsp?clickid={self.id}&owner={OWNER}&clicktype=wbnews"

    @property
    def known_clicks(self) -> int | None:
        return None if self.shown in ("comment", "none") else self.clicks

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for block in self.body for line in block.lines)
