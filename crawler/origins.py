"""The origins of a run: what each has queued, and what its robots.txt says.

The rows are in state.db; what is counted for every origin is held in memory beside them.
"""

from __future__ import annotations

import sqlite3

from archive.urls import origin
from crawler.claims import OpenWork, Origin
from crawler.robots import ALLOW, RULES, UNKNOWN, RobotsAnswer, RobotsMemory
from crawler.state import QUEUED


class Origins:
    """Used inside the transactions of the one writer, but for `host_of`, which the loop's thread may ask for."""

    def __init__(self, db: sqlite3.Connection, run: int, *, gated: bool, agent: str) -> None:
        """*gated*: an origin's robots.txt comes before everything else of it; *agent* is whom it is read for."""
        self._db, self._run, self._gated = db, run, gated
        self._robots = RobotsMemory(agent, self._robots_text)
        self._by_name: dict[str, Origin] = {}
        self._by_id: dict[int, Origin] = {}
        self.work = OpenWork()

    def reload(self) -> None:
        """Reads what is held in memory anew: after a rollback it would differ from the database.

        The loop's thread may ask `host_of` meanwhile, so the old stands until the new is whole.
        """
        by_name: dict[str, Origin] = {}
        by_id: dict[int, Origin] = {}
        for number, name, state in self._db.execute(
            "SELECT id, origin, robots FROM origins WHERE run = ?", (self._run,)
        ):
            dead = number in self._by_id and self._by_id[number].dead
            by_name[name] = by_id[number] = Origin(number, name, state, dead=dead)
        for number, count, gates in self._db.execute(
            "SELECT origin, count(*), count(gates) FROM urls WHERE state = ? GROUP BY origin", (QUEUED,)
        ):
            if number in by_id:
                by_id[number].queued, by_id[number].queued_gates = count, gates
        self._by_name, self._by_id = by_name, by_id
        self._robots.clear()
        self.work = OpenWork()
        for place in by_id.values():
            self.work.touch(place)
        self.work.changes()

    def __getitem__(self, number: int) -> Origin:
        return self._by_id[number]

    def of(self, url: str) -> Origin:
        """The origin of a URL, which is of this run from now on."""
        name = origin(url)
        place = self._by_name.get(name)
        if place is not None:
            return place
        robots = UNKNOWN if self._gated else ALLOW
        number = self._db.execute(
            "INSERT INTO origins(origin, run, robots) VALUES(?, ?, ?) ON CONFLICT(origin) DO UPDATE SET"
            " run = excluded.run, robots = excluded.robots, robots_text = '' RETURNING id",
            (name, self._run, robots),
        ).fetchone()[0]
        place = self._by_name[name] = self._by_id[number] = Origin(number, name, robots)
        return place

    def queued(self, place: Origin, count: int, gates: int = 0) -> None:
        """So many more URLs of the origin are queued (fewer where it is negative), so many of them gates."""
        place.queued += count
        place.queued_gates += gates
        self.work.touch(place)

    def allows(self, place: Origin, url: str) -> bool:
        """Whether the origin's robots.txt lets the URL be asked for."""
        return self._robots.allows(place.id, place.robots, url)

    def open_gate(self, number: int, answer: RobotsAnswer) -> float | None:
        """Writes an origin's robots.txt; its URLs may be claimed from now on. Returns the Crawl-delay it asks for."""
        place = self._by_id[number]
        self._db.execute(
            "UPDATE origins SET robots = ?, robots_text = ? WHERE id = ?", (answer.state, answer.text, number)
        )
        place.robots = answer.state
        self.work.touch(place)
        self._robots.forget(number)
        return self._robots.crawl_delay(number, answer.state)

    def crawl_delays(self) -> dict[str, float]:
        """What the known robots.txt files ask for, by host."""
        delays: dict[str, float] = {}
        for (number,) in self._db.execute(
            "SELECT id FROM origins WHERE run = ? AND robots = ? AND robots_text LIKE '%crawl-delay%'",
            (self._run, RULES),
        ).fetchall():
            delay = self._robots.crawl_delay(number, RULES)
            if delay is not None:
                host = self.host_of(number)
                delays[host] = max(delay, delays.get(host, 0.0))
        return delays

    def host_of(self, number: int) -> str:
        """The `host:port` part of an origin, by which pace is kept."""
        return self._by_id[number].origin.partition("://")[2]

    def _robots_text(self, number: int) -> str:
        text: str = self._db.execute("SELECT robots_text FROM origins WHERE id = ?", (number,)).fetchone()[0]
        return text
