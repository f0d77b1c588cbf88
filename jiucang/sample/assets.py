"""Files that pages need: pictures, style sheets, fonts, scripts, papers. Small, and really what they claim to be."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from jiucang.sample.replies import Resource


def png(seed: str, width: int = 24, height: int = 16) -> bytes:
    """A picture of two colours that depend on the seed.

    >>> png("a")[:8] == b"\\x89PNG\\r\\n\\x1a\\n" and png("a") != png("b")
    True
    """
    mark = zlib.crc32(seed.encode())
    colours = (mark & 0xFFFFFF).to_bytes(3, "big"), (mark >> 8).to_bytes(3, "big")
    rows = b"".join(b"\0" + b"".join(colours[(x + y) // 4 % 2] for x in range(width)) for y in range(height))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def icon(seed: str) -> bytes:
    """An .ico that holds one PNG."""
    image = png(seed, 16, 16)
    return struct.pack("<HHH", 0, 1, 1) + struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 24, len(image), 22) + image


def pdf(text: str) -> bytes:
    """A PDF of one page with a Latin line; offsets in its table are right."""
    stream = b"BT /F1 18 Tf 72 720 Td (" + text.encode("ascii") + b") Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    tail = b"xref\n0 6\n0000000000 65535 f \n%strailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(out) + tail % (table, len(out))


def office(name: str) -> bytes:
    """What an old .doc or .xls begins with, and filler that depends on the name."""
    filler = (name.encode("utf-8") * 64)[:2048]
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + filler


FONT = b"wOFF" + struct.pack(">IIHHIHHIIIII", 0x00010000, 44, 0, 0, 12, 1, 0, 0, 0, 0, 0, 0)
FLASH = b"FWS\x06" + struct.pack("<I", 21) + b"\x78\0\x05\x5f\0\0\x0f\xa0\0\0\x0c\x01\0"
FILM = struct.pack(">I", 24) + b"ftypisom\0\0\x02\0isomiso2" + struct.pack(">I", 8) + b"mdat"

_CSS = """@charset "utf-8";
@import url("base.css");
@import 'print_{skin}.css' print;
.top {{ height: 90px; background-image: url(../images/bg_{skin}.png) }}
.icon {{ font-family: "menuicon"; content: "\\2461" }}
.menu li {{ background: url('../images/dot.png') no-repeat }}
/* .old {{ background: url(../images/never.png) }} */
@font-face {{
  font-family: "menuicon";
  src: url("../fonts/menuicon.woff") format("woff"), url(data:font/woff;base64,d09GRg==)
}}
"""

_BASE = """@import "reset.css";
body { margin: 0; background: #fff url(../images/body.png) }
a { text-decoration: none }
"""

SCRIPT = b"""function ask(url, then) {
  var request = new XMLHttpRequest();
  request.onload = function () { then(request.responseText); };
  request.open("GET", url);
  request.send();
}
function write(place, text) {
  var shown = document.getElementById(place);
  if (shown) shown.innerHTML = text;
}
function _showDynClicks(type, owner, id) {
  var place = "dynclicks_" + type + "_" + id + "_" + Math.floor(Math.random() * 1000);
  document.write('<span id="' + place + '"></span>');
  ask("/system/resource/code/news/click/dynclicks.jsp?clickid=" + id + "&owner=" + owner + "&clicktype=" + type,
    function (answer) { write(place, answer); });
}
function _addDynClicks(type, owner, id) {
  new Image().src = "/system/resource/code/news/click/addclicktimes.jsp?wbnewsid=" + id;
}
function getClickTimes(id, owner, type, where) {
  ask("/system/resource/code/news/click/clicktimes.jsp?wbnewsid=" + id + "&owner=" + owner + "&type=" + type
    + "&randomid=n" + where, function (answer) { write("n" + where + id, JSON.parse(answer).wbshowtimes); });
}
"""

SKINS = ("classic", "crimson", "grey")


def site_assets() -> Iterator[tuple[str, Resource]]:
    """Path without leading slash and file, of everything every edition serves."""
    yield "favicon.ico", Resource(icon("favicon"), b"image/x-icon")
    yield "system/resource/js/dynclicks.js", Resource(SCRIPT, b"application/javascript", chunked=True, gzipped=True)
    yield "css/base.css", Resource(_BASE.encode(), b"text/css")
    yield "css/reset.css", Resource(b"* { padding: 0 }\n", b"text/css")
    yield "fonts/menuicon.woff", Resource(FONT, b"font/woff")
    for skin in SKINS:
        yield f"css/{skin}.css", Resource(_CSS.format(skin=skin).encode(), b"text/css", gzipped=True)
        yield f"css/print_{skin}.css", Resource(b"img { display: none }\n", b"text/css")
        for name in (f"images/top_{skin}.png", f"images/bg_{skin}.png"):
            yield name, Resource(png(name), b"image/png")
    for name in (
        "logo",
        "dot",
        "body",
        "blank",
        "banner",
        "banner@2x",
        "table_bg",
        "cell_bg",
        "route@2x",
        "lazy",
        "button",
    ):
        yield f"images/{name}.png", Resource(png(name), b"image/png")
    yield "flash/banner.swf", Resource(FLASH, b"application/x-shockwave-flash")
    yield "flash/guide.pdf", Resource(pdf("Campus safety guide"), b"application/pdf")
    yield "_mediafile/bwc/2014/fire.mp4", Resource(FILM, b"video/mp4")
