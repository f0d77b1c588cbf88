"""One pass over a WARC file: gzip members or Zstandard frames one by one, each record's framing, fields and digests.

Where a file is damaged the walk goes on at the next member or frame, or in a plain file at the next version line, that
begins a record. Nothing is held but the piece in hand; nothing a file holds makes this raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from archive.input import PIECE, Damaged
from archive.members import Form, Member, members
from archive.reader import MAX_HEAD
from archive.resync import next_line, next_member, only_zeros
from archive.verify.blocks import BlockCheck
from archive.verify.findings import Findings, Problem
from archive.verify.heads import Head, read_head, regular_head
from archive.verify.rules import check_fields, read_length
from archive.verify.seen import Seen, Walked
from archive.warc import END
from archive.writer import OPEN_SUFFIX
from archive.zst import FRAME_MAGIC

_MAGIC = b"WARC/"
_MAGICS: tuple[tuple[Form, bytes], ...] = (("gzip", b"\x1f\x8b\x08"), ("zstd", FRAME_MAGIC))
_MAX_RATIO = 1040  # deflate cannot do better than 1032; of Zstandard, which can, no more is read
_SPARE = 64 * 1024 * 1024
_REREAD = 4  # times a file's size that is read again after damage, before the rest is given up


class _Bomb(Exception):
    """Inflated bytes beyond what the file's size on disk allows."""


class _Broken(Exception):
    """The record cannot be followed to its end; in a plain file reading may go on from *resume*, if at all."""

    def __init__(self, problems: list[Problem], resume: int | None = None) -> None:
        super().__init__()
        self.problems = problems
        self.resume = resume


def walk(
    stream: BinaryIO,
    name: str,
    size: int,
    found: Findings,
    seen: Callable[[Seen], None],
    disk_size: int | None = None,
    base: int = 0,
) -> Walked:
    """Checks the WARC file in *stream* (seekable, *size* bytes), which is called *name* in findings.

    *disk_size* is what it occupies where the stream itself is inflated, which makes seeking dear: such a one is read
    as far as the first damage. *base* is where in its file the stream begins. OSError from the stream becomes a
    finding.
    """
    return _Walk(stream, name, size, found, seen, disk_size, base).run()


