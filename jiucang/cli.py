"""The commands. Each joins the packages below; what they do is said there, and imported when it is asked for."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer

from jiucang import __version__
from jiucang.schedule.commands import schedule_app
from jiucang.viewers.names import Viewer

app = typer.Typer(
    name="jiucang",
    help="Archive legacy portals: exact WARC captures, and clean text whose every repair can be taken back.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
profiles_app = typer.Typer(help="What the CMS of a portal looks like.", no_args_is_help=True)
app.add_typer(profiles_app, name="profiles")
app.add_typer(schedule_app, name="schedule")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"jiucang {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Archive legacy portals: exact WARC captures, and clean text whose every repair can be taken back."""


@app.command()
def crawl(
    job: Annotated[Path, typer.Argument(metavar="JOB.yaml", help="The job file.")],
    index: Annotated[bool, typer.Option(help="Write indexes/index.cdxj afterwards.")] = True,
    extract: Annotated[bool, typer.Option(help="Write documents/documents.jsonl afterwards.")] = True,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes for the extraction; without it, one a core.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the run's report as JSON.")] = False,
) -> None:
    """Crawl a portal, or resume where it stopped; then index and extract.

    Example: jiucang crawl bwc-legacy.yaml
    """
    from jiucang.crawling import crawl_job

    raise typer.Exit(crawl_job(job, index=index, extract=extract, workers=workers, as_json=json))


