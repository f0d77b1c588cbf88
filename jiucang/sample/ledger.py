"""The ledger: every request the sample portal received and every byte it answered, exactly."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Ending = Literal["kept", "closed", "reset", "stalled", "aborted"]
"""How the connection stood after an answer: kept open; closed by us (FIN); reset by us (RST);
silent until the client left or the server's patience ended; left by the client before all was sent."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One request and its answer.

    `seq` counts requests of all sites in order of arrival, `connection` counts connections.
    `request` is exact, head and body. `sent` runs from the first interim byte to the last byte
    handed to the network for this request; where the client left early (`aborted`) it may not have
    received all of it. `late` holds bytes sent after the message had ended and a pause.
    """

    seq: int
    site: str
    connection: int
    request: bytes
    sent: bytes
    ending: Ending
    case: str | None = None
    late: bytes = b""

    @property
    def target(self) -> bytes:
        """The request target as sent; empty where the request line has none."""
        words = self.request.split(b"\r\n", 1)[0].split(b" ")
        return words[1] if len(words) > 1 else b""

    @property
    def method(self) -> bytes:
        return self.request.split(b" ", 1)[0]

    def to_json(self) -> str:
        """One line of JSON (ASCII); bytes in base64."""
        return json.dumps(
            {
                "seq": self.seq,
                "site": self.site,
                "connection": self.connection,
                "request": base64.b64encode(self.request).decode("ascii"),
                "sent": base64.b64encode(self.sent).decode("ascii"),
                "ending": self.ending,
                "case": self.case,
                "late": base64.b64encode(self.late).decode("ascii"),
            }
        )

    @classmethod
    def from_json(cls, line: str) -> LedgerEntry:
        """The entry of one line; raises ValueError where the line is no entry."""
        try:
            found = json.loads(line)
            ending: Ending = found["ending"]
            if ending not in get_args(Ending):
                raise ValueError(f"unknown ending {ending!r}")
            return cls(
                seq=int(found["seq"]),
                site=str(found["site"]),
                connection=int(found["connection"]),
                request=base64.b64decode(found["request"], validate=True),
                sent=base64.b64decode(found["sent"], validate=True),
                ending=ending,
                case=found["case"],
                late=base64.b64decode(found["late"], validate=True),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a ledger entry: {error!r}") from error


class Ledger:
    """Entries in memory and, where a path is given, appended to it as JSON lines.

    An entry is written when its answer is complete, so the file is in order of completion;
    `entries` is in order of arrival.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._entries: dict[int, LedgerEntry] = {}
        self._file = path.open("a", encoding="ascii") if path else None
        self._seq = 0
        self._connections = 0

    def next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def next_connection(self) -> int:
        self._connections += 1
        return self._connections

    def record(self, entry: LedgerEntry) -> None:
        """Keep an entry; one of the same `seq` is replaced (late bytes complete an entry)."""
        self._entries[entry.seq] = entry
        if self._file:
            self._file.write(entry.to_json() + "\n")
            self._file.flush()

    @property
    def entries(self) -> tuple[LedgerEntry, ...]:
        return tuple(self._entries[seq] for seq in sorted(self._entries))

    def forget(self, since: int) -> None:
        """Drops the entries from sequence number *since* on: what a later visitor asked for."""
        for seq in [seq for seq in self._entries if seq >= since]:
            del self._entries[seq]

    def of(self, site: str) -> tuple[LedgerEntry, ...]:
        return tuple(entry for entry in self.entries if entry.site == site)

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


def read_ledger(path: Path) -> Iterator[LedgerEntry]:
    """Entries of a ledger file in order of arrival, the last line of each `seq` deciding."""
    found: dict[int, LedgerEntry] = {}
    with path.open(encoding="ascii") as lines:
        for line in lines:
            entry = LedgerEntry.from_json(line)
            found[entry.seq] = entry
    yield from (found[seq] for seq in sorted(found))