class _Walk:
    def __init__(
        self,
        stream: BinaryIO,
        name: str,
        size: int,
        found: Findings,
        seen: Callable[[Seen], None],
        disk_size: int | None,
        base: int,
    ) -> None:
        self._stream, self._name, self._size, self._found, self._seen = stream, name, size, found, seen
        self._base = base
        self._seekable = disk_size is None
        self._allowed = (size if disk_size is None else disk_size) * _MAX_RATIO + _SPARE
        self._inflated = 0
        self._reread = 0
        self._records = 0
        self._good_end = 0
        self._anything = False
        self._form: Form = "gzip"
        # of the member and the record in hand
        self._member: Member | None = None
        self._offset = 0
        self._head: Head | None = None

    def run(self) -> Walked:
        at: int | None = 0
        try:
            while at is not None and (at < self._size or not at):
                at = self._stretch(at)
        except _Bomb:
            self._add(f"{self._form}.inflates-too-far", self._offset, f"more than {self._allowed} bytes")
        except OSError as error:
            self._found.add("file.unreadable", self._name, error.strerror or str(error))
        return Walked(self._records, self._good_end)

    def _add(self, code: str, offset: int, detail: str) -> None:
        self._found.add(code, f"{self._name}:{self._base + offset}", detail)

    def _note(self, length: int, sound: bool, exchange: str = "") -> None:
        self._anything = True
        self._seen(Seen(self._name, self._base + self._offset, length, self._head, exchange, sound))

    # -- files and members ---------------------------------------------------------------------------

    def _stretch(self, at: int) -> int | None:
        """Reads from *at* to the end, or to damage; where to go on after that."""
        self._member = None
        try:
            for member in members(self._stream, at):
                self._member, self._form = member, member.form
                self._take_member(member)
        except Damaged as damaged:
            return self._after_damage(damaged)
        except _Broken as broken:
            return None if broken.resume is None else self._paid(next_line(self._stream, broken.resume), self._offset)
        if not self._anything:
            self._found.add("file.empty", self._name, "no record" if self._size else "no bytes")
        return None

    def _after_damage(self, damaged: Damaged) -> int | None:
        member = self._member
        if member is None and damaged.code == "bad-dictionary":
            self._add("zstd.dictionary", damaged.offset, damaged.detail)
            return None
        if member is None or member.end is not None:
            return self._between(damaged.offset)
        resume = next_member(self._stream, member.start + 1)
        if damaged.code == "truncated" and resume is None:
            self._add("file.truncated", member.start, damaged.detail)
        elif damaged.code == "bad-dictionary":
            self._add("zstd.dictionary", member.start, damaged.detail)
        elif "-6" in damaged.detail:  # isal's number for a checksum or length that does not fit
            self._add("gzip.checksum", member.start, "CRC-32 or length in the trailer does not fit")
        elif "checksum" in damaged.detail:
            self._add("zstd.checksum", member.start, damaged.detail)
        else:
            self._add(f"{self._form}.damaged", member.start, damaged.detail)
        self._note(0, sound=False)
        return self._paid(resume, member.start)

    def _between(self, offset: int) -> int | None:
        """What stands at *offset* is no member, and no record."""
        if only_zeros(self._stream, offset):
            self._add("file.zero-tail", offset, f"{self._size - offset} bytes")
            return None
        resume = next_member(self._stream, offset)
        code = "file.trailing-bytes" if resume is None else f"{self._form}.bytes-between"
        self._add(code, offset, f"{(self._size if resume is None else resume) - offset} bytes")
        self._anything = True
        return self._paid(resume, offset)

    def _paid(self, resume: int | None, start: int) -> int | None:
        """*resume*, unless too much has been read in vain: members can be nested to make it so."""
        if resume is not None:
            self._reread += max(PIECE, self._stream.tell() - resume)
            if self._reread > _REREAD * self._size + _SPARE or not self._seekable:
                why = "damaged again and again" if self._seekable else "damaged within a compressed part"
                self._add("file.given-up", start, f"{why}; the rest was not read")
                return None
        return resume

    def _take_member(self, member: Member) -> None:
        records = 0
        self._offset, self._head = member.start, None
        while not member.at_end():
            self._offset = member.start if member.compressed else member.start + member.position
            self._head = None
            if not records and self._take_at_once(member):
                records = 1
                break
            if member.compressed and not records and member.peek(1) in (b"\r", b"\n"):
                member.skip_newlines()
                continue
            try:
                self._take_record(member, records)
            except _Broken as broken:
                if member.compressed:
                    self._drain(member)
                self._report(broken.problems)
                self._note(0, sound=False)
                if not member.compressed:
                    raise
            records += 1
        self._inflated += member.position
        if member.compressed and records > 1:
            self._add(f"{self._form}.many-records", member.start, f"{records} records")
        elif member.compressed and not records:
            self._add(f"{self._form}.empty-member", member.start, f"{member.position} bytes, no record")
        if member.lacks:
            self._add("zstd.frame-head", member.start, ", ".join(member.lacks))

    # -- records -------------------------------------------------------------------------------------

    def _take_at_once(self, member: Member) -> bool:
        """Takes a record as nearly all are: in a member of its own, well formed, short. Otherwise nothing happens."""
        data = member.inflated()
        if data is None or not data.endswith(END):
            return False
        block = data.find(END) + len(END)
        head = regular_head(data[:block])
        length = read_length(head) if head is not None else None
        if head is None or length is None or block + length + len(END) != len(data):
            return False
        self._head = head
        check = BlockCheck(head, length)
        check.feed(data[block : -len(END)])
        self._report([*check_fields(head), *check.problems()])
        self._check_first()
        self._records += 1
        member.skip_to_end()
        self._good_end = member.end or 0
        self._note(self._good_end - member.start, True, check.exchange)
        return True

    def _take_record(self, member: Member, before: int) -> None:
        begins = member.position
        head, problems = self._read_head(member)
        self._head = head
        problems += check_fields(head)
        length = read_length(head)
        body = member.start + member.position
        if length is None:
            problems.append(Problem("field.content-length", f"found {head.get('content-length')!r}, expected digits"))
            raise _Broken(problems, body)
        check = BlockCheck(head, length)
        for piece in self._pieces(member, length):
            check.feed(piece)
        passed = body + length - member.start - member.position
        if passed:
            self._end_in_block(member, length, length - passed, problems, body)
        ends = member.position
        sound = not passed and self._check_end(member, problems, body)
        if not passed and sound:
            problems += check.problems()
        # a damaged member shows only at its end, and then all else about its last record follows from that
        ended = member.at_end()
        self._report(problems)
        self._check_first()
        self._records += 1
        if not member.compressed:
            self._note(ends - begins, sound, check.exchange)
        else:
            alone = ended and not before and member.end is not None
            self._note((member.end or 0) - member.start if alone else 0, sound, check.exchange)
        if sound and (ended or not member.compressed):
            self._good_end = member.end if member.compressed and member.end else member.start + member.position

    def _read_head(self, member: Member) -> tuple[Head, list[Problem]]:
        if member.peek(len(_MAGIC)) != _MAGIC:
            self._no_record(member)
        size = member.blank_line(MAX_HEAD)
        if size is not None:
            return read_head(member.take(size))
        resume = member.start + member.position + 1
        if len(member.peek(MAX_HEAD + 1)) > MAX_HEAD:
            problem = Problem("record.head-too-long", f"no empty line within {MAX_HEAD} bytes")
        elif member.compressed:
            problem = Problem("record.head-unended", "the member ends inside the head")
        elif next_line(self._stream, resume) is not None:
            problem = Problem("record.head-unended", "another record begins before it ends")
        else:
            problem = Problem("file.truncated", "the file ends inside a record's head")
        raise _Broken([problem], resume)

    def _no_record(self, member: Member) -> None:
        """The next bytes are no record. Raises `_Broken`, or `Damaged` where a gzip member's own first bytes are."""
        found = member.peek(16)
        problem = Problem("record.start", f"found {found!r}, expected WARC/")
        if not self._anything and self._offset == 0:
            for form, magic in _MAGICS:
                if sum(a == b for a, b in zip(found, magic, strict=False)) == len(magic) - 1:
                    self._member, self._form = None, form
                    raise Damaged("bad-start", 0, "")
            raise _Broken([Problem("file.not-a-warc", f"begins with {found!r}")])
        resume = member.start + member.position + 1
        if not member.compressed and next_line(self._stream, resume) is None:
            rest = f"{self._size - self._offset} bytes"
            if only_zeros(self._stream, self._offset):
                problem = Problem("file.zero-tail", rest)
            else:
                cut = _MAGIC.startswith(found)
                problem = Problem("file.truncated" if cut else "file.trailing-bytes", rest)
        raise _Broken([problem], resume)

    def _end_in_block(self, member: Member, length: int, passed: int, problems: list[Problem], body: int) -> None:
        """The block ends early: cut there, or Content-Length is too great and has swallowed what follows."""
        if member.compressed:
            problems.append(Problem("record.length", f"stated {length}, the member ends after {passed}"))
            return
        following = next_line(self._stream, body)
        if following is None:
            raise _Broken([Problem("file.truncated", f"the file ends after {passed} of {length} bytes of the block")])
        detail = f"stated {length}, but another record begins after {following - body}"
        raise _Broken([*problems, Problem("record.length", detail)], body)

    def _check_end(self, member: Member, problems: list[Problem], body: int) -> bool:
        """Whether the record ends where it says; *body* is where in a plain file its block begins."""
        tail = member.peek(len(END) + 1)
        if tail == END or (tail.startswith(END) and tail[4:] not in (b"\r", b"\n")):
            member.take(len(END))
            return True
        newlines = member.skip_newlines()
        detail = f"found {tail!r}, expected {END!r}"
        if member.at_end() and newlines < len(END) and not member.compressed:
            raise _Broken([Problem("file.truncated", "the file ends before the record's closing line ends")])
        if tail.startswith(END):
            problems.append(Problem("record.end-excess", f"{newlines} bytes of line ends after the block"))
        elif member.at_end() or (newlines and member.peek(len(_MAGIC)) == _MAGIC):
            problems.append(Problem("record.end", detail))
        else:
            problems.append(Problem("record.length", f"after the block: {detail}"))
            if not member.compressed:
                raise _Broken(problems, body)
            self._drain(member)
            return False
        return True

    def _check_first(self) -> None:
        head = self._head
        if self._records or head is None or self._base + self._offset:
            return
        if head.get("warc-type") != "warcinfo":
            self._add("warcinfo.first", 0, f"begins with a {head.get('warc-type')}")
        stated, name = head.get("warc-filename"), self._name.rpartition("/")[2].removesuffix(OPEN_SUFFIX)
        if stated is not None and stated != name:
            self._add("warcinfo.filename", 0, f"stated {stated!r}, found {name!r}")

    def _report(self, problems: list[Problem]) -> None:
        for problem in problems:
            self._add(problem.code, self._offset, problem.detail)

    def _drain(self, member: Member) -> None:
        for _ in self._pieces(member, None):
            pass

    def _pieces(self, member: Member, count: int | None) -> Iterator[bytes]:
        """The next *count* bytes, or all that are left. Raises `_Bomb`."""
        for piece in member.pieces(1 << 62 if count is None else count):
            if self._inflated + member.position > self._allowed:
                raise _Bomb
            yield piece
