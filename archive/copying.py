"""Copies of WARC files in which some records are left out or changed; every other byte is the original's.

A record that stays is never inflated and compressed again: its gzip member is copied as it is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Literal

from isal import isal_zlib

from archive.fields import NamedFields
from archive.input import Damaged
from archive.members import GZIP_MAGIC, Member, members
from archive.reader import MAX_HEAD, Fault, Record
from archive.skim import Skimmed, skim
from archive.warc import END, RecordDraft, head
from archive.zst import begins_zstd

_COPY = 1024 * 1024
_LEVEL = 2
_GZIP = 31


class NotCopied(ValueError):
    """A file in which records cannot be told apart, so that none can be left out. `fault` says where and why."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(f"{fault.where}: {fault.code}: {fault.detail}")


@dataclass(frozen=True)
class Span:
    """A record from byte `offset` of its file up to `end`, where the next one begins.

    `alone` is False where it shares its gzip member with others; such a record has fields only.
    """

    path: Path
    offset: int
    end: int
    found: Skimmed | Record

    @property
    def alone(self) -> bool:
        return self.found.length > 0

    @cached_property
    def fields(self) -> NamedFields:
        if isinstance(self.found, Record):
            return self.found.fields
        return NamedFields.parse(self.found.head.decode("utf-8", "replace").split("\n")[1:])

    @property
    def block_length(self) -> int:
        return self.found.block_length

    @cached_property
    def head(self) -> bytes:
        """Version line, fields and blank line. Raises OSError or `Damaged`."""
        if isinstance(self.found, Skimmed):
            return self.found.head
        with self.path.open("rb") as file:
            return _take_head(self._member(file))

    def block(self) -> Iterator[bytes]:
        """The block in pieces. Raises OSError or `Damaged`."""
        with self.path.open("rb") as file:
            member = self._member(file)
            _take_head(member)
            yield from member.pieces(self.block_length)

    def _member(self, file: BinaryIO) -> Member:
        member = next(members(file, self.offset))
        member.skip_newlines()
        return member


@dataclass(frozen=True, slots=True)
class Replacement:
    """A record's new head, blank line included, and its new block; None where the block stays."""

    head: bytes
    block: bytes | None = None


Edit = Literal["stays", "goes"] | Replacement


@dataclass(slots=True)
class Copied:
    """What `copy_warc` did: records that went and that were changed, and where the others stand now."""

    left_out: int = 0
    changed: int = 0
    _ends: list[int] = field(default_factory=list)
    _shifts: list[int] = field(default_factory=list)
    _lengths: dict[int, int] = field(default_factory=dict)

    def place(self, offset: int, length: int) -> tuple[int, int]:
        """Offset and length in the copy of a record that stayed or was changed, by those it had."""
        at = bisect_right(self._ends, offset)
        return offset + (self._shifts[at - 1] if at else 0), self._lengths.get(offset, length)

    def note(self, span: Span, length: int, *, gone: bool) -> None:
        """A record now takes *length* bytes, none where it is gone."""
        before = self._shifts[-1] if self._shifts else 0
        self._ends.append(span.end)
        self._shifts.append(before + length - (span.end - span.offset))
        if gone:
            self.left_out += 1
        else:
            self.changed += 1
            self._lengths[span.offset] = length


def spans(path: Path) -> Iterator[Span]:
    """Every record of a file, in order. Raises `NotCopied` at damage, after which nothing is certain; OSError."""
    size = path.stat().st_size
    before: Skimmed | Record | None = None
    for found in skim(path):
        if isinstance(found, Fault):
            raise NotCopied(found)
        if before is not None:
            yield Span(path, before.offset, found.offset, before)
        before = found
    if before is not None:
        yield Span(path, before.offset, size, before)


def copy_warc(
    path: Path, out: Path, edit: Callable[[Span], Edit], last: Callable[[Copied], RecordDraft]
) -> Copied | None:
    """Copies *path* to *out* with every record as *edit* has it, and the record *last* at its end.

    None, and no file, where every record stays. Raises `NotCopied` where a record that is to go or to be
    changed shares its gzip member with others, or where the file is damaged or Zstandard's; OSError.
    """
    copied = Copied()
    done = 0
    with path.open("rb") as source, ExitStack() as stack:
        target: BinaryIO | None = None
        compressed, zstandard = source.read(2) == GZIP_MAGIC, begins_zstd(source)
        for span in spans(path):
            wanted = edit(span)
            if wanted == "stays":
                continue
            if not span.alone:
                why = "is to be left out or changed, but shares its gzip member with other records"
                raise NotCopied(Fault("bad-field", path.name, span.offset, why))
            if target is None and zstandard:
                why = "a record is to be left out or changed, and files compressed by Zstandard are only read here"
                raise NotCopied(Fault("bad-zstd", path.name, span.offset, why))
            if target is None:
                target = stack.enter_context(out.open("xb"))
            _copy_range(source, target, done, span.offset)
            begun = target.tell()
            if isinstance(wanted, Replacement):
                target.writelines(_record(wanted.head, _block(wanted, span), compressed))
            copied.note(span, target.tell() - begun, gone=wanted == "goes")
            done = span.end
        if target is None:
            return None
        _copy_range(source, target, done, None)
        draft = last(copied)
        assert isinstance(draft.block, bytes), "a few lines"
        target.writelines(_record(head(draft), [draft.block], compressed))
    return copied


def _take_head(member: Member) -> bytes:
    size = member.blank_line(MAX_HEAD)
    if size is None:
        raise Damaged("bad-head", member.start, "changed since it was read a moment ago")
    return member.take(size)


def _copy_range(source: BinaryIO, target: BinaryIO, start: int, end: int | None) -> None:
    """The bytes from *start* up to *end*, or to the file's end."""
    source.seek(start)
    left = end - start if end is not None else None
    while left is None or left > 0:
        piece = source.read(_COPY if left is None else min(_COPY, left))
        if not piece:
            return
        target.write(piece)
        left = left - len(piece) if left is not None else None


def _block(wanted: Replacement, span: Span) -> Iterable[bytes]:
    return span.block() if wanted.block is None else [wanted.block]


def _record(head: bytes, block: Iterable[bytes], compressed: bool) -> Iterator[bytes]:
    pieces = (piece for part in ([head], block, [END]) for piece in part)
    if not compressed:
        yield from pieces
        return
    deflate = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _GZIP)
    for piece in pieces:
        yield deflate.compress(piece)
    yield deflate.flush()
