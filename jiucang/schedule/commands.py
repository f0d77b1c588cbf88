"""`jiucang schedule …`: the commands. What they do is said in the modules beside this one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jiucang.codes import BAD_INPUT

if TYPE_CHECKING:
    from jiucang.schedule.notices import MailServer

schedule_app = typer.Typer(help="Crawls when they are due, for a folder of job files.", no_args_is_help=True)

Folder = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER", help="A folder of job files; those with a schedule count.", exists=True, file_okay=False
    ),
]
AtOnce = Annotated[int, typer.Option("--at-once", min=1, max=64, help="Most crawls at the same time.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
# by preference from the environment: what stands on a command line, everyone on the machine can read
MailServerUrl = Annotated[
    str,
    typer.Option(envvar="JIUCANG_MAIL_SERVER", help="Where mail is handed in: smtp://HOST or smtps://USER:PASS@HOST."),
]
MailFrom = Annotated[str | None, typer.Option(envvar="JIUCANG_MAIL_FROM", help="The sender of mail.")]


@schedule_app.command("run")
def schedule_run(
    folder: Folder = Path(),
    at_once: AtOnce = 2,
    mail_server: MailServerUrl = "smtp://localhost",
    mail_from: MailFrom = None,
) -> None:
    """Run every crawl when it is due, until stopped. What was missed meanwhile is made up for by one run.

    Example: jiucang schedule run jobs --at-once 2
    """
    from jiucang.schedule.service import run_service

    raise typer.Exit(run_service(folder, at_once, _mail_server(mail_server, mail_from)))


@schedule_app.command("due")
def schedule_due(
    folder: Folder = Path(),
    at_once: AtOnce = 2,
    mail_server: MailServerUrl = "smtp://localhost",
    mail_from: MailFrom = None,
) -> None:
    """Run what has become due since the last pass, and wait for it: one pass, for cron or a timer.

    Example: jiucang schedule due jobs
    """
    from jiucang.schedule.service import run_due

    raise typer.Exit(run_due(folder, at_once, _mail_server(mail_server, mail_from)))


@schedule_app.command("list")
def schedule_list(folder: Folder = Path(), json: AsJson = False) -> None:
    """The scheduled jobs of a folder: when, whether paused, how the last run ended.

    Example: jiucang schedule list jobs
    """
    from jiucang.schedule.shows import show_list

    raise typer.Exit(show_list(folder, as_json=json, now=datetime.now(UTC)))


@schedule_app.command("next")
def schedule_next(
    folder: Folder = Path(),
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=1000, help="So many times of each job.")] = 3,
    json: AsJson = False,
) -> None:
    """The next times of each job, in its own time zone and in UTC.

    Example: jiucang schedule next jobs -n 5
    """
    from jiucang.schedule.shows import show_next

    raise typer.Exit(show_next(folder, count=count, as_json=json, now=datetime.now(UTC)))


@schedule_app.command("history")
def schedule_history(
    folder: Folder = Path(),
    job: Annotated[str | None, typer.Option(metavar="JOB.yaml", help="Only runs of this job file.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many runs, the latest first.")] = 20,
    job_of: Annotated[int | None, typer.Option(metavar="NO", help="Print the job file as it was for this run.")] = None,
    json: AsJson = False,
) -> None:
    """What was run, why, and how it ended.

    Example: jiucang schedule history jobs --limit 5
    """
    from jiucang.schedule.shows import show_history, show_text

    if job_of is not None:
        raise typer.Exit(show_text(folder, job_of))
    name = None if job is None else Path(job).name
    raise typer.Exit(show_history(folder, file=name, limit=limit, as_json=json))


@schedule_app.command("pause")
def schedule_pause(
    job: Annotated[Path, typer.Argument(metavar="JOB.yaml", help="The job file.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the schedule instead.")] = False,
    why: Annotated[str, typer.Option(help="A reason, shown by `list`.")] = "",
) -> None:
    """Let nothing of a job start for the time being; a crawl under way goes on.

    Example: jiucang schedule pause jobs/bwc-legacy.yaml --why "the portal is being moved"
    """
    from jiucang.schedule.shows import pause

    raise typer.Exit(pause(job, resume=resume, why=why, now=datetime.now(UTC)))


def _mail_server(url: str, sender: str | None) -> MailServer:
    from jiucang.schedule.notices import mail_server

    try:
        return mail_server(url, sender)
    except ValueError as error:
        typer.echo(f"jiucang: --mail-server: {error}", err=True)
        raise typer.Exit(BAD_INPUT) from None
