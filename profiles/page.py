"""A page: decoded once, parsed once, when first asked for its tree."""

from __future__ import annotations

import re
from functools import cached_property

from selectolax.lexbor import LexborHTMLParser

from archive.urls import BadUrl, request_url
from profiles.decoding import Decoding, decode
from profiles.nesting import thin_out

MAX_BYTES = 8 * 1024 * 1024
"""What lies beyond is not read: the longest real page of the sample has 1.1 MB."""

_SCRIPT_OR_COMMENT = re.compile(r"<(?:!--.*?(?:-->|\Z)|script(?=[\s/>]).*?(?:</script|\Z))", re.S | re.I)


class Page:
    """An HTML page at `url` (a request_url). Text and tree are made when first used, and then kept.

    Not thread-safe (the tree is not).
    """

    def __init__(self, url: str, decoding: Decoding, *, truncated: bool = False) -> None:
        self.url = url
        self.decoding = decoding
        self.truncated = truncated
        """Whether something of the page is missing: it broke off, or was longer than `MAX_BYTES`."""

    @classmethod
    def parse(cls, payload: bytes, url: str, content_type: str | None = None, *, complete: bool = True) -> Page:
        """The page in `payload` (content-decoded bytes). `content_type` is the HTTP header's value;
        `complete` is False where the payload broke off. Never raises for anything in the payload."""
        if len(payload) > MAX_BYTES:
            payload, complete = payload[:MAX_BYTES], False
        return cls(url, decode(payload, content_type, complete=complete), truncated=not complete)

    @property
    def text(self) -> str:
        """The page's source."""
        return self.decoding.text

    @property
    def encoding(self) -> str:
        """As `request_url` wants it, for links with characters outside ASCII.

        Browsers read `gb2312` and `gbk` as GB18030 but write them as GBK, which lacks its four-byte codes.
        """
        used, declared = self.decoding.used, self.decoding.declared
        return "gbk" if used == "gb18030" and declared != "gb18030" else used

    @cached_property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(thin_out(self.decoding.text))

    @cached_property
    def base_url(self) -> str:
        """What the page's links are resolved against: `<base href>` where it names one, else `url`."""
        if "<base" not in self.text and "<BASE" not in self.text:
            return self.url
        node = self.tree.css_first("base[href]")
        reference = node.attributes.get("href") if node is not None else None
        if not reference:
            return self.url
        try:
            return request_url(reference, self.url, self.encoding)
        except BadUrl:
            return self.url

    @cached_property
    def visible_text(self) -> str:
        """The body's text as it stands, without scripts and styles. (Whether CSS hides it is not known.)"""
        body = self.tree.body
        if body is None:
            return ""
        text, parts, at = body.text(), [], 0
        for node in body.css("script, style, textarea"):
            hidden = node.text()
            start = text.find(hidden, at)
            if start < 0:
                break
            parts.append(text[at:start])
            at = start + len(hidden)
        return "".join(parts) + text[at:]

    @cached_property
    def live_source(self) -> str:
        """The source without its HTML comments. What stands between `<!--` and `-->` in a script is
        script, and stays."""
        if "<!--" not in self.text:
            return self.text
        return _SCRIPT_OR_COMMENT.sub(lambda found: "" if found[0].startswith("<!--") else found[0], self.text)
