"""Names of the resource records in which a run keeps its own papers.

Its job and its resolved profiles stand before what it captured, its crawl.log and run.json at its end.
"""

from __future__ import annotations

JOB = "job"
PROFILES = "profiles"
LOG = "crawl.log"
REPORT = "run.json"

_PREFIX = "urn:jiucang:run:"


def run_urn(run: str, part: str) -> str:
    """
    >>> run_urn("20141103020000", PROFILES)
    'urn:jiucang:run:20141103020000:profiles'
    """
    return f"{_PREFIX}{run}:{part}"


def read_run_urn(uri: str) -> tuple[str, str] | None:
    """Run and part that a Target-URI names, None for any other URI.

    >>> read_run_urn("urn:jiucang:run:20141103020000:job"), read_run_urn("http://a.example/")
    (('20141103020000', 'job'), None)
    """
    if not uri.startswith(_PREFIX):
        return None
    run, _, part = uri[len(_PREFIX) :].partition(":")
    return (run, part) if run and part else None