@app.command()
def extract(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE…", help="WARC files, collections or folders.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the rows go.")] = Path("documents.jsonl"),
    clicks: Annotated[
        Path | None, typer.Option(help="Also write every click count that was told, a line each.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Also write extract.json: every page without a row, and why.")
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(help="Take in these decisions; without it those of the collection that is the only source."),
    ] = None,
    proposals: Annotated[
        bool, typer.Option(help="Also propose corrections, for `jiucang review` to decide on.")
    ] = True,
    parquet: Annotated[Path | None, typer.Option(help="Also write the rows as a Parquet file.")] = None,
    annotations: Annotated[
        Path | None, typer.Option(help="Also write the edits as W3C Web Annotations, a row a line.")
    ] = None,
    prov: Annotated[
        Path | None, typer.Option(help="Also write where rows come from as PROV-JSON, a row a line.")
    ] = None,
    tei: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also write a TEI document a row, with both readings.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; without it, one a core. The rows are the same for any number."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Derive documents.jsonl from WARC files: what is there already is replaced once all is done.

    Example: jiucang extract collections/bwc-legacy -o documents.jsonl

    Example: jiucang extract a.warc.gz b.warc.gz --report extract.json --clicks clicks.jsonl

    Exit code 1 where a file or a page could not be read: named on stderr and in the report.
    """
    from jiucang.deriving import extract_sources
    from jiucang.exporting import Exports, extract_and_export

    def extraction() -> int:
        return extract_sources(
            sources,
            output,
            clicks=clicks,
            report=report,
            decisions=decisions,
            proposals=proposals,
            workers=workers,
            as_json=json,
        )

    exports = Exports(parquet=parquet, annotations=annotations, prov=prov, tei=tei, sources=tuple(sources))
    raise typer.Exit(extract_and_export(extraction, output, exports, quiet=json))


@app.command("index")
def index_command(
    sources: Annotated[
        list[Path], typer.Argument(metavar="SOURCE…", help="A collection; or WARC files and folders of them, with -o.")
    ],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where the index of WARC files goes.")] = None,
    compress: Annotated[
        bool, typer.Option("--compress", help="Also in gzip members, in indexes/compressed; from then on always.")
    ] = False,
) -> None:
    """Bring the collection's indexes/index.cdxj up to date; only new WARC files are read.

    Example: jiucang index collections/bwc-legacy

    Example: jiucang index collections/bwc-legacy --compress

    Example: jiucang index a.warc.gz foreign/ -o index.cdxj
    """
    from jiucang.indexing import index_sources

    raise typer.Exit(index_sources(sources, output, compress=compress))


@app.command()
def rebuild(
    collection: Annotated[Path, typer.Argument(metavar="COLLECTION", help="A collection's folder.")],
    imports: Annotated[
        list[Path] | None,
        typer.Option("--import", metavar="FILE", help="First copy a WARC file of other software in; may be repeated."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Make a lost or damaged state.db anew from the WARC files; take in foreign ones as an earlier run.

    Example: jiucang rebuild collections/bwc-legacy
    """
    from jiucang.rebuilding import rebuild_collection

    raise typer.Exit(rebuild_collection(collection, imports or [], as_json=json))


@app.command()
def verify(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE…", help="Collections, WARC files, packages.")],
    headings: Annotated[
        bool, typer.Option("--headings", help="Under the four headings of DA/T 70: 真实性, 完整性, 可用性, 安全性.")
    ] = False,
    mend: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write repaired copies into this new folder.")
    ] = None,
    fixity: Annotated[
        bool, typer.Option("--fixity", help="Compare sealed files with the collection's manifest, and record it.")
    ] = False,
    due: Annotated[
        int | None,
        typer.Option(min=0, metavar="DAYS", help="Files not checked for so long: named, or with --fixity checked."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check archives strictly; exit code 1 where something is wrong. Only --mend and --fixity write, and only beside.

    Example: jiucang verify collections/bwc-legacy
    """
    from jiucang.verifying import verify_fixity, verify_sources

    if fixity or due is not None:
        if mend is not None or headings:
            raise typer.BadParameter("--fixity and --due go with neither --mend nor --headings")
        raise typer.Exit(verify_fixity(sources, due_days=due or 0, check=fixity, as_json=json))
    raise typer.Exit(verify_sources(sources, as_json=json, headings=headings, mend_into=mend))


@app.command()
def replay(
    sources: Annotated[
        list[Path], typer.Argument(metavar="SOURCE…", help="A collection, a WACZ, or WARC files.", exists=True)
    ],
    viewer: Annotated[Viewer, typer.Option(help="The program that shows it.")] = Viewer.REPLAYWEB,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 is a free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open a browser, where there is one.")] = True,
    pywb: Annotated[str | None, typer.Option(metavar="PROGRAM", help="Where pywb's wayback is.")] = None,
) -> None:
    """Show an archive in a viewer, on this machine, until Ctrl-C. The live web is never asked.

    Example: jiucang replay collections/bwc-legacy
    """
    from jiucang.replaying import Replay, replay_sources

    raise typer.Exit(replay_sources(sources, Replay(viewer, host, port, browser, pywb)))


@app.command()
def package(
    collection: Annotated[Path, typer.Argument(metavar="COLLECTION", help="A collection's folder.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The package; without it, in the collection's packages/.")
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="wacz|bag", help="A WACZ file, or a BagIt bag.")] = "wacz",
    access: Annotated[
        bool, typer.Option("--access", help="A copy for reading: what viewers would read wrong is put right, and told.")
    ] = False,
) -> None:
    """Package a collection, without what its access.yaml withholds. A bag is a folder, or a file that ends in .tar.

    Example: jiucang package collections/bwc-legacy --format bag -o bwc-legacy.tar
    """
    from jiucang.packaging import Format, package_collection

    if form not in list(Format):
        raise typer.BadParameter(f"--format is {form!r}, expected wacz or bag")
    raise typer.Exit(package_collection(collection, output, Format(form), access_copy=access))


@app.command()
def review(
    collection: Annotated[Path, typer.Argument(metavar="COLLECTION", help="A collection's folder.")],
    by: Annotated[str | None, typer.Option(help="Who decides; else JIUCANG_REVIEWER, else the account.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Also edits that are applied or decided on.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="Only list.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Only list, a JSON object a line.")] = False,
    accept: Annotated[str | None, typer.Option(metavar="EDIT", help="Accept an edit.")] = None,
    reject: Annotated[str | None, typer.Option(metavar="EDIT", help="Reject an edit, also an applied one.")] = None,
    correct: Annotated[str | None, typer.Option(metavar="EDIT", help="Put --after in its place.")] = None,
    undo: Annotated[str | None, typer.Option(metavar="EDIT", help="Take back the last decision on an edit.")] = None,
    add: Annotated[str | None, typer.Option(metavar="DOCUMENT", help="Edit --before to --after.")] = None,
    before: Annotated[str, typer.Option(help="What the document reads, with --add.")] = "",
    after: Annotated[str | None, typer.Option(help="What it should read, with --correct and --add.")] = None,
    occurrence: Annotated[int, typer.Option(min=0, help="Which of several places, from 0, with --add.")] = 0,
) -> None:
    """Decide what becomes of proposals; decisions are kept in documents/decisions.jsonl.

    Example: jiucang review collections/bwc-legacy --by 王编辑
    """
    from jiucang.reviewing import Asked, review_collection
    from pipelines.review.decisions import What

    named: dict[What, str | None] = {"accept": accept, "reject": reject, "correct": correct, "undo": undo, "add": add}
    wanted = [(what, edit) for what, edit in named.items() if edit is not None]
    if len(wanted) > 1 or (wanted and (listing or json)):
        raise typer.BadParameter("one thing at a time: list, or decide on one edit")
    asked = Asked(None) if listing or json else None
    if wanted:
        asked = Asked(wanted[0][0], wanted[0][1], after, before, occurrence)
    raise typer.Exit(review_collection(collection, by=by, asked=asked, as_json=json, every=every))


@profiles_app.command("list")
def profiles_list() -> None:
    """The built-in profiles, a line each."""
    from profiles.load import ProfileSet

    for profile in ProfileSet.resolve().profiles:
        typer.echo(f"{profile.name:<12} {profile.cms:<12} {profile.description}")


@profiles_app.command("explain")
def profiles_explain(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A saved page, FILE.warc.gz#OFFSET or a URL.")],
    url: Annotated[str | None, typer.Option("--url", help="The address of a saved page.")] = None,
    collection: Annotated[
        Path | None, typer.Option("--in", help="Collection or WARC file in which a URL is looked up.")
    ] = None,
    profile: Annotated[str, typer.Option(help="auto, a profile's name, or a YAML file.")] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print the explanation as JSON.")] = False,
) -> None:
    """Show how a page is read: profile, kind, what each selector finds, every field and why it is empty, links.

    A URL without --in is fetched, once and alone.

    Example: jiucang profiles explain saved.htm --url http://bwc.example.edu.cn/info/1018/1740.htm
    """
    from jiucang.profiling import explain_source

    raise typer.Exit(explain_source(source, url=url, profile=profile, collection=collection, as_json=json))


@profiles_app.command("check")
def profiles_check(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="A YAML file, or a built-in profile's name.")],
    samples: Annotated[
        Path | None, typer.Option(help="Folder of sample pages with an expected.yaml, read with the profile.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check a profile, and that it reads sample pages as expected.

    Example: jiucang profiles check bwc.yaml --samples samples
    """
    from jiucang.profiling import check_profile

    raise typer.Exit(check_profile(profile, samples, as_json=json))


@app.command()
def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the demo's collection.")] = Path("demo"),
) -> None:
    """Serve the sample portal on loopback, crawl it, and show where everything is."""
    from jiucang.demo import run_demo

    raise typer.Exit(run_demo(output))


def main() -> None:
    """The `jiucang` command. Typer turns Ctrl-C into exit code 130 and a pipe that nobody reads into 1."""
    # SIGTERM is Ctrl-C by other means: a scheduler's, or the system's at shutdown
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app()
