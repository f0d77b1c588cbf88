"""The frontier: every URL of a collection, its state in this run, and who may be asked next.

All of it is in state.db; the methods that write are called inside the commit's transaction, on the
writer's thread. A claim costs one step down an index, however long the queue is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from archive.urls import frontier_key, origin
from crawler.robots import ALLOW, UNKNOWN, RobotsAnswer, RobotsRules
from crawler.scope import REQUISITE_ROLES
from crawler.state import CAPTURED, CLAIMED, DROPPED, FAILED, QUEUED, WAITING

#: What is asked first. Robots gate everything; then what leads on; then what the documents need.
PRIORITIES = {
    "robots": 0,
    "seed": 10,
    "redirect": 15,
    "frame": 15,
    "column": 20,
    "list": 25,
    "article": 30,
    "chain": 30,
    "clicks": 35,
    "attachment": 40,
    "page": 50,
    "requisite": 60,
}
#: A URL whose reading killed the process so often is stored unread.
MAX_DEATHS = 3


@dataclass(frozen=True, slots=True)
class Discovery:
    """A URL as the frontier takes it in: to be queued, or dropped at once for `drop`."""

    key: bytes
    url: str
    role: str
    hops: str
    via: str | None
    method: str = "GET"
    body: bytes = b""
    drop: str | None = None
    series: bytes | None = None
    series_limit: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A URL handed out. `tries` counts attempts made before this one; `gates` is the origin a robots.txt is for."""

    id: int
    url: str
    method: str
    body: bytes
    origin: int
    role: str
    hops: str
    via: str | None
    tries: int
    deaths: int
    gates: int | None


@dataclass(slots=True)
class Origin:
    id: int
    origin: str
    robots: RobotsRules | None
    queued: int = 0


@dataclass(slots=True)
class Counts:
    """Open work: `waiting_until` is the earliest retry (epoch seconds), None without one."""

    queued: dict[int, int] = field(default_factory=dict)
    waiting: int = 0
    waiting_until: float | None = None


