"""The job file: what to crawl, how gently, how far, and who answers for it.

Keys and defaults are the project's contract. Loading validates everything once and names the file,
the line, the key, what was found and what was expected; nothing later reads raw YAML.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from archive.urls import BadUrl, request_url
from crawler.cron import parse_cron
from crawler.quantities import parse_size, parse_time
from crawler.when import first_moment, last_moment, parse_interval, parse_moment, parse_zone
from profiles.load import expected_profile, profile_file
from profiles.strict_yaml import BadFile, Problem, line_of, read_model

Size = Annotated[int, BeforeValidator(parse_size, json_schema_input_type=int | str)]
Seconds = Annotated[float, BeforeValidator(parse_time, json_schema_input_type=float | str)]
Interval = Annotated[float, BeforeValidator(parse_interval, json_schema_input_type=float | str)]
Moment = Annotated[datetime | date, BeforeValidator(parse_moment, json_schema_input_type=str)]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _http_url(value: str) -> str:
    try:
        return request_url(value)
    except BadUrl as error:
        raise ValueError(f"expected an http or https URL: {error.why}") from None


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"expected a regular expression: {error}") from None
    return value


def _folder_name(value: str) -> str:
    # in bytes: the name begins those of the WARC files, which a file system ends at 255
    if not re.fullmatch(r"\w[\w.-]*", value) or len(value.encode()) > 100:
        raise ValueError("expected a folder name: letters, digits, '-', '_' and '.', at most 100 bytes of UTF-8")
    return value


def _cron_text(value: str) -> str:
    parse_cron(value)
    return value


def _mail_address(value: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,255}", value):
        raise ValueError("expected one mail address, such as archives@example.edu.cn")
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]
Pattern = Annotated[str, AfterValidator(_pattern)]
CronText = Annotated[str, AfterValidator(_cron_text)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Operator(_Section):
    """Who runs the crawl; stands in warcinfo, the From header and the user agent."""

    name: str = ""
    contact: str = ""


class Rights(_Section):
    """What may be done with the captures; stands in warcinfo and bag-info."""

    statement: str = ""
    basis: str = ""


class Scope(_Section):
    """How far navigation goes. Hosts default to those of the seeds."""

    hosts: list[str] = []
    include: list[Pattern] = []
    exclude: list[Pattern] = []
    depth: int | None = Field(default=None, ge=0, description="navigation hops from a seed")
    requisites: Literal["any-host", "in-scope"] = "any-host"


class Politeness(_Section):
    """Pace per host, and what robots.txt means."""

    delay: Seconds = 1.0
    concurrency: int = Field(default=2, ge=1, le=64)
    robots: Literal["obey", "requisites", "ignore"] = "obey"
    robots_reason: str = ""

    @model_validator(mode="after")
    def _reason_given(self) -> Politeness:
        if self.robots != "obey" and not self.robots_reason.strip():
            raise ValueError(f"robots: {self.robots} needs robots_reason, which is written into the archive")
        return self


class Limits(_Section):
    """What ends a crawl early; none of them loses what was captured."""

    pages: int | None = Field(default=None, ge=1)
    bytes: Size | None = None
    time: Seconds | None = None
    body: Size = 2 * 10**9
    free_disk: Size = 5 * 10**9


class NetworkAccess(_Section):
    """Private address ranges that may be reached; none by default."""

    allow: list[Network] = []


class Recrawl(_Section):
    mode: Literal["full", "new", "columns"] = "full"
    dedup: bool = True


class Traps(_Section):
    allow: list[Pattern] = []


class Schedule(_Section):
    """When the crawl is due: by `cron` or `every`, from `start` to `end`, all in `timezone`."""

    cron: CronText | None = None
    every: Interval | None = None
    timezone: Annotated[str, AfterValidator(parse_zone)] = "Asia/Shanghai"
    start: Moment | None = None
    end: Moment | None = None

    @field_validator("every")
    @classmethod
    def _one_of_two(cls, every: float | None, before: ValidationInfo) -> float | None:
        if every is not None and before.data.get("cron") is not None:
            raise ValueError("cron is given too; expected one of them")
        return every

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: date | None, before: ValidationInfo) -> date | None:
        start = before.data.get("start")
        if start is not None and end is not None and last_moment(end) < first_moment(start):
            raise ValueError(f"expected no time before start, {start}")
        return end

    @model_validator(mode="after")
    def _some_time(self) -> Schedule:
        if self.cron is None and self.every is None:
            raise ValueError('expected cron or every, such as cron: "0 2 * * 0" or every: 7 d')
        return self


class Notify(_Section):
    """Who is told how a scheduled run ended. Not written into the archive: such an address may hold a secret."""

    webhook: HttpUrl | None = Field(default=None, exclude=True)
    mail: Annotated[str, AfterValidator(_mail_address)] | None = Field(default=None, exclude=True)


class Job(_Section):
    """One collection's job. `folder` is where the job file stands; relative paths start there."""

    name: Annotated[str, AfterValidator(_folder_name)]
    seeds: list[HttpUrl] = Field(min_length=1)
    operator: Operator = Operator()
    rights: Rights = Rights()
    profile: str = "auto"
    scope: Scope = Scope()
    politeness: Politeness = Politeness()
    limits: Limits = Limits()
    network: NetworkAccess = NetworkAccess()
    recrawl: Recrawl = Recrawl()
    traps: Traps = Traps()
    schedule: Schedule | None = None
    notify: Notify = Notify()
    output: str = "collections"
    state: str | None = Field(default=None, description="folder on a local disk for state.db, where output is on none")

    def collection_folder(self, job_file: Path) -> Path:
        """Where this job's collection stands, for a job file at *job_file*.

        A collection's own copy of its job means the collection it lies in.
        """
        here = job_file.resolve().parent
        if here.name == self.name and (here / "archive").is_dir():
            return here
        return here / self.output / self.name


def load_job(path: Path) -> Job:
    """Read and validate a job file. Raises `profiles.strict_yaml.BadFile`."""
    job = read_model(path, Job)
    if job.profile != "auto" and profile_file(job.profile, path.parent) is None:
        message = f"found {job.profile!r}; {expected_profile()}"
        raise BadFile(path, [Problem(line_of(path, "profile"), "profile", message)])
    return job


def job_schema() -> dict[str, Any]:
    """The JSON Schema of a job file, as published."""
    return Job.model_json_schema(mode="validation")
