"""Serve the sample portal for a person: `python -m jiucang.sample [--ports MAIN,GBK,SHELF,OTHER] [--ledger FILE]`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path

from jiucang.sample.job import write_job
from jiucang.sample.portal import SamplePortal, fixed_clock
from jiucang.sample.site import SITES, SiteName


def _ports(text: str) -> dict[SiteName, int]:
    numbers = [int(part) for part in text.split(",")]
    if len(numbers) != len(SITES) or not all(0 <= number < 65536 for number in numbers):
        raise ValueError(f"expected {len(SITES)} port numbers separated by commas")
    return dict(zip(SITES, numbers, strict=True))


async def _serve(options: argparse.Namespace) -> None:
    clock = (lambda: datetime.now(UTC)) if options.real_time else fixed_clock
    async with SamplePortal(options.ports, options.ledger, clock) as portal:
        for site, url in portal.urls.items():
            print(f"{site:6} {url}", flush=True)
        if options.job:
            print(f"job    {write_job(options.job, portal)}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m jiucang.sample", description="Serve the sample portal until Ctrl-C."
    )
    parser.add_argument("--ports", type=_ports, help="four ports, in the order " + ",".join(SITES))
    parser.add_argument("--ledger", type=Path, help="append every request and answer to this file (JSON lines)")
    parser.add_argument("--job", type=Path, metavar="FOLDER", help="write a job file for the sample into this folder")
    parser.add_argument("--real-time", action="store_true", help="Date headers tell the real time")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