class Frontier:
    """The frontier of one run. Call `open()` first, then everything inside transactions of the one writer."""

    def __init__(self, db: sqlite3.Connection, run: int, *, robots: str, agent: str) -> None:
        """*robots* is the job's mode: obey, requisites or ignore; *agent* the token robots.txt is read for."""
        self._db, self._run, self._mode, self._agent = db, run, robots, agent
        self._origins: dict[str, Origin] = {}
        self._by_id: dict[int, Origin] = {}

    # -- start -----------------------------------------------------------------------------------

    def open(self, killer: int) -> list[str]:
        """Takes up where the last process stopped: what was claimed is queued again.

        *killer* is the id of the URL that was being read when the process died (0: none). Returns
        what there is to tell about it.
        """
        told = []
        if killer:
            self._db.execute("UPDATE urls SET deaths = deaths + 1 WHERE id = ? AND state = ?", (killer, CLAIMED))
            row = self._db.execute("SELECT url, deaths FROM urls WHERE id = ?", (killer,)).fetchone()
            if row:
                told.append(f"the process ended while reading {row[0]} (time {row[1]})")
        self._db.execute("UPDATE urls SET state = ? WHERE state = ?", (QUEUED, CLAIMED))
        self.reload()
        return told

    def reload(self) -> None:
        """Forgets what is held in memory and reads it from the database: after a rollback they would differ."""
        self._origins.clear()
        self._by_id.clear()
        for number, name, state, text in self._db.execute(
            "SELECT id, origin, robots, robots_text FROM origins WHERE run = ?", (self._run,)
        ):
            self._remember(number, name, None if state == UNKNOWN else RobotsAnswer(state, text))
        for number, count in self._db.execute(
            "SELECT origin, count(*) FROM urls WHERE state = ? GROUP BY origin", (QUEUED,)
        ):
            self._by_id[number].queued = count

    # -- taking in -------------------------------------------------------------------------------

    def take_in(self, discoveries: Iterable[Discovery]) -> None:
        """Queues what this run has not met; writes what is dropped with its reason."""
        by_origin: dict[int, list[tuple[object, ...]]] = {}
        for found in discoveries:
            place = self._origin_of(found.url)
            drop = found.drop or self._series_full(found)
            by_origin.setdefault(place.id, []).append(
                (
                    found.key,
                    self._run,
                    QUEUED if drop is None else DROPPED,
                    drop,
                    place.id,
                    PRIORITIES[found.role],
                    found.url,
                    found.method,
                    found.body,
                    found.role,
                    found.hops,
                    found.via,
                )
            )
        for number, rows in by_origin.items():
            queued = [row for row in rows if row[2] == QUEUED]
            self._by_id[number].queued += self._insert(queued)
            self._insert([row for row in rows if row[2] == DROPPED])

    def _insert(self, rows: list[tuple[object, ...]]) -> int:
        if not rows:
            return 0
        return self._db.executemany(
            "INSERT INTO urls(key, run, state, reason, origin, priority, url, method, body, role, hops, via)"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(key) DO UPDATE SET run = excluded.run,"
            " state = excluded.state, reason = excluded.reason, priority = excluded.priority, role = excluded.role,"
            " hops = excluded.hops, via = excluded.via, tries = 0, not_before = 0"
            f" WHERE urls.run <> excluded.run OR (urls.state = {DROPPED} AND excluded.state = {QUEUED})",
            rows,
        ).rowcount

    def _series_full(self, found: Discovery) -> str | None:
        """A trap's reason when too many addresses differ only in their query (counted once per new key)."""
        if found.series is None:
            return None
        known = self._db.execute(
            f"SELECT state = {DROPPED}, reason FROM urls WHERE key = ? AND run = ?", (found.key, self._run)
        ).fetchone()
        if known:
            return str(known[1]) if known[0] else None
        count = self._db.execute(
            "INSERT INTO series VALUES(?, 1) ON CONFLICT(key) DO UPDATE SET count = count + 1 RETURNING count",
            (found.series,),
        ).fetchone()[0]
        return "trap:query-series" if count > found.series_limit else None

    def _origin_of(self, url: str) -> Origin:
        name = origin(url)
        place = self._origins.get(name)
        if place is not None:
            return place
        gated = self._mode != "ignore"
        number = self._db.execute(
            "INSERT INTO origins(origin, run, robots) VALUES(?, ?, ?) ON CONFLICT(origin) DO UPDATE SET"
            " run = excluded.run, robots = excluded.robots, robots_text = '' RETURNING id",
            (name, self._run, UNKNOWN if gated else ALLOW),
        ).fetchone()[0]
        place = self._remember(number, name, None if gated else RobotsAnswer(ALLOW))
        if gated:
            self._queue_gate(place, f"{name}/robots.txt", "P", None)
        return place

    def _queue_gate(self, place: Origin, url: str, hops: str, via: str | None) -> None:
        key = frontier_key(url, body=f"gate:{place.origin}".encode())
        row = (key, self._run, QUEUED, None, place.id, PRIORITIES["robots"], url, "GET", b"", "robots", hops, via)
        place.queued += self._insert([row])
        self._db.execute("UPDATE urls SET gates = ? WHERE key = ?", (place.id, key))

    def _remember(self, number: int, name: str, answer: RobotsAnswer | None) -> Origin:
        place = Origin(number, name, None if answer is None else RobotsRules(answer, self._agent))
        self._origins[name] = self._by_id[number] = place
        return place

    # -- handing out -----------------------------------------------------------------------------

    def claim(self, wants: dict[int, int], now: float) -> tuple[list[Claim], list[str]]:
        """At most `wants[origin]` URLs of each origin, best first, and the URLs that robots.txt dropped.

        An origin whose robots.txt is not known yet gives that file alone.
        """
        self._wake_waiting(now)
        claims: list[Claim] = []
        refused: list[str] = []
        for number, count in wants.items():
            place = self._by_id[number]
            left = count
            while left > 0 and place.queued > 0:
                rows = self._take(place, left)
                if not rows:
                    break
                for row in rows:
                    claim = Claim(*row)
                    if self._refused(place, claim):
                        self._close(claim.id, DROPPED, "robots")
                        refused.append(claim.url)
                    else:
                        claims.append(claim)
                        left -= 1
        return claims, refused

    def _take(self, place: Origin, count: int) -> list[tuple[int, str, str, bytes, int, str, str, str, int, int, int]]:
        gate = f" AND priority = {PRIORITIES['robots']}" if place.robots is None else ""
        rows = self._db.execute(
            "SELECT id, url, method, body, origin, role, hops, via, tries, deaths, gates FROM urls"
            f" WHERE origin = ? AND state = {QUEUED}{gate} ORDER BY priority, id LIMIT ?",
            (place.id, count),
        ).fetchall()
        self._db.executemany(f"UPDATE urls SET state = {CLAIMED} WHERE id = ?", [(row[0],) for row in rows])
        place.queued -= len(rows)
        return rows

    def _refused(self, place: Origin, claim: Claim) -> bool:
        if claim.role == "robots" or place.robots is None:
            return False
        if self._mode == "requisites" and claim.role in REQUISITE_ROLES:
            return False
        return not place.robots.allows(claim.url)

    def _wake_waiting(self, now: float) -> None:
        rows = self._db.execute(
            f"UPDATE urls SET state = {QUEUED} WHERE state = {WAITING} AND not_before <= ? RETURNING origin", (now,)
        ).fetchall()
        for (number,) in rows:
            self._by_id[number].queued += 1

    # -- settling --------------------------------------------------------------------------------

    def settle(self, claim: Claim, outcome: str, reason: str | None, not_before: float = 0.0) -> None:
        """Writes what became of a claim: captured, failed, dropped, or retry at *not_before* (epoch seconds)."""
        if outcome == "retry":
            self._db.execute(
                f"UPDATE urls SET state = {WAITING}, reason = ?, tries = tries + 1, not_before = ? WHERE id = ?",
                (reason, not_before, claim.id),
            )
            return
        self._close(claim.id, _FINAL[outcome], reason)

    def _close(self, number: int, state: int, reason: str | None) -> None:
        self._db.execute(
            "UPDATE urls SET state = ?, reason = ?, tries = tries + 1 WHERE id = ?", (state, reason, number)
        )

    def give_back(self, claims: Iterable[Claim]) -> None:
        """Claims that were not used, as they were."""
        for claim in claims:
            self._db.execute(f"UPDATE urls SET state = {QUEUED} WHERE id = ? AND state = {CLAIMED}", (claim.id,))
            self._by_id[claim.origin].queued += 1

    def open_gate(self, number: int, answer: RobotsAnswer) -> RobotsRules:
        """Writes an origin's robots.txt; its URLs may be claimed from now on."""
        place = self._by_id[number]
        self._db.execute(
            "UPDATE origins SET robots = ?, robots_text = ? WHERE id = ?", (answer.state, answer.text, number)
        )
        place.robots = RobotsRules(answer, self._agent)
        return place.robots

    def redirect_gate(self, claim: Claim, url: str) -> None:
        """The robots.txt of the claim's origin stands elsewhere: ask there before anything else."""
        assert claim.gates is not None
        self._queue_gate(self._by_id[claim.gates], url, claim.hops + "R", claim.url)

    def end(self, reason: str) -> int:
        """Closes what is still open when a run ends early; returns how many."""
        closed = self._db.execute(
            f"UPDATE urls SET state = {DROPPED}, reason = ? WHERE state IN ({QUEUED}, {WAITING}, {CLAIMED})", (reason,)
        ).rowcount
        for place in self._by_id.values():
            place.queued = 0
        return closed

    # -- looking ---------------------------------------------------------------------------------

    def counts(self) -> Counts:
        """Open work besides the claims, for those who decide whether to wait, ask or stop."""
        row = self._db.execute(f"SELECT count(*), min(not_before) FROM urls WHERE state = {WAITING}").fetchone()
        queued = {number: place.queued for number, place in self._by_id.items() if place.queued > 0}
        return Counts(queued, row[0], row[1])

    def host_of(self, number: int) -> str:
        """The `host:port` part of an origin, by which pace is kept."""
        return self._by_id[number].origin.partition("://")[2]


_FINAL = {"captured": CAPTURED, "failed": FAILED, "dropped": DROPPED}
