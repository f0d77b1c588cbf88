"""Records and files made by hand, byte by byte, so that each can be made wrong in one place."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from archive.verify.catalogue import Catalogue, check_references
from archive.verify.findings import Findings
from archive.verify.warcs import verify_warcs

DATE = "2014-11-03T02:00:00Z"
PAGE = "<html><title>综治文件</title><p>各部门：</p></html>".encode("gb18030")
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE
REQUEST = b"GET /zzwj.htm HTTP/1.1\r\nHost: bwc.example.edu.cn\r\n\r\n"


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def urn(number: int) -> str:
    return f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>"


@dataclass
class Rec:
    """One record; `fields` override or, with None, take out; every part of its framing can be given."""

    type: str
    number: int
    block: bytes = b""
    fields: dict[str, str | None] = field(default_factory=dict)
    extra: Sequence[str] = ()
    version: str = "WARC/1.1"
    newline: bytes = b"\r\n"
    end: bytes = b"\r\n\r\n"

    def raw(self) -> bytes:
        rows: dict[str, str | None] = {
            "WARC-Type": self.type,
            "WARC-Record-ID": urn(self.number),
            "WARC-Date": DATE,
            "WARC-Target-URI": None if self.type == "warcinfo" else "http://bwc.example.edu.cn/zzwj.htm",
            "WARC-Block-Digest": sha256(self.block),
            "Content-Type": {
                "warcinfo": "application/warc-fields",
                "request": "application/http;msgtype=request",
                "response": "application/http;msgtype=response",
                "revisit": "application/http;msgtype=response",
            }.get(self.type, "text/plain"),
            "Content-Length": str(len(self.block)),
            **self.fields,
        }
        lines = [self.version, *(f"{n}: {v}" for n, v in rows.items() if v is not None), *self.extra, "", ""]
        return self.newline.join(line.encode("utf-8", "surrogateescape") for line in lines) + self.block + self.end


def warcinfo(**options: object) -> Rec:
    return Rec("warcinfo", 1, b"software: by hand\r\n", **options)  # type: ignore[arg-type]


def request(**options: object) -> Rec:
    options = {"block": REQUEST, "fields": {"WARC-Concurrent-To": urn(3)}} | options
    return Rec("request", 2, **options)  # type: ignore[arg-type]


def response(block: bytes = RESPONSE, payload: str | None = None, **fields: str | None) -> Rec:
    body = block.partition(b"\r\n\r\n")[2]
    return Rec("response", 3, block, {"WARC-Payload-Digest": payload or sha256(body)} | fields)


def packed(*records: Rec | bytes) -> bytes:
    """A gzip member each."""
    raws = [item if isinstance(item, bytes) else item.raw() for item in records]
    return b"".join(gzip.compress(raw, mtime=0) for raw in raws)


def plain(*records: Rec | bytes) -> bytes:
    return b"".join(item if isinstance(item, bytes) else item.raw() for item in records)


@dataclass(frozen=True)
class Made:
    """What the tests make files of."""

    rec = Rec
    warcinfo = staticmethod(warcinfo)
    request = staticmethod(request)
    response = staticmethod(response)
    packed = staticmethod(packed)
    plain = staticmethod(plain)
    sha256 = staticmethod(sha256)
    sha1 = staticmethod(sha1)
    urn = staticmethod(urn)


@pytest.fixture
def made() -> Made:
    return Made()


Verify = Callable[..., Findings]


@pytest.fixture
def verify(tmp_path: Path) -> Verify:
    """`verify(*files)`: the findings of WARC files taken as one set; bytes are written to one first."""
    counter = Counter[str]()

    def run(*files: bytes | Path) -> Findings:
        counter["runs"] += 1
        paths = []
        for file in files:
            path = file
            if isinstance(path, bytes):
                path = tmp_path / f"made-{counter['runs']}-{len(paths)}.warc"
                path.write_bytes(file)  # type: ignore[arg-type]
            paths.append(path)
        found = Findings()
        catalogue = Catalogue(tmp_path / f"records-{counter['runs']}.db")
        verify_warcs(paths, catalogue, found)
        check_references(catalogue, found)
        catalogue.close()
        return found

    return run
