"""The job file of the sample: what a person would write to archive it."""

from __future__ import annotations

from pathlib import Path

import yaml

from jiucang.sample.portal import SamplePortal
from jiucang.sample.shelf import BODY_LIMIT
from jiucang.sample.site import ADDRESSES

NAME = "sample"


def write_job(folder: Path, portal: SamplePortal, name: str = NAME) -> Path:
    """Write `NAME.yaml` into an existing folder and return its path.

    Both editions are seeds and the shelf is in scope; the university's other host is not, but its
    requisites are. The body limit is lower than the shelf's longest body. Raises OSError.
    """
    urls = portal.urls
    job = {
        "name": name,
        "seeds": [urls["main"], urls["gbk"]],
        "operator": {"name": "旧藏示例", "contact": "archive@yunze.example"},
        "rights": {"statement": "示例内容，可自由使用", "basis": "自编"},
        "scope": {"hosts": [ADDRESSES["main"], ADDRESSES["gbk"], ADDRESSES["shelf"]], "requisites": "any-host"},
        "politeness": {"delay": "0 s", "concurrency": 4, "robots": "obey"},
        "limits": {"body": BODY_LIMIT, "time": "10 min", "free_disk": "100 MB"},
        "network": {"allow": ["127.0.0.0/8", "::1/128"]},
        "output": "collections",
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(job, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path
