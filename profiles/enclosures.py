"""What an article encloses: attachments, images of its text, PDFs and videos shown in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from archive.urls import BadUrl, request_url
from profiles.model import Profile
from profiles.page import Page
from profiles.visible import Line

_FILE = re.compile(r"\.(?:docx?|xlsx?|pptx?|pdf|wps|et|rar|zip|7z|ofd|rtf|csv|txt|caj)(?:$|[?#&])", re.IGNORECASE)
_FILE_NAME = re.compile(r"\w\.(?:docx?|xlsx?|pptx?|pdf|wps|et|rar|zip|7z|ofd|rtf|csv|caj)[\s)）】\]]*$", re.IGNORECASE)
_MAX_SUFFIX = 20
_IMAGE = re.compile(r"\.(?:jpe?g|png|gif|bmp|webp)$", re.IGNORECASE)
_LISTING = re.compile(
    r"(?:相关|点击|本文)?附\s*件(?:下载|列表)?\s*[\d一二三四五六七八九十]{0,3}|已?下载(?:次数)?|点击(?:下载|查看)|下载|次|"
    r"[\s\d:：【】\[\]()（）.、，,;；*·•\-_]+"
)
_LISTING_LABEL = re.compile(r"(?:相关|本文)?附\s*件(?:下载|列表)?\s*[:：]?")
_IN_SCRIPT = re.compile(r"['\"]\s*((?:https?:/)?/[^\s'\"\\]+|\.{1,2}/[^\s'\"\\]+)")
_PDF_FRAME = re.compile(r"showVsbpdfIframe\(\s*[\"']([^\"']+)")
_MEDIA = (
    ("video, vsbvideo, source, embed", ("vurl", "src")),
    ("[pdfsrc]", ("pdfsrc",)),
    ("object", ("data",)),
    ("iframe", ("src",)),
)
_MAX_REFERENCE = 4096
_LAZY = ("data-src", "data-original", "original", "data-lazyload", "src", "orisrc")


@dataclass(frozen=True, slots=True)
class Resource:
    """Something an article refers to; `name` as the page shows it, None where it shows none."""

    name: str | None
    url: str


@dataclass(slots=True)
class Enclosures:
    """`listing` are ids of links that are attachments."""

    attachments: tuple[Resource, ...] = ()
    images: tuple[Resource, ...] = ()
    media: tuple[Resource, ...] = ()
    listing: frozenset[int] = field(default_factory=frozenset)

    def without_listing(self, lines: Sequence[Line]) -> tuple[str, ...]:
        """The texts of the lines that are no attachment block: its rows, and a bare 附件： above or below one."""
        rows = [self._is_listing(line) for line in lines]
        kept = []
        for index, line in enumerate(lines):
            beside = any(rows[max(0, index - 1) : index + 2])
            if not rows[index] and not (beside and _LISTING_LABEL.fullmatch(line.text)):
                kept.append(line.text)
        return tuple(kept)

    def _is_listing(self, line: Line) -> bool:
        """Whether a line shows nothing but attachments: links, 附件, counters, punctuation."""
        if not any(link.node.mem_id in self.listing for link in line.links):
            return False
        rest, at = [], 0
        for link in sorted(line.links, key=lambda link: link.start):
            rest.append(line.text[at : link.start])
            at = max(at, link.end)
            if link.node.mem_id not in self.listing:
                rest.append(line.text[link.start : link.end])
        rest.append(line.text[at:])
        return not _LISTING.sub("", "".join(rest))


def read_enclosures(page: Page, profile: Profile, body: LexborNode | None, after: Sequence[Line]) -> Enclosures:
    """Attachments linked in the body and in the lines after it, images and media of the body."""
    if body is None:
        return Enclosures()
    anchors = [*body.css("a[href]"), *(link.node for line in after for link in line.links)]
    names: dict[str, str | None] = {}
    listing: set[int] = set()
    for anchor in anchors:
        url = _resolve(_reference(anchor), page) if leads_to_file(anchor, profile) else None
        if url is None:
            continue
        listing.add(anchor.mem_id)
        names[url] = names.get(url) or _name(anchor)
    media = _media(page, body)
    for url, name in media.items():
        if url.lower().partition("?")[0].endswith(".pdf"):
            names.setdefault(url, name)
    return Enclosures(
        tuple(Resource(name or _file_name(url), url) for url, name in names.items()),
        tuple(_images(page, profile, body)),
        tuple(Resource(name, url) for url, name in media.items()),
        frozenset(listing),
    )


def leads_to_file(anchor: LexborNode, profile: Profile) -> bool:
    """Whether a link looks like an attachment's: by its suffix or that of the name it shows, or by what the profile
    says of such addresses."""
    reference = _reference(anchor)
    if not reference:
        return False
    if (_FILE.search(reference) is not None and not _IMAGE.search(reference)) or "sudyfile-attr" in anchor.attributes:
        return True
    if _FILE_NAME.search((anchor.text() or "")[-_MAX_SUFFIX:]) is not None and not reference.startswith("#"):
        return True
    return profile.compiled.attachments.search(reference)


def _reference(anchor: LexborNode) -> str:
    """What a link leads to, of a script link the address that it names first; empty where none is an address."""
    reference = (anchor.attributes.get("href") or "").strip()
    if len(reference) > _MAX_REFERENCE:
        return ""
    if reference[:11].lower() != "javascript:":
        return reference
    named = _IN_SCRIPT.search(unquote(reference))
    return named[1] if named else ""


def _images(page: Page, profile: Profile, body: LexborNode) -> Iterable[Resource]:
    decoration = [re.compile(pattern) for pattern in profile.article.images_not]
    seen: set[str] = set()
    for node in body.css("img"):
        attributes = node.attributes
        reference = next(
            (
                value
                for name in _LAZY
                if (value := (attributes.get(name) or "").strip()) and not value.startswith("data:")
            ),
            "",
        )
        url = _resolve(reference, page) if reference else None
        if url is None or url in seen or any(pattern.search(url) for pattern in decoration):
            continue
        seen.add(url)
        yield Resource((attributes.get("title") or attributes.get("alt") or "").strip() or None, url)


def _media(page: Page, body: LexborNode) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for selector, names in _MEDIA:
        for node in body.css(selector):
            attributes = node.attributes
            reference = next((value for name in names if (value := attributes.get(name))), None)
            url = _resolve(reference.strip(), page) if reference else None
            if url is not None and (selector != "iframe" or ".pdf" in url.lower()):
                found.setdefault(url, _sudy_title(attributes.get("sudyfile-attr")))
    for script in body.css("script"):
        for match in _PDF_FRAME.finditer(script.text() or ""):
            url = _resolve(match[1], page)
            if url is not None:
                found.setdefault(url, None)
    return found


def _sudy_title(attribute: str | None) -> str | None:
    match = re.search(r"""['"]title['"]\s*:\s*['"]([^'"]+)""", attribute or "")
    return match[1] if match else None


def _name(anchor: LexborNode) -> str | None:
    text = re.sub(r"\s+", " ", anchor.text() or "").strip()
    return text or (anchor.attributes.get("title") or "").strip() or _sudy_title(anchor.attributes.get("sudyfile-attr"))


def _file_name(url: str) -> str | None:
    name = unquote(url.partition("?")[0].rpartition("/")[2])
    return name if _FILE.search(name) else None


def _resolve(reference: str, page: Page) -> str | None:
    try:
        return request_url(reference, page.base_url, page.encoding)
    except BadUrl:
        return None
