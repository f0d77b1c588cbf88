"""The frontier: every URL of a collection, its state in this run, and who may be asked next.

All of it is in state.db; the methods that write are called inside the commit's transaction, on the
writer's thread. A claim costs one step down an index, however long the queue is.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable

from archive.urls import frontier_key
from crawler.claims import Claim, Counts, Discovery, Known, Origin, Refused
from crawler.origins import Origins
from crawler.politeness import DEAD, MAX_RETRY_AFTER
from crawler.robots import ALLOW, FORBID, UNKNOWN, RobotsAnswer
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
#: Roles and kinds of pages that tell what is new: no mode of recrawl takes an old capture in their place.
_LEADING_ROLES = frozenset({"robots", "seed", "redirect", "frame", "column", "list"})
_LEADING_KINDS = frozenset({"list", "index"})
#: URLs that one call drops for robots.txt.
MAX_REFUSED = 1000


class Frontier:
    """The frontier of one run. Call `open()` first, then everything inside transactions of the one writer."""

    def __init__(self, db: sqlite3.Connection, run: int, *, robots: str, agent: str, recrawl: str = "full") -> None:
        """*robots* is the job's mode: obey, requisites or ignore; *agent* the token robots.txt is read for.

        *recrawl* is full (nothing is taken as known), new (what is known is asked for conditionally) or
        columns (what is known is not asked for); pages that tell what is new are always asked for.
        """
        self._db, self._run, self._mode, self._recrawl = db, run, robots, recrawl
        self.origins = Origins(db, run, gated=robots != "ignore", agent=agent)
        self._waiting = 0

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
        # a clock that was ahead when a retry was put off would have it wait until that time has come
        latest = time.time() + MAX_RETRY_AFTER
        self._db.execute(f"UPDATE urls SET not_before = ?1 WHERE state = {WAITING} AND not_before > ?1", (latest,))
        self.reload()
        self._adopt()
        return told

    def _adopt(self) -> None:
        """What an earlier run leaves open (its capture was lost on disk) is this run's to ask for, robots.txt first."""
        rows = self._db.execute(
            "SELECT DISTINCT o.id, o.origin FROM urls u JOIN origins o ON o.id = u.origin"
            f" WHERE u.state IN ({QUEUED}, {WAITING}) AND o.run <> ?",
            (self._run,),
        ).fetchall()
        self._db.execute(
            f"UPDATE urls SET run = ? WHERE state IN ({QUEUED}, {WAITING}) AND run <> ?", (self._run, self._run)
        )
        for number, name in rows:
            place = self.origins.of(name)
            self._queue_own_gate(place)
            queued, gates = self._db.execute(
                f"SELECT count(*), count(gates) FROM urls WHERE origin = ? AND state = {QUEUED}", (number,)
            ).fetchone()
            self.origins.queued(place, queued - place.queued, gates - place.queued_gates)

    def reload(self) -> None:
        """Reads what is held in memory anew: after a rollback it would differ from the database."""
        self.origins.reload()
        self._waiting = self._db.execute(f"SELECT count(*) FROM urls WHERE state = {WAITING}").fetchone()[0]

    # -- taking in -------------------------------------------------------------------------------

    def take_in(self, discoveries: Iterable[Discovery]) -> None:
        """Queues what this run has not met; writes what is dropped with its reason."""
        by_origin: dict[int, list[tuple[object, ...]]] = {}
        for found in discoveries:
            place = self.origins.of(found.url)
            drop = found.drop or self._series_full(found)
            dead = place.dead and drop is None
            state = FAILED if dead else QUEUED if drop is None else DROPPED
            head = (found.key, self._run, state, DEAD if dead else drop, place.id, PRIORITIES[found.role])
            request = (found.url, found.method, found.body, found.role, found.hops, found.via)
            by_origin.setdefault(place.id, []).append(head + request)
        for number, rows in by_origin.items():
            queued = [row for row in rows if row[2] == QUEUED]
            place = self.origins[number]
            new = self._insert(queued)
            if new:
                self.origins.queued(place, new)
                self._queue_own_gate(place)
            self._insert([row for row in rows if row[2] != QUEUED])

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
        """A trap's reason when a series has all that it may have (counted once per new key)."""
        if found.series is None:
            return None
        known = self._state_of(found.key)
        if known is not None and (known[0] != DROPPED or known[1] == found.series_reason):
            return found.series_reason if known[0] == DROPPED else None
        twin = self._state_of(found.twin) if found.twin is not None else None
        if twin is not None and twin[0] != DROPPED:
            return found.series_reason
        count = self._db.execute(
            "INSERT INTO series VALUES(?, 1) ON CONFLICT(key) DO UPDATE SET count = count + 1 RETURNING count",
            (found.series,),
        ).fetchone()[0]
        return found.series_reason if count > found.series_limit else None

    def _state_of(self, key: bytes) -> tuple[int, str | None] | None:
        row: tuple[int, str | None] | None = self._db.execute(
            "SELECT state, reason FROM urls WHERE key = ? AND run = ?", (key, self._run)
        ).fetchone()
        return row

    def _queue_own_gate(self, place: Origin) -> None:
        """Asks for an origin's robots.txt, once a run, and only where something of it is to be asked for."""
        if place.robots == UNKNOWN:
            self._queue_gate(place, f"{place.origin}/robots.txt", "P", None)

    def _queue_gate(self, place: Origin, url: str, hops: str, via: str | None) -> bool:
        """Whether the robots.txt at *url* is still to be asked for; False where this run has done so."""
        key = frontier_key(url, body=f"gate:{place.origin}".encode())
        row = (key, self._run, QUEUED, None, place.id, PRIORITIES["robots"], url, "GET", b"", "robots", hops, via)
        new = self._insert([row])
        self.origins.queued(place, new, new)
        self._db.execute("UPDATE urls SET gates = ? WHERE key = ?", (place.id, key))
        return bool(new)

    # -- handing out -----------------------------------------------------------------------------

    def claim(self, wants: dict[int, int], now: float) -> tuple[list[Claim], list[Refused]]:
        """At most `wants[origin]` URLs of each origin, best first, and those that robots.txt dropped.

        An origin whose robots.txt is not known yet gives that file alone. A call drops so many at most
        that a commit stays short; the next one goes on.
        """
        self._wake_waiting(now)
        claims: list[Claim] = []
        refused: list[Refused] = []
        for number, count in wants.items():
            place = self.origins[number]
            left = count
            while left > 0 and place.claimable > 0 and len(refused) < MAX_REFUSED:
                for claim in self._take(place, left):
                    reason = self._robots_reason(place, claim) or self._known_reason(claim)
                    if reason is not None:
                        self._close(claim.id, DROPPED, reason)
                        refused.append((claim, reason))
                    else:
                        claims.append(claim)
                        left -= 1
        return claims, refused

    def _take(self, place: Origin, count: int) -> list[Claim]:
        gate = f" AND priority = {PRIORITIES['robots']}" if place.robots == UNKNOWN else ""
        rows = self._db.execute(
            "SELECT id, url, method, body, origin, role, hops, via, tries, deaths, gates, last FROM urls"
            f" WHERE origin = ? AND state = {QUEUED}{gate} ORDER BY priority, id LIMIT ?",
            (place.id, count),
        ).fetchall()
        self._db.executemany(f"UPDATE urls SET state = {CLAIMED} WHERE id = ?", [(row[0],) for row in rows])
        self.origins.queued(place, -len(rows), -len(rows) if gate else 0)
        return [Claim(*(*row[:-1], self._known(row[5], row[-1]))) for row in rows]

    def _known(self, role: str, capture: int | None) -> Known | None:
        if capture is None or self._recrawl == "full" or role in _LEADING_ROLES or role == "clicks":
            return None
        row = self._db.execute("SELECT id, etag, last_modified, kind FROM captures WHERE id = ?", (capture,)).fetchone()
        return Known(*row) if row and row[3] not in _LEADING_KINDS else None

    def _known_reason(self, claim: Claim) -> str | None:
        return "recrawl:known" if self._recrawl == "columns" and claim.known is not None else None

    def _robots_reason(self, place: Origin, claim: Claim) -> str | None:
        if claim.role == "robots" or self.origins.allows(place, claim.url):
            return None
        if self._mode == "requisites" and claim.role in REQUISITE_ROLES:
            return None
        return "robots:unreachable" if place.robots == FORBID else "robots"

    def _wake_waiting(self, now: float) -> None:
        rows = self._db.execute(
            f"UPDATE urls SET state = {QUEUED} WHERE state = {WAITING} AND not_before <= ? RETURNING origin, gates",
            (now,),
        ).fetchall()
        self._waiting -= len(rows)
        for number, gates in rows:
            self._put_back(number, gates)

    def _put_back(self, number: int, gates: int | None) -> None:
        self.origins.queued(self.origins[number], 1, int(gates is not None))

    # -- settling --------------------------------------------------------------------------------

    def settle(
        self, claim: Claim, outcome: str, reason: str | None, not_before: float = 0.0, *, counted: bool = True
    ) -> None:
        """Writes what became of a claim: captured, failed, dropped, or retry at *not_before* (epoch seconds).

        A retry that is not *counted* leaves the URL as many attempts as it had.
        """
        if outcome == "retry":
            self._db.execute(
                f"UPDATE urls SET state = {WAITING}, reason = ?, tries = tries + ?, not_before = ? WHERE id = ?",
                (reason, counted, not_before, claim.id),
            )
            self._waiting += 1
            return
        self._close(claim.id, _FINAL[outcome], reason)

    def _close(self, number: int, state: int, reason: str | None) -> None:
        self._db.execute(
            "UPDATE urls SET state = ?, reason = ?, tries = tries + 1 WHERE id = ?", (state, reason, number)
        )

    def remember(self, number: int, capture: int | None) -> None:
        """Writes a URL's last good capture; None where it turned out that it cannot be read."""
        self._db.execute("UPDATE urls SET last = ? WHERE id = ?", (capture, number))

    def give_back(self, claims: Iterable[Claim]) -> None:
        """Claims that were not used, as they were."""
        for claim in claims:
            self._db.execute(f"UPDATE urls SET state = {QUEUED} WHERE id = ? AND state = {CLAIMED}", (claim.id,))
            self._put_back(claim.origin, claim.gates)

    def redirect_gate(self, claim: Claim, url: str) -> None:
        """The robots.txt of the claim's origin stands elsewhere: ask there before anything else."""
        assert claim.gates is not None
        if not self._queue_gate(self.origins[claim.gates], url, claim.hops + "R", claim.url):
            # a circle is too many redirects, and those may be taken for no robots.txt (RFC 9309 §2.3.1.2)
            self.origins.open_gate(claim.gates, RobotsAnswer(ALLOW))

    def end(self, reason: str) -> int:
        """Closes what is still open when a run ends early; returns how many."""
        closed = self._db.execute(
            f"UPDATE urls SET state = {DROPPED}, reason = ? WHERE state IN ({QUEUED}, {WAITING}, {CLAIMED})", (reason,)
        ).rowcount
        self.reload()
        return closed

    def give_up(self, number: int) -> int:
        """Fails all that is open of an origin that does not answer, and what is found of it later; returns how many."""
        place = self.origins[number]
        place.dead = True
        self.origins.queued(place, -place.queued, -place.queued_gates)
        closed = 0
        for state in (QUEUED, WAITING, CLAIMED):
            found = self._db.execute(
                f"UPDATE urls SET state = {FAILED}, reason = ? WHERE state = {state} AND origin = ?", (DEAD, number)
            ).rowcount
            self._waiting -= found if state == WAITING else 0
            closed += found
        if place.robots == UNKNOWN:
            self.origins.open_gate(number, RobotsAnswer(FORBID))
        return closed

    # -- looking ---------------------------------------------------------------------------------

    def counts(self) -> Counts:
        """Open work besides the claims, for those who decide whether to wait, ask or stop."""
        return self._counts(self.origins.work.everything())

    def changes(self) -> Counts:
        """As `counts`, with only those origins in `queued` where something has changed since the last call."""
        return self._counts(self.origins.work.changes())

    def _counts(self, queued: dict[int, int]) -> Counts:
        until = self._db.execute(f"SELECT min(not_before) FROM urls WHERE state = {WAITING}").fetchone()[0]
        return Counts(queued, self.origins.work.total, self._waiting, until)

    def has_open_work(self) -> bool:
        """Whether anything has no final outcome yet, claims included. Three looks into partial indexes."""
        looks = " UNION ALL ".join(
            f"SELECT * FROM (SELECT 1 FROM urls WHERE state = {state} LIMIT 1)" for state in (QUEUED, WAITING, CLAIMED)
        )
        return self._db.execute(looks).fetchone() is not None


_FINAL = {"captured": CAPTURED, "failed": FAILED, "dropped": DROPPED}
