"""The frontier at size: links taken in, claims, resuming, memory; and look-ups among the digests of payloads.

python -m benchmarks.frontier [--urls 1000000] [--digests 5000000]

Each part is a process of its own on the project's disk, with the crawl's own settings of SQLite (WAL, FULL).
Exit code 0 where every target is met, 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from archive.digests import Digest
from archive.urls import frontier_key
from benchmarks.host import OUT, scratch
from crawler.claims import Discovery
from crawler.frontier import Frontier
from crawler.revisits import Originals
from crawler.robots import RobotsAnswer
from crawler.state import State

HOSTS = 3
#: A commit of 64 pages with 50 links each.
PAGES, LINKS = 64, 50
#: Of ten links, so many lead to what the frontier knows.
KNOWN_OF_TEN = 9
CLAIMS = 48
#: Payloads inserted in one transaction while the database is built.
BATCH = 250_000

#: What all payloads stand in: a look-up of a known one reads it as well.
ONE_CAPTURE = """
INSERT INTO urls(id, key, run, state, origin, priority, url, method, body, role, hops)
  VALUES(1, x'00', 1, 3, 1, 0, 'http://a.example/', 'GET', x'', 'page', '');
INSERT INTO captures(id, exchange, url_id, run, attempt, file, offset, length, record, date, payload_digest,
  payload_length) VALUES(1, 'e', 1, 1, 1, 1, 0, 1, '<urn:uuid:1>', '2014-11-03T02:00:00Z', 'sha256:00', 1);
"""

TARGETS = {
    "links/s taken in, nine in ten known": (20_000, "≥"),
    "a claim at the end over one at the start": (1.5, "≤"),
    "seconds to resume": (5.0, "≤"),
    "peak MB": (300.0, "≤"),
    "look-ups/s, unknown payloads": (5_000, "≥"),
    "look-ups/s, known payloads": (5_000, "≥"),
}


def url(number: int) -> str:
    return f"http://h{number % HOSTS}.example.edu.cn/info/{1000 + number % 97}/{number}.htm"


def discovery(number: int) -> Discovery:
    """As the spider's reading makes it, the key included."""
    target = url(number)
    return Discovery(frontier_key(target), target, "article", "LL", "http://h0.example.edu.cn/")


def pages(count: int, dice: random.Random) -> Iterator[list[Discovery]]:
    """Batches as commits take them in, until *count* addresses have been met."""
    known = 0
    while known < count:
        batch = []
        for _ in range(PAGES * LINKS):
            if known and dice.random() * 10 < KNOWN_OF_TEN:
                batch.append(discovery(dice.randrange(known)))
            else:
                batch.append(discovery(known))
                known += 1
        yield batch


def opened(state: State, run: int) -> Frontier:
    frontier = Frontier(state.db, run, robots="obey", agent="jiucang")
    with state.transaction():
        frontier.open(0)
    return frontier


def open_gates(state: State, frontier: Frontier) -> None:
    """Every host's robots.txt is answered, so that its addresses can be claimed."""
    with state.transaction():
        claims, _ = frontier.claim(dict.fromkeys(frontier.counts().queued, 1), time.time())
        for claim in claims:
            frontier.settle(claim, "captured", None)
            assert claim.gates is not None
            frontier.origins.open_gate(claim.gates, RobotsAnswer("allow"))


def claim_time(state: State, frontier: Frontier, rounds: int) -> float:
    """Median seconds of a claim, each round a transaction that claims for every host and settles it all."""
    times = []
    for _ in range(rounds):
        with state.transaction():
            wants = dict.fromkeys(frontier.counts().queued, CLAIMS)
            began = time.perf_counter()
            claims, _ = frontier.claim(wants, time.time())
            times.append((time.perf_counter() - began) / len(claims))
            for claim in claims:
                frontier.settle(claim, "captured", None)
    return statistics.median(times)


