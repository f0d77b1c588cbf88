"""What a run keeps besides its exchanges: bytes that came late, and how long it has been at work."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
import yaml
from warcio.archiveiterator import ArchiveIterator

from crawler.claims import Counts
from crawler.commits import MAX_LATE, CommitLoop
from crawler.job import load_job
from crawler.opening import OpenCrawl, open_crawl
from crawler.recorder import Flushed
from crawler.settlement import Late, Settlement


def opened(folder: Path) -> OpenCrawl:
    job = folder / "bwc.yaml"
    job.write_text(yaml.safe_dump({"name": "bwc", "seeds": ["http://a.example/"]}), encoding="utf-8")
    return open_crawl(load_job(job), job)


def close(crawl: OpenCrawl) -> None:
    crawl.recorder.close([], lambda db: [])
    crawl.log.close()
    crawl.state.close()
    crawl.guard.release()


def test_late_bytes_that_nobody_claims_are_a_record_of_their_own(tmp_path: Path) -> None:
    crawl = opened(tmp_path)
    late = [Late("http://a.example/x", b"waits"), Late("http://a.example/y", b"HTTP/1.1 200 again", alone=True)]
    crawl.recorder.flush([], {}, late)
    assert [item.data for item in late] == [b"waits"]
    close(crawl)
    with crawl.collection.warcs()[0].open("rb") as file:
        found = [
            (record.rec_headers, record.content_stream().read())
            for record in ArchiveIterator(file)
            if record.rec_type == "metadata"
        ]
    [(fields, block)] = found
    assert block == b"HTTP/1.1 200 again"
    assert fields.get_header("Jiucang-Late-For") == "http://a.example/y"
    assert fields.get_header("WARC-Concurrent-To") is None
    assert fields.get_header("WARC-Target-URI").endswith(":late")


class Plan:
    def wants(self) -> dict[int, int]:
        return {}

    def has_due_retry(self) -> bool:
        return False

    def has_ready(self) -> bool:
        return False

    def committed(self, flushed: Flushed) -> None:
        pass

    def go_on(self) -> None:
        pass


class Writer:
    """Writes what stands alone and knows no exchange."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def flush(self, batch: list[Settlement], wants: dict[int, int], late: list[Late]) -> Flushed:
        self.written += [item.data for item in late if item.alone]
        late[:] = [item for item in late if not item.alone]
        return Flushed([], Counts(), {})


@pytest.mark.parametrize("stopped", [False, True])
def test_late_bytes_are_kept_at_the_end_unless_the_crawl_was_stopped(stopped: bool, tmp_path: Path) -> None:
    async def run() -> list[bytes]:
        writer = Writer()
        loop = CommitLoop(writer, Plan(), tmp_path, 0)  # type: ignore[arg-type]
        loop.start()
        loop.late_bytes("http://a.example/", b"late")
        if stopped:
            loop.hurry()
        await loop.stop()
        assert loop.failure is None
        return writer.written

    assert asyncio.run(run()) == ([] if stopped else [b"late"])


def test_of_too_many_late_bytes_the_oldest_are_written_alone(tmp_path: Path) -> None:
    async def run() -> list[bytes]:
        writer = Writer()
        loop = CommitLoop(writer, Plan(), tmp_path, 0)  # type: ignore[arg-type]
        for number in range(MAX_LATE + 3):
            loop.late_bytes("http://a.example/", b"%d" % number)
        loop.start()
        loop.hurry()
        await loop.stop()
        return writer.written

    assert asyncio.run(run()) == [b"0", b"1", b"2"]


def test_the_time_of_a_run_counts_over_its_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = time.monotonic()
    first = opened(tmp_path)
    assert first.recorder.spent < 60
    monkeypatch.setattr(time, "monotonic", lambda: begun + 1000)
    first.recorder.flush([], {}, [])
    monkeypatch.setattr(time, "monotonic", lambda: begun + 5000)
    close(first)
    second = opened(tmp_path)
    assert "is resumed" in second.told[0]
    assert second.recorder.spent == pytest.approx(5000, abs=60)
    close(second)
