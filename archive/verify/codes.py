"""Every finding there is: how grave it is, which clause it comes from, which heading it stands under, what it means.

`error`: the archive breaks the rule named, or what it holds is not what it says. `warning`: it can be read, but a
recommendation is broken or something beside it is missing. `note`: worth knowing, nothing to mend.
docs/verify.md shows this table; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
Heading = Literal["真实性", "完整性", "可用性", "安全性"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
HEADINGS: tuple[Heading, ...] = ("真实性", "完整性", "可用性", "安全性")
"""Authenticity, integrity, usability, security: what DA/T 70 has an archive of electronic records examined for."""


@dataclass(frozen=True, slots=True)
class Code:
    severity: Severity
    heading: Heading
    clause: str
    meaning: str


_WARC = "WARC/1.1 "
_ZSTD = "WARC-zstd 1.0 "
_ROWS: tuple[tuple[str, Severity, Heading, str, str], ...] = (
    # -- files ---------------------------------------------------------------------------------------
    ("file.unreadable", "error", "可用性", "POSIX read", "the file cannot be opened or read"),
    ("file.empty", "error", "完整性", _WARC + "4", "a WARC file without a record"),
    ("file.not-a-warc", "error", "可用性", _WARC + "4", "the file does not begin with a WARC record"),
    ("file.truncated", "error", "完整性", _WARC + "4", "the file ends inside a record or gzip member"),
    ("file.zero-tail", "error", "完整性", _WARC + "4", "only zero bytes from here to the end, as after a power loss"),
    ("file.trailing-bytes", "error", "完整性", _WARC + "4", "bytes after the last record that begin none"),
    ("file.open", "warning", "完整性", "docs/warc.md", "still being written, or left so by a process that died"),
    ("file.given-up", "error", "安全性", "docs/verify.md", "so much is damaged that reading on would cost too much"),
    # -- gzip ----------------------------------------------------------------------------------------
    ("gzip.damaged", "error", "完整性", "RFC 1952 2.3", "a gzip member that cannot be inflated"),
    ("gzip.checksum", "error", "完整性", "RFC 1952 2.3.1", "a member whose CRC-32 or length does not fit its content"),
    ("gzip.bytes-between", "error", "完整性", "RFC 1952 2.2", "bytes between two gzip members that belong to none"),
    ("gzip.many-records", "warning", "可用性", _WARC + "Annex D", "several records in one member: none has an address"),
    ("gzip.empty-member", "warning", "可用性", _WARC + "Annex D", "a gzip member without a record"),
    ("gzip.inflates-too-far", "error", "安全性", "docs/verify.md", "far larger than its size on disk allows: a bomb"),
    # -- Zstandard -----------------------------------------------------------------------------------
    ("zstd.damaged", "error", "完整性", "RFC 8878 3.1", "a frame that cannot be inflated"),
    ("zstd.checksum", "error", "完整性", "RFC 8878 3.1.1", "a frame whose Content_Checksum does not fit its content"),
    ("zstd.bytes-between", "error", "完整性", _ZSTD + "4", "bytes between two frames that belong to none"),
    ("zstd.many-records", "error", "可用性", _ZSTD + "4", "several records in one frame: none has an address"),
    ("zstd.empty-member", "warning", "可用性", _ZSTD + "4", "frames without a record"),
    ("zstd.frame-head", "error", "完整性", _ZSTD + "4.1", "a frame without its size, checksum or dictionary's id"),
    ("zstd.dictionary", "error", "完整性", _ZSTD + "4.2", "a dictionary that is missing, too large or cannot be read"),
    ("zstd.inflates-too-far", "error", "安全性", "docs/verify.md", "a thousand times its size on disk and more"),
    # -- records -------------------------------------------------------------------------------------
    ("record.start", "error", "可用性", _WARC + "4", "where a record should begin stands no version line"),
    ("record.version-line", "error", "可用性", _WARC + "4", "a version line that is none"),
    ("record.version-unknown", "warning", "可用性", _WARC + "4", "a version other than WARC/1.0 and WARC/1.1"),
    ("record.head-unended", "error", "完整性", _WARC + "4", "a head without the empty line after it"),
    ("record.head-too-long", "error", "安全性", "docs/verify.md", "a head of more than 256 KiB"),
    ("record.line-ends", "error", "可用性", _WARC + "4", "head lines that do not end in CR LF"),
    ("record.field-syntax", "error", "可用性", _WARC + "4", "a line that is no `name: value`, or control characters"),
    ("record.field-encoding", "error", "可用性", _WARC + "4", "fields that are not UTF-8"),
    ("record.end", "error", "完整性", _WARC + "4", "CR LF CR LF after the block is missing or incomplete"),
    ("record.end-excess", "warning", "完整性", _WARC + "4", "more line ends after the block than the two"),
    ("record.length", "error", "完整性", _WARC + "5.3", "Content-Length is not the length of the block"),
    # -- fields --------------------------------------------------------------------------------------
    ("field.missing", "error", "真实性", _WARC + "5, 6", "a field that this type of record shall have is missing"),
    ("field.repeated", "error", "真实性", _WARC + "5.1", "a field that may stand once stands several times"),
    ("field.forbidden", "error", "真实性", _WARC + "5", "a field that this type of record shall not have"),
    ("field.content-length", "error", "完整性", _WARC + "5.3", "Content-Length is missing or no number"),
    ("field.content-type", "warning", "可用性", _WARC + "5.6", "a block without Content-Type"),
    ("field.date", "error", "真实性", _WARC + "5.4", "WARC-Date is no date of this version's form"),
    ("field.record-id", "error", "真实性", _WARC + "5.2", "WARC-Record-ID is no <URI>"),
    ("field.reference", "error", "真实性", _WARC + "5.7, 5.11, 5.16, 5.21", "a reference to a record is no <URI>"),
    ("field.uri", "error", "可用性", _WARC + "5.14", "WARC-Target-URI is no absolute URI, or holds blanks"),
    ("field.uri-non-ascii", "error", "可用性", _WARC + "5.14", "WARC-Target-URI with characters beyond ASCII"),
    ("field.uri-brackets", "note", "可用性", _WARC + "5.14", "angle brackets about a URI, unusual in WARC/1.1"),
    ("field.ip", "error", "真实性", _WARC + "5.10", "WARC-IP-Address is no address"),
    ("field.truncated", "warning", "完整性", _WARC + "5.15", "a reason for truncation that the standard does not name"),
    ("field.type-unknown", "note", "可用性", _WARC + "5.5", "a record type that the standard does not name"),
    ("field.segment", "error", "完整性", _WARC + "5.20, 5.22", "a segment's number or total length is no number"),
    # -- digests -------------------------------------------------------------------------------------
    ("digest.syntax", "error", "真实性", _WARC + "5.8", "a digest that cannot be read"),
    ("digest.block", "error", "真实性", _WARC + "5.8", "the block is not the one its digest was taken of"),
    ("digest.payload", "error", "真实性", _WARC + "5.9", "the payload is not the one its digest was taken of"),
    ("digest.payload-framed", "note", "真实性", _WARC + "6.3.2", "the payload digest covers the chunk framing too"),
    ("digest.payload-undefined", "warning", "真实性", _WARC + "5.9", "a payload digest where there is no payload"),
    ("digest.unchecked", "note", "真实性", _WARC + "5.8, 5.9", "a digest by an unknown algorithm, or of segments"),
    # -- records among each other --------------------------------------------------------------------
    ("id.duplicate", "error", "真实性", _WARC + "5.2", "a record id that several records carry"),
    ("ref.concurrent-to", "warning", "完整性", _WARC + "5.7", "WARC-Concurrent-To names no record of this set"),
    ("ref.warcinfo", "warning", "真实性", _WARC + "5.16", "WARC-Warcinfo-ID names no warcinfo of this set"),
    ("ref.refers-to", "warning", "完整性", _WARC + "5.11", "WARC-Refers-To names no record of this set"),
    ("revisit.profile", "warning", "可用性", _WARC + "6.7", "a revisit profile that the standard does not define"),
    ("revisit.no-digest", "error", "真实性", _WARC + "6.7.2", "an identical-payload revisit without payload digest"),
    ("revisit.of-revisit", "error", "可用性", _WARC + "6.7", "a revisit refers to a revisit, not to what was captured"),
    ("revisit.uri", "error", "真实性", _WARC + "5.12", "WARC-Refers-To-Target-URI is not that of the record named"),
    ("revisit.date", "error", "真实性", _WARC + "5.13", "WARC-Refers-To-Date is not that of the record named"),
    ("revisit.payload", "error", "真实性", _WARC + "6.7.2", "the record that a revisit names has another payload"),
    ("warcinfo.first", "note", "真实性", _WARC + "5.5", "the file does not begin with a warcinfo"),
    ("warcinfo.filename", "note", "真实性", _WARC + "5.17", "WARC-Filename is not the name of the file"),
    ("http.response", "note", "可用性", _WARC + "6.3.2", "a response whose block is no HTTP response"),
    # -- the index -----------------------------------------------------------------------------------
    ("index.missing", "warning", "可用性", "docs/architecture.md", "there is no index"),
    ("index.syntax", "error", "可用性", "CDXJ", "a line that is no `key time {json}` with file, offset, length"),
    ("index.unsorted", "error", "可用性", "CDXJ", "a line that stands before one it should follow, in byte order"),
    ("index.no-record", "error", "可用性", "CDXJ", "a line for a place where no record begins"),
    ("index.no-line", "error", "可用性", "CDXJ", "a capture that the index does not name"),
    ("index.entry", "error", "真实性", "CDXJ", "URL, time, digest or length of a line are not the record's"),
    # -- state.db ------------------------------------------------------------------------------------
    ("state.unreadable", "error", "可用性", "docs/architecture.md", "state.db cannot be read"),
    ("state.file-missing", "error", "完整性", "docs/architecture.md", "a WARC file that state.db knows is not there"),
    ("state.file-unknown", "warning", "真实性", "docs/architecture.md", "a WARC file that state.db does not know"),
    ("state.file-short", "error", "完整性", "docs/architecture.md", "a file shorter than what was committed: lost"),
    ("state.file-long", "warning", "完整性", "docs/architecture.md", "a file longer than what was committed"),
    ("state.capture", "error", "真实性", "docs/architecture.md", "a capture is not where state.db has it"),
    ("state.no-capture", "error", "真实性", "docs/architecture.md", "an exchange in a WARC file, unknown to state.db"),
    # -- documents -----------------------------------------------------------------------------------
    ("document.row", "error", "可用性", "documents.jsonl", "a line that is no row with every key, each of its type"),
    ("document.order", "error", "可用性", "documents.jsonl", "rows out of order, or two of one id and version"),
    ("document.text", "error", "真实性", "documents.jsonl", "text_sha256 is not that of the text"),
    ("document.edits", "error", "真实性", "documents.jsonl", "edits that do not lead back to the original text"),
    ("document.provenance", "error", "真实性", "documents.jsonl", "the capture named is not there, or another one"),
    ("document.sections", "error", "可用性", "documents.jsonl", "a section beyond the text"),
    ("document.capture", "warning", "完整性", "documents.jsonl", "an enclosure's capture that is no record of the set"),
    # -- packages ------------------------------------------------------------------------------------
    ("package.unreadable", "error", "可用性", "docs/verify.md", "the package cannot be read"),
    ("package.name", "error", "安全性", "docs/verify.md", "a name that leads out of the package; not followed"),
    ("package.link", "error", "安全性", "docs/verify.md", "a link or special file in a package; not followed"),
    ("package.too-large", "error", "安全性", "docs/verify.md", "a part larger than its purpose can need; not read"),
    ("wacz.part", "error", "可用性", "WACZ 1.1.1 directory layout", "a part that every WACZ has is missing"),
    ("wacz.datapackage", "error", "可用性", "WACZ 1.1.1 datapackage.json", "not what it should be"),
    ("wacz.unlisted", "error", "真实性", "WACZ 1.1.1 datapackage.json", "a part that it does not list"),
    ("wacz.resource", "error", "完整性", "WACZ 1.1.1 datapackage.json", "a part that it lists is missing"),
    ("wacz.digest", "error", "真实性", "WACZ 1.1.1 datapackage.json", "digest or size of a part is not as stated"),
    ("wacz.signature", "error", "真实性", "WACZ 1.1.1 datapackage-digest", "does not fit datapackage.json"),
    ("wacz.deflated", "error", "可用性", "WACZ 1.1.1 zip", "a part that must be stored is compressed in the ZIP"),
    ("wacz.twice", "error", "安全性", "APPNOTE 4.4.17", "two parts of one name"),
    ("wacz.stray", "warning", "可用性", "WACZ 1.1.1 directory layout", "a file in a folder where it does not belong"),
    ("wacz.idx", "error", "可用性", "WACZ 1.1.1 indexes/", "index.idx does not fit index.cdx.gz"),
    ("wacz.pages", "error", "可用性", "WACZ 1.1.1 pages/", "pages.jsonl is not what it should be"),
    ("wacz.no-pages", "warning", "可用性", "WACZ 1.1.1 pages/", "no page is listed: viewers have none to show first"),
    ("wacz.page", "warning", "可用性", "WACZ 1.1.1 pages/", "a page that is not captured in the package"),
    ("bag.declaration", "error", "可用性", "RFC 8493 2.1.1", "bagit.txt is missing or not what it should be"),
    ("bag.payload", "error", "完整性", "RFC 8493 2.1.2", "there is no folder data"),
    ("bag.manifest", "error", "真实性", "RFC 8493 2.1.3", "no manifest, or a line of one that cannot be read"),
    ("bag.algorithm", "note", "真实性", "RFC 8493 2.4", "a manifest of an unknown algorithm, not checked"),
    ("bag.missing", "error", "完整性", "RFC 8493 3", "a file that a manifest lists is not there"),
    ("bag.unlisted", "error", "真实性", "RFC 8493 3", "a payload file that a manifest does not list"),
    ("bag.digest", "error", "真实性", "RFC 8493 3", "a file is not the one a manifest's digest was taken of"),
    ("bag.oxum", "error", "完整性", "RFC 8493 2.2.2", "Payload-Oxum is not the size and number of the files"),
    ("bag.fetch", "error", "完整性", "RFC 8493 2.2.3", "fetch.txt: parts are to be got from elsewhere; not followed"),
    # -- fixity --------------------------------------------------------------------------------------
    ("fixity.changed", "error", "真实性", "PREMIS 3.0, fixity check", "a sealed file is not the one in the manifest"),
    ("fixity.missing", "error", "完整性", "PREMIS 3.0, fixity check", "a file of the manifest is not there"),
    ("fixity.manifest", "error", "真实性", "RFC 8493 2.1.3", "the manifest, or a line of it, cannot be read"),
    ("fixity.due", "note", "真实性", "docs/verify.md", "a file whose fixity has not been checked for that long"),
)  # fmt: skip

CODES: dict[str, Code] = {
    name: Code(severity, heading, clause, meaning) for name, severity, heading, clause, meaning in _ROWS
}
