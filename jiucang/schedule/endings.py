"""What a crawl's end means for its schedule, from how the process ended and what the collection says."""

from __future__ import annotations

from datetime import datetime

from jiucang import codes
from jiucang.schedule.crawls import Ended
from jiucang.schedule.ledger import DONE, FAULTS, INTERRUPTED, REFUSED, End
from jiucang.schedule.unfinished import Runs

_OUTCOMES = {codes.DONE: DONE, codes.BAD_INPUT: REFUSED}


def ending(
    ended: Ended | None, runs: Runs, started: datetime, resumed: str | None, stopped: bool, passed_over: int
) -> End:
    """The end of a crawl that began at *started* and took up the run *resumed*; None ended before it had a process.

    *runs* are those of the collection now; *stopped* says whether this service has been told to stop.
    """
    if ended is None:
        return End(INTERRUPTED, codes.STOPPED, None, "the service was stopped", passed_over)
    crawl = ended.crawl or (runs.latest if runs.begun_since(started) else resumed)
    unfinished = runs.unfinished is not None and runs.unfinished == crawl
    # a stop can find a process that does not yet, or no longer, understand it
    killed = ended.exit_code < 0 and (stopped or crawl is None)
    if unfinished or killed or ended.exit_code == codes.STOPPED:
        detail = "the service was stopped" if stopped else _words(ended)
        return End(INTERRUPTED, ended.exit_code, crawl, detail, passed_over)
    return End(_OUTCOMES.get(ended.exit_code, FAULTS), ended.exit_code, crawl, _words(ended), passed_over)


def _words(ended: Ended) -> str:
    if ended.exit_code < 0:
        return f"the crawl was killed by signal {-ended.exit_code}"
    if ended.how is not None:
        counts = ", ".join(f"{number} {state}" for state, number in sorted(ended.counts.items()))
        return f"{ended.how}: {counts}" if counts else ended.how
    if ended.exit_code == codes.STOPPED:
        return "the crawl was stopped"
    return ended.last_words[-1000:] or "it ended without a word"
