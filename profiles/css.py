"""What a stylesheet refers to, by a tokenizer that knows comments, strings, escapes and `url(…)`.

https://www.w3.org/TR/css-syntax-3/#tokenization; nothing is parsed beyond that.
"""

from __future__ import annotations

import re

MAX_REFERENCES = 5000

# Every alternative consumes what it starts, to the end of the text if it is never closed: the scan is linear.
_TOKEN = re.compile(
    r"/\*.*?(?:\*/|\Z)"
    r"|(?P<at>@import)(?![\w-])"
    r"|(?<![\w-])url\(\s*+(?:\"(?P<double>(?:[^\"\\\n]|\\.)*+)\"?|'(?P<single>(?:[^'\\\n]|\\.)*+)'?|(?P<bare>(?:[^)\"'\s\\]|\\.)*+))"
    r"|\"(?P<string>(?:[^\"\\\n]|\\.)*+)\"?"
    r"|'(?P<string2>(?:[^'\\\n]|\\.)*+)'?"
    r"|(?P<end>[;{}])",
    re.S | re.I,
)
_ESCAPE = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})[ \t\r\n\f]?|\r?\n|(.))", re.S)


def css_references(text: str) -> list[tuple[str, bool]]:
    """(reference, whether it is an @import) in the order of the stylesheet, duplicates included.

    `text` is a stylesheet, or the value of a style attribute. References are unescaped and not resolved.
    `data:` references and empty ones are left out. Raises nothing.

    >>> css_references('@import "a.css"; /* url(no.png) */ b { background: url( x.png ) }')
    [('a.css', True), ('x.png', False)]
    """
    if "url(" not in text and "@import" not in text:
        lowered = text.lower()
        if "url(" not in lowered and "@import" not in lowered:
            return []
    found: list[tuple[str, bool]] = []
    importing = False
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "at":
            importing = True
        elif kind == "end":
            importing = False
        elif kind in ("string", "string2"):
            if importing:
                _add(found, token[kind], True)
            importing = False
        elif kind is not None:
            _add(found, token[kind], importing)
            importing = False
        if len(found) >= MAX_REFERENCES:
            break
    return found


def _add(found: list[tuple[str, bool]], raw: str, is_import: bool) -> None:
    reference = (_ESCAPE.sub(_unescaped, raw) if "\\" in raw else raw).strip()
    if reference and reference[:5].lower() != "data:" and not reference.startswith("#"):
        found.append((reference, is_import))


def _unescaped(escape: re.Match[str]) -> str:
    if escape[1]:
        code = int(escape[1], 16)
        return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
    return escape[2] or ""
