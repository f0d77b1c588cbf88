"""How much of a page's reading hangs on its markup: known pages changed, and pages put together from many forms.

    python -m benchmarks.robustness [--random 400] [--seed 5] [--faults]

Two kinds of trial. A *change* does to every page of a set what another portal might have done: other names for its
classes, no headings, a <title> that names the site alone. What a reader sees stays the same, so the figures should too.
*Forms* (`composed.py`) are pages that no profile knows: each form of a trail, title, meta line, body, enclosure and
chain once in each of five frames, then a number of pages whose forms are drawn by chance from the seed.

Pages are read in this process, profile and all, without a WARC. Exit code 1 where a figure is below `BOUNDS`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from benchmarks.composed import at_random, one_at_a_time
from benchmarks.gold import REAL, GoldPage, fold, real, synthetic
from benchmarks.scoring import Figures, Reading, faults, score
from pipelines.captures import Answer, Head
from pipelines.rows import Draft, read_document
from profiles.load import ProfileSet
from profiles.page import Page

FORMS = 0.95
"""Least figure of any field, and of the text, over the forms, one at a time and by chance."""

CHANGES = 0.93
"""The same over the changed pages of the project's own, for changes that leave the names of classes alone."""

INVENTED = 1
"""Most invented values of a field in one trial."""


def read(pages: Sequence[GoldPage], profiles: ProfileSet) -> dict[str, Reading]:
    """What the readers make of pages, by name; those that are taken for no document are left out."""
    head = Head(200, "text/html", "")
    readings = {}
    for page in pages:
        answer = Answer(page.url, head, page.body, complete=True, payload_digest=None)
        draft = read_document(answer, profiles, "benchmark")
        if isinstance(draft, Draft):
            readings[page.name] = _reading(draft)
    return readings


def _reading(draft: Draft) -> Reading:
    parts = draft.parts
    return Reading(
        {
            "title": fold(parts.title),
            "source": fold(parts.source),
            "author": fold(parts.author),
            "published_at": parts.published_at,
            "clicks": parts.clicks,
            "breadcrumb": [fold(label) for label in parts.breadcrumb],
            "previous": parts.previous.url if parts.previous is not None else None,
            "next": parts.next.url if parts.next is not None else None,
            "attachments": sorted(item.url for item in parts.attachments),
            "images": sorted(item.url for item in parts.images),
            "document_number": fold(draft.text.document_number),
        },
        draft.text.original.split("\n"),
    )


