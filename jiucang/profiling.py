"""`jiucang profiles explain` and `jiucang profiles check`: where a page comes from, and what is said of it."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from archive.http1 import BadContent, decode_content, parse_response
from archive.reader import Fault, Record, read_record_at, read_records
from archive.urls import BadUrl, request_url
from crawler.wire.addresses import Network
from crawler.wire.client import WireClient, WireSettings
from jiucang.codes import BAD_INPUT, DONE, FAULTS
from jiucang.explained import lines
from jiucang.explanation import explain
from jiucang.samples import Compared, compare
from pipelines.captures import Head, answer_of, identity_of, record_at
from pipelines.index import CaptureIndex
from pipelines.sources import NoSource, warc_files
from profiles.load import BUILTIN, BadProfile, ProfileSet, builtin_names, profile_file
from profiles.page import MAX_BYTES, Page
from profiles.strict_yaml import BadFile, Problem, line_of

_MAX_BLOCK = 4 * MAX_BYTES


class NoPage(Exception):
    """A source that gives no page to explain; the message says what was found and what is expected."""


@dataclass(frozen=True, slots=True)
class Source:
    """A page, and where it was read from."""

    page: Page
    origin: str


def explain_source(
    source: str,
    *,
    url: str | None,
    profile: str,
    collection: Path | None,
    as_json: bool,
    allow: tuple[Network, ...] = (),
) -> int:
    """Prints how the page at *source* is read; returns the exit code.

    *source* is a saved HTML file, a record (`FILE.warc.gz#OFFSET`) or an address, which is looked up in
    *collection* where one is given, else fetched once. *url* is the address of a saved file.
    """
    try:
        found = _find(source, url, collection, allow)
        profiles = ProfileSet.resolve(profile, Path())
    except NoPage as error:
        print(f"jiucang: {source}: {error}", file=sys.stderr)
        return BAD_INPUT
    except BadProfile as error:
        print(f"jiucang: {error}", file=sys.stderr)
        return BAD_INPUT
    explanation = explain(found.page, profiles)
    if as_json:
        print(json.dumps({"read_from": found.origin, **explanation.to_json()}, ensure_ascii=False))
    else:
        for line in lines(explanation, found.origin):
            print(line)
    return DONE


def _find(source: str, url: str | None, collection: Path | None, allow: tuple[Network, ...]) -> Source:
    if source.startswith(("http://", "https://")):
        try:
            address = request_url(source)
        except BadUrl as error:
            raise NoPage(f"is no address: {error}") from None
        return _captured(address, collection) if collection is not None else asyncio.run(_fetched(address, allow))
    name, _, offset = source.rpartition("#")
    if name and offset.isdecimal():
        try:
            record = read_record_at(Path(name), int(offset))
        except OSError as error:
            raise NoPage(f"cannot be read: {error.strerror}") from None
        if isinstance(record, Fault):
            raise NoPage(f"no record stands there: {record.detail}")
        return _of_record(record, Path(name).parent)
    return _saved(Path(source), url)


def _saved(path: Path, url: str | None) -> Source:
    try:
        payload = path.read_bytes()
    except OSError as error:
        raise NoPage(f"cannot be read: {error.strerror}; expected a saved page, FILE.warc.gz#OFFSET or URL") from None
    if payload[:10].startswith((b"\x1f\x8b", b"WARC/")):
        raise NoPage("is a WARC file; name a record in it as FILE#OFFSET, or a URL with --in FILE")
    try:
        address = request_url(url) if url else f"http://unknown.invalid/{path.name}"
    except BadUrl as error:
        raise NoPage(f"--url is no address: {error}") from None
    origin = f"{path}" if url else f"{path} (without --url its address tells nothing)"
    return Source(Page.parse(payload, address), origin)


def _of_record(record: Record, place: Path) -> Source:
    """The page in a record; that of a revisit is looked for in the files of *place*."""
    where = _where(record)
    if record.type == "revisit":
        return _of_revisit(record, place)
    if record.type != "response":
        raise NoPage(f"{where} is a {record.type} record; expected a response or a revisit")
    whole = record.truncated is None and record.block_length <= _MAX_BLOCK
    return Source(_answered(record.block(_MAX_BLOCK), _canonical(record.target_uri or ""), whole=whole), where)


def _of_revisit(revisit: Record, place: Path) -> Source:
    with tempfile.TemporaryDirectory(prefix="jiucang-explain-") as folder:
        index = CaptureIndex(Path(folder) / "captures.db")
        try:
            index.scan(_files(place), lambda _: None)
            capture = index.capture(identity_of(revisit))
        except StopIteration:
            capture = None
        finally:
            index.close()
    original = record_at(capture.payload) if capture is not None and capture.payload != capture.place else None
    if capture is None or original is None:
        raise NoPage(f"{_where(revisit)} is a revisit whose original is not among the files of {place}")
    answer = answer_of(capture, original, _MAX_BLOCK)
    page = _page(answer.payload, answer.head, _canonical(answer.url), whole=answer.complete)
    return Source(page, f"{_where(revisit)}, a revisit of {_where(original)}")


def _where(record: Record) -> str:
    return f"{record.file}#{record.offset} ({record.date})"


def _answered(block: bytes, address: str, *, whole: bool) -> Page:
    """The page in an HTTP answer."""
    response = parse_response(block)
    head = Head.of(response.status, response.headers)
    return _page(response.payload, head, address, whole=whole and response.complete)


def _page(payload: bytes, head: Head, address: str, *, whole: bool) -> Page:
    try:
        content = decode_content(payload, head.coding.encode("latin-1"), MAX_BYTES + 1)
    except BadContent as error:
        raise NoPage(f"the answer's content coding cannot be undone: {error}") from None
    return Page.parse(content, address, head.content_type, complete=whole)


def _canonical(url: str) -> str:
    try:
        return request_url(url)
    except BadUrl:
        return url


def _captured(address: str, place: Path) -> Source:
    """The newest capture of the address."""
    newest: Record | None = None
    for record in _captures(place):
        if record.target_uri is not None and _canonical(record.target_uri) == address:
            newest = record if newest is None or record.date > newest.date else newest
    if newest is None:
        raise NoPage(f"{place} holds no response of this address")
    return _of_record(newest, place)


def _captures(place: Path) -> Iterator[Record]:
    for file in _files(place):
        try:
            for record in read_records(file, types={"response", "revisit"}):
                if not isinstance(record, Fault):
                    yield record
        except OSError as error:
            raise NoPage(f"{file} cannot be read: {error.strerror}") from None


def _files(place: Path) -> list[Path]:
    try:
        return warc_files([place])
    except NoSource as error:
        raise NoPage(f"{place} {error.why}") from None


async def _fetched(address: str, allow: tuple[Network, ...]) -> Source:
    """One request, of a person who asked for it; what it answers is read, and nothing else is requested."""
    with tempfile.TemporaryDirectory(prefix="jiucang-explain-") as folder:
        client = WireClient(WireSettings(Path(folder), body_limit=_MAX_BLOCK, allow=allow, total=120.0))
        fields = [(b"User-Agent", b"jiucang (profiles explain)"), (b"Accept", b"text/html,*/*;q=0.8")]
        try:
            exchange = await client.fetch(address, "GET", fields)
            if exchange.response is None or not exchange.parsed:
                raise NoPage(f"gave no answer: {exchange.error or 'no status line'} {exchange.detail or ''}".rstrip())
            block = exchange.response.read(0, _MAX_BLOCK)
            exchange.close()
        finally:
            await client.close()
    return Source(_answered(block, address, whole=exchange.truncated is None), f"the network, status {exchange.status}")


def check_profile(name_or_path: str, samples: Path | None, *, as_json: bool = False) -> int:
    """Checks a profile, and reads sample pages with it; returns the exit code. Problems go to stderr."""
    path = profile_file(name_or_path, Path())
    if path is None:
        known = ", ".join(builtin_names())
        print(f"jiucang: {name_or_path}: is no profile; expected a YAML file or one of {known}", file=sys.stderr)
        return BAD_INPUT
    if samples is not None and not samples.exists():
        print(f"jiucang: {samples}: No such file or directory", file=sys.stderr)
        return BAD_INPUT
    compared: Compared | None = None
    found: list[tuple[Path, Problem]] = []
    try:
        own = ProfileSet.resolve(name_or_path, Path())
        if own.profiles[0].name != path.stem:
            said = f"found {own.profiles[0].name!r}, expected {path.stem!r}, the name of the file"
            found.append((path, Problem(line_of(path, "name"), "name", said)))
        if samples is not None:
            compared = compare(samples, own, _asked(own, path))
            found += [(compared.path, problem) for problem in compared.problems]
    except BadFile as error:
        found += [(error.path, problem) for problem in error.problems]
    except OSError as error:
        print(f"jiucang: {error.filename}: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    _report(path, compared, found, as_json)
    return FAULTS if found else DONE


def _asked(own: ProfileSet, path: Path) -> ProfileSet:
    """The profiles that are asked whether they recognise a sample: as a job's `auto` does, the profile first."""
    builtin = ProfileSet.resolve()
    return builtin if path.parent == BUILTIN else ProfileSet((*own.profiles, *builtin.profiles))


def _report(path: Path, compared: Compared | None, found: list[tuple[Path, Problem]], as_json: bool) -> None:
    if as_json:
        data = {
            "profile": str(path),
            "pages": compared.pages if compared is not None else 0,
            "values": compared.values if compared is not None else 0,
            "problems": [{"file": str(file), **asdict(problem)} for file, problem in found],
        }
        print(json.dumps(data, ensure_ascii=False))
        return
    for file, problem in found:
        print(problem.at(file), file=sys.stderr)
    said = f", {compared.pages} sample pages, {compared.values} values compared" if compared is not None else ""
    print(f"{path}: {f'problems: {len(found)}' if found else 'as it should be'}{said}")