def fill(folder: Path, count: int) -> dict[str, float]:
    """Takes *count* addresses in, and claims at the start, when the queue is short, and at the end."""
    state = State(folder / "state.db")
    state.db.execute("INSERT INTO runs(id, name, started) VALUES(1, '20141103020000', '2014-11-03T02:00:00Z')")
    frontier = opened(state, 1)
    took, met, first = 0.0, 0, 0.0
    for batch in pages(count, random.Random(1)):
        began = time.perf_counter()
        with state.transaction():
            frontier.take_in(batch)
        took += time.perf_counter() - began
        met += len(batch)
        if not first and met > 40_000:
            open_gates(state, frontier)
            first = claim_time(state, frontier, 5)
    last = claim_time(state, frontier, 50)
    queued = state.db.execute("SELECT count(*) FROM urls").fetchone()[0]
    state.close()
    return {
        "addresses": queued,
        "links/s taken in, nine in ten known": met / took,
        "µs a claim at the start": first * 1e6,
        "µs a claim at the end": last * 1e6,
        "a claim at the end over one at the start": last / first,
        "MB of state.db": (folder / "state.db").stat().st_size / 1e6,
    }


def resume(folder: Path) -> dict[str, float]:
    """Opens what `fill` left, up to the first claims."""
    began = time.perf_counter()
    state = State(folder / "state.db")
    frontier = opened(state, 1)
    with state.transaction():
        frontier.claim(dict.fromkeys(frontier.counts().queued, CLAIMS), time.time())
    return {"seconds to resume": time.perf_counter() - began}


def digests(folder: Path, count: int) -> dict[str, float]:
    """Look-ups among *count* payloads, of payloads that are there and that are not."""
    state = State(folder / "payloads.db")
    dice = random.Random(2)
    sample: list[bytes] = []
    state.db.executescript(ONE_CAPTURE)
    began = time.perf_counter()
    for start in range(0, count, BATCH):
        batch = [(dice.randbytes(32), 20_000 + number % 5000) for number in range(min(BATCH, count - start))]
        sample += [digest for digest, _ in batch[:: max(count // 10_000, 1)]]
        with state.transaction() as db:
            db.executemany("INSERT INTO payloads VALUES(?, ?, 1)", sorted(batch))
    built = time.perf_counter() - began
    dice.shuffle(sample)
    lengths = [state.db.execute("SELECT length FROM payloads WHERE digest = ?", (d,)).fetchone()[0] for d in sample]
    originals = Originals(state.db, folder, 2, dedup=True)
    unknown = [dice.randbytes(32) for _ in sample]
    result = {"seconds to build": built, "MB of the database": (folder / "payloads.db").stat().st_size / 1e6}
    for name, wanted in (("unknown", unknown), ("known", sample)):
        began = time.perf_counter()
        for digest, length in zip(wanted, lengths, strict=True):
            found = originals.find(Digest("sha256", digest.hex()), length)
            assert (found is not None) is (wanted is sample)
        result[f"look-ups/s, {name} payloads"] = len(wanted) / (time.perf_counter() - began)
    state.close()
    return result


def part(name: str, folder: Path, size: int) -> dict[str, float]:
    """One part in a process of its own; its figures and its peak memory."""
    command = [sys.executable, "-m", "benchmarks.frontier", "--part", name, "--folder", str(folder)]
    command += ["--urls", str(size), "--digests", str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--urls", type=int, default=1_000_000)
    parser.add_argument("--digests", type=int, default=5_000_000)
    parser.add_argument("--part", choices=["fill", "resume", "digests"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.part:
        parts = {"fill": lambda: fill(chosen.folder, chosen.urls), "resume": lambda: resume(chosen.folder)}
        figures = parts[chosen.part]() if chosen.part in parts else digests(chosen.folder, chosen.digests)
        figures["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        print(json.dumps(figures))
        return 0
    with scratch(False) as folder:
        sections = {
            f"{chosen.urls} addresses": part("fill", folder, chosen.urls),
            "resumed": part("resume", folder, chosen.urls),
            f"{chosen.digests} payloads": part("digests", folder, chosen.digests),
        }
    passed = True
    for title, figures in sections.items():
        print(f"\n{title}\n")
        for name, value in figures.items():
            bound, sign = TARGETS.get(name, (None, ""))
            if bound is not None:
                passed &= value >= bound if sign == "≥" else value <= bound
            print(f"| {name} | {value:,.{0 if value >= 100 else 2}f} | {f'{sign} {bound:,}' if bound else ''} |")
    OUT.mkdir(parents=True, exist_ok=True)
    taken = {"when": datetime.now(UTC).isoformat(), "load": os.getloadavg(), "sections": sections}
    (OUT / "frontier.json").write_text(json.dumps(taken, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
