"""Documents a second of one core, and memory: VSB pages read with their profile, trafilatura beside.

    python -m benchmarks.extraction [--pages 300] [--rounds 5] [--sizes 20 150]

The pages are articles of the synthetic portal, 25,000 bytes each. In turns, in one process, after a round that does
not count: jiucang from the bytes of an answer to a finished draft (kind of page, text, metadata, sections, repairs with
their edits), trafilatura from the same bytes to text and metadata. Times are CPU seconds, so other work on the machine
tells less; figures are medians of the rounds.

Then the whole command, `jiucang extract FOLDER -o FILE` with as many processes as there are cores, first with
--no-proposals, which the target is for, then with them, over WARC files of two sizes (MB): documents over its wall time
and the number of cores, documents over the CPU time of all its processes, and the memory of the largest of these. What
one document costs beyond the start is the difference of the two runs; what is left of the shorter one is the start:
imports, and the processes.

Exit code 0 where the targets are met; every figure goes to benchmarks/out/extraction.json.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.host import OUT, describe, environment, scratch
from benchmarks.measure import run
from benchmarks.portal import BLOCK, Portal
from benchmarks.warcs import make
from pipelines.run import cores

MIN_RATE = 150.0
"""Documents a second of one core, of the reading alone and of the whole command."""
MAX_GROWTH = 1.2
"""Peak memory over the larger WARC files, over that with the smaller ones."""

WITHOUT = "extract --no-proposals"
COMMANDS = {WITHOUT: ("--no-proposals",), "extract": ()}

Contestant = Callable[[str, bytes], object]


def articles(count: int) -> list[tuple[str, bytes]]:
    """Addresses and bytes of `count` articles."""
    portal = Portal(count * 2)
    numbers = [number for number in range(1, count * 2) if (number - 1) % BLOCK][:count]
    return [(f"http://www.example.edu.cn{portal.path(number)}", portal.render(number)) for number in numbers]


def jiucang() -> Contestant:
    from pipelines.captures import Answer, Head
    from pipelines.rows import Draft, read_document
    from profiles.load import ProfileSet

    profiles = ProfileSet.resolve()
    head = Head(200, "text/html; charset=UTF-8", "")

    def read(url: str, body: bytes) -> object:
        draft = read_document(Answer(url, head, body, complete=True, payload_digest=None), profiles, "benchmark")
        assert isinstance(draft, Draft) and draft.method == "profile" and draft.text.original, url
        return draft

    return read


def trafilatura() -> Contestant:
    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

    def read(url: str, body: bytes) -> object:
        return bare_extraction(body, url=url, include_comments=False, include_tables=True, with_metadata=True)

    return read


def race(pages: Sequence[tuple[str, bytes]], rounds: int) -> dict[str, float]:
    """Documents a second of CPU time, by contestant."""
    contestants = {"jiucang": jiucang(), "trafilatura": trafilatura()}
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        for name, read in contestants.items():
            started = time.process_time()
            for url, body in pages:
                read(url, body)
            if turn:
                times[name].append(time.process_time() - started)
    return {name: len(pages) / statistics.median(spans) for name, spans in times.items()}


def weigh(megabytes: int, *options: str) -> dict[str, float]:
    """The command over WARC files of that size: documents, wall and CPU seconds, peak bytes."""
    with scratch() as folder:
        (folder / "archive").mkdir()
        make(folder / "archive", megabytes * 1_000_000)
        out = folder / "documents.jsonl"
        command = [sys.executable, "-m", "jiucang", "extract", str(folder / "archive"), "-o", str(out), *options]
        usage = run(command, folder, environment(), patience=1800)
        if usage.exit_code:
            raise RuntimeError(f"exit code {usage.exit_code}: {(folder / 'output.log').read_text('utf-8')}")
        with out.open("rb") as rows:
            documents = sum(1 for _ in rows)
    return {
        "megabytes": megabytes,
        "documents": documents,
        "wall": usage.wall,
        "cpu": usage.cpu,
        "peak_bytes": usage.peak_bytes,
    }


def beyond_start(shorter: Mapping[str, float], longer: Mapping[str, float], time: str) -> tuple[float, float]:
    """Documents a second of `time` ("wall" or "cpu"), and the seconds of it that the start takes."""
    rate = (longer["documents"] - shorter["documents"]) / (longer[time] - shorter[time])
    return rate, shorter[time] - shorter["documents"] / rate


def show(name: str, weighed: Sequence[Mapping[str, float]]) -> str:
    lines = [
        f"| {name}, WARC MB | documents | documents/s a core | documents/CPU s | peak MB |",
        "|--:|--:|--:|--:|--:|",
    ]
    for one in weighed:
        by_wall, by_cpu = (one["documents"] / seconds for seconds in (one["wall"] * cores(), one["cpu"]))
        peak = one["peak_bytes"] / 1e6
        lines.append(f"| {one['megabytes']} | {one['documents']} | {by_wall:.0f} | {by_cpu:.0f} | {peak:.0f} |")
    by_wall, start = beyond_start(weighed[0], weighed[-1], "wall")
    by_cpu, start_cpu = beyond_start(weighed[0], weighed[-1], "cpu")
    lines += ["", f"beyond the start ({start:.1f} s, {start_cpu:.1f} CPU s): "]
    lines[-1] += f"{by_wall / cores():.0f} documents/s a core, {by_cpu:.0f} documents/CPU s"
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs=2, default=[20, 150], metavar="MB")
    chosen = parser.parse_args()
    machine = describe()
    rates = race(articles(chosen.pages), chosen.rounds)
    print(
        "| documents/s of one core | |",
        "|---|--:|",
        *(f"| {name} | {rate:.0f} |" for name, rate in rates.items()),
        sep="\n",
    )
    runs: dict[str, list[dict[str, float]]] = {}
    for name, options in COMMANDS.items():
        runs[name] = [weigh(size, *options) for size in sorted(chosen.sizes)]
        print("", show(name, runs[name]), sep="\n")
    OUT.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine, "documents_per_second": rates, "extract": runs}
    Path(OUT / "extraction.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    growth = max(longer["peak_bytes"] / shorter["peak_bytes"] for shorter, longer in runs.values())
    print(f"\nload {machine['load_average']:.1f}; memory over memory {growth:.2f} (wanted ≤ {MAX_GROWTH})")
    shorter, longer = runs[WITHOUT]
    whole = beyond_start(shorter, longer, "wall")[0] / cores()
    return 0 if min(rates["jiucang"], whole) >= MIN_RATE and growth <= MAX_GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