_NAMED = re.compile(r"""(\s(?:class|id)\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+)""", re.IGNORECASE)
_CHARSET = re.compile(r"""(<meta[^>]*?charset\s*=\s*["']?)[\w-]+""", re.IGNORECASE)
_SCRIPT_OR_COMMENT = re.compile(r"(<script.*?</script>)|<!--(?!\[if).*?-->", re.IGNORECASE | re.DOTALL)
_HEADING = re.compile(r"<(/?)h[1-6](?=[\s>])", re.IGNORECASE)
_PARAGRAPH = re.compile(r"<(/?)p(?=[\s>])", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>.*?</title>", re.IGNORECASE | re.DOTALL)
_BODY = re.compile(r"(<body[^>]*>)(.*)(</body>)", re.IGNORECASE | re.DOTALL)


def _renamed(html: str) -> str:
    names: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        words = match[2].strip("\"'").split()
        return f'{match[1]}"{" ".join(names.setdefault(word, f"k{len(names)}") for word in words)}"'

    return _NAMED.sub(rename, html).replace("_newscontent_fromname", "f1")


def _wrapped(html: str) -> str:
    box = "<table width=100%><tr><td><div><table><tr><td>", "</td></tr></table></div></td></tr></table>"
    return _BODY.sub(lambda match: f"{match[1]}{box[0]}{match[2]}{box[1]}{match[3]}", html)


CHANGES_OF: Mapping[str, Callable[[str], str]] = {
    "as it is": lambda html: html,
    "other names of classes": _renamed,
    "no classes": lambda html: _NAMED.sub("", html),
    "no comments": lambda html: _SCRIPT_OR_COMMENT.sub(lambda match: match[1] or "", html),
    "in a layout table": _wrapped,
    "no headings": lambda html: _HEADING.sub(r"<\1div", html),
    "divs for paragraphs": lambda html: _PARAGRAPH.sub(r"<\1div", html),
    "<title> empty": lambda html: _TITLE.sub("<title></title>", html),
    "<title> of the site": lambda html: _TITLE.sub("<title>某某大学</title>", html),
}
NAMES_GONE = frozenset({"other names of classes", "no classes", "no profile"})


def changed(pages: Sequence[GoldPage], change: Callable[[str], str], declared: str = "utf-8") -> list[GoldPage]:
    """The pages after a change of their source, all in UTF-8, whatever `declared` says."""
    out = []
    for page in pages:
        html = change(Page.parse(page.body, page.url).text)
        out.append(replace(page, body=_CHARSET.sub(rf"\g<1>{declared}", html).encode("utf-8", "replace")))
    return out


def trials(count: int, seed: int) -> Iterator[tuple[str, str, list[GoldPage], ProfileSet]]:
    """Name of the set, of the trial, its pages and the profiles they are read with."""
    auto, generic = ProfileSet.resolve(), ProfileSet.resolve("generic")
    sets = {"synthetic": synthetic()}
    if (REAL / "gold.jsonl").is_file():
        sets["portal-pages"] = real()
    for name, pages in sets.items():
        articles = [page for page in pages if page.article]
        for change, source in CHANGES_OF.items():
            yield name, change, changed(articles, source), auto
        yield name, "gb2312 declared, UTF-8 sent", changed(articles, lambda html: html, "gb2312"), auto
        yield name, "no profile", articles, generic
    forms: dict[str, list[GoldPage]] = {}
    for part, page in one_at_a_time():
        forms.setdefault(part, []).append(page)
    for part, pages in forms.items():
        yield "forms", f"each {part}", pages, auto
    yield "forms", f"{count} by chance", at_random(count, seed), auto


def below(name: str, trial: str, figures: Figures) -> list[str]:
    """What is below the bound for a trial: one sentence each."""
    bound = FORMS if name == "forms" else CHANGES
    if name == "portal-pages" or (name != "forms" and trial in NAMES_GONE):
        return []
    least = {"paragraph_f1": figures.paragraph_f1, "text_f1": figures.text_f1}
    least |= {field: figure.recall for field, figure in figures.fields.items()}
    said = [f"{name}, {trial}: {field} {value}, wanted ≥ {bound}" for field, value in least.items() if value < bound]
    many = [field for field, figure in figures.fields.items() if figure.invented > INVENTED]
    return said + [f"{name}, {trial}: {field} invented more than {INVENTED} times" for field in many]


_COLUMNS = (
    *("title", "source", "author", "published_at", "clicks", "breadcrumb"),
    *("previous", "next", "attachments", "images", "document_number"),
)


def row(name: str, trial: str, figures: Figures) -> str:
    cells = [f"{figures.found}/{figures.articles}", f"{figures.paragraph_f1:.2f}", f"{figures.text_f1:.2f}"]
    cells += [f"{figures.fields[field].recall:.2f}" if field in figures.fields else "" for field in _COLUMNS]
    cells.append(str(sum(field.invented for field in figures.fields.values())))
    return f"| {name}: {trial} | {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--random", type=int, default=400, help="pages of forms drawn by chance")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--faults", action="store_true", help="name the pages that are read wrongly, and the fields")
    chosen = parser.parse_args()
    head = ["found", "paragraph F1", "text F1", *_COLUMNS, "invented"]
    print(f"| | {' | '.join(head)} |", "|---|" + "--:|" * len(head), sep="\n")
    worse: list[str] = []
    for name, trial, pages, profiles in trials(chosen.random, chosen.seed):
        readings = read(pages, profiles)
        figures = score(pages, readings)
        print(row(name, trial, figures), flush=True)
        worse += below(name, trial, figures)
        for page in pages if chosen.faults else ():
            if wrong := list(faults(page, readings.get(page.name, Reading({}, ())))):
                print(f"    {page.name}: {', '.join(wrong)}")
    print("", *worse, sep="\n")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
