"""Where the small functions of a page's scripts lead: `goPage(2)`, `showNews(12)`, `this.form.submit()`.

Old portals write `<a href="javascript:goPage(2)">` and in a script `function goPage(n){location="list.asp?page="+n}`.
Read here are assignments of sums of literals, parameters and known variables, and what is done with them: an
address that is opened, a form that is filled in and sent, ASP.NET's `__doPostBack`. Conditions are not decided:
both of their branches count. Nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from urllib.parse import unquote

from profiles.page import Page
from profiles.scripts import MAX_SCRIPT
from profiles.written import literal

MAX_WALKED = 200_000
"""Tokens of a page's handlers and functions that are looked at, as often as they are."""

CHOSEN = "$chosen"
"""The name under which the value of the option that a reader chooses is known."""

_MAX_FUNCTIONS = 1000
_MAX_FUNCTION = 5000
_MAX_TOKENS = 1500
_MAX_DEPTH = 3
_MAX_BRACKETS = 20
_MAX_TARGETS = 100

_FUNCTION = re.compile(r"function(?:\s{1,9}([\w$]{1,80}))?(?=\s{0,9}\()")
_ASSIGNED = re.compile(r"(?<![\w$.])([\w$]{1,80})\s{0,3}=\s{0,3}$")
_CALLED = re.compile(r"(?<![\w$.])[A-Za-z_$][\w$]{0,80}(?=\s{0,9}\()")
_PARAMETERS = re.compile(r"\s{0,9}\((?P<parameters>[\w$,\s]{0,200})\)\s{0,9}\{")
_LEADS = ("location", "open", "submit", "PostBack")
_ELEMENT = r"getElement(?:ById|sByName)\(\s{0,9}[\"'][\w$:.-]{1,80}[\"']\s{0,9}\)"
_INDEX = r"\s{0,3}\[[\w$.\s\"']{1,80}\]"
_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)"
    r"|(?P<string>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<number>\d+(?![\w.]))"
    rf"|(?P<path>[A-Za-z_$][\w$]*(?:{_INDEX})?(?:\s{{0,9}}\.\s{{0,9}}(?:{_ELEMENT}|[A-Za-z_$][\w$]*)(?:{_INDEX})?){{0,8}})"
    r"|(?P<mark>===?|!==?|[-+*/<>]=|[=+(),;{}?:-])"
    r"|(?P<other>[^\s])",
    re.S,
)
_BLANKS = re.compile(r"\s+")
_LOCATION = re.compile(r"(?:(?:window|self|top|parent|document|this)\.){0,2}location(?:\.href)?")
_OPENS = re.compile(
    r"(?:window\.|self\.|top\.)?open|(?:(?:window|self|top|parent|document)\.){0,2}location\.(?:replace|assign)"
)
_CHOSEN = re.compile(
    r"(?:this|[\w$.]{1,40}|.{0,60}\))(?:\.options)?\[(?:[\w$.]{0,40}\.)?selectedIndex\]\.value|this\.value"
)
_SAME = frozenset(("parseInt", "Number", "String", "encodeURIComponent", "encodeURI", "escape", "eval"))
_QUOTED = re.compile(r"[\"']([^\"']+)[\"']")

Value = str | int
_Token = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that a script sends: its name, id or number as the script writes it, and the fields that are set."""

    form: str
    fields: Mapping[str, str]
    action: str | None


@dataclass(slots=True)
class Reached:
    """What a piece of script leads to: references, forms, and the arguments of `__doPostBack`."""

    targets: list[str] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    postbacks: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Function:
    """The parameters of a function, and the tokens of its body."""

    parameters: list[str]
    tokens: tuple[_Token, ...]


def _function(head: re.Match[str]) -> Function | None:
    body = head.string[head.end() : head.end() + _MAX_FUNCTION]
    if not any(word in body for word in _LEADS):
        return None
    return Function([name.strip() for name in head["parameters"].split(",")], _tokens(body, within=True))


class Calls:
    """The functions in the inline scripts of a page, and what handlers do with them."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._known: dict[tuple[str, str | None], Reached] = {}
        self._functions: dict[str, Function | None] = {}
        self._left = MAX_WALKED

    def _may_lead(self, code: str) -> bool:
        return any(word in code for word in _LEADS) or any(map(self.function, _CALLED.findall(code[:MAX_SCRIPT])))

    def function(self, name: str) -> Function | None:
        """The function of that name that a script of the page defines, if it may lead somewhere."""
        if name not in self._functions:
            begin = self._begins.get(name)
            head = _PARAMETERS.match(self._page.live_source, begin) if begin is not None else None
            self._functions[name] = _function(head) if head is not None else None
        return self._functions[name]

    @cached_property
    def _begins(self) -> dict[str, int]:
        """Where the parameters of the page's functions begin, by name."""
        source = self._page.live_source
        found: dict[str, int] = {}
        for match in islice(_FUNCTION.finditer(source), _MAX_FUNCTIONS):
            name = match[1] or (
                (before := _ASSIGNED.search(source, max(0, match.start() - 90), match.start())) and before[1]
            )
            if name:
                found.setdefault(name, match.end())
        return found

    def reach(self, code: str, chosen: str | None = None) -> Reached:
        """Where an event handler or a `javascript:` link leads; `chosen` is the value of the option chosen."""
        key = (code, chosen)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Reached()
            if code[:11].lower() == "javascript:":
                code = unquote(code[11:])
            variables: dict[str, Value] = {CHOSEN: chosen} if chosen is not None else {}
            if self._left > 0 and self._may_lead(code):
                walk = _Walk(self, _tokens(code[:MAX_SCRIPT]), variables, known, self._left)
                walk.walk()
                self._left = walk.left
        return known


@lru_cache(maxsize=512)
def _tokens(code: str, *, within: bool = False) -> tuple[_Token, ...]:
    """The tokens of *code*, or of the block that it is *within*."""
    tokens: list[_Token] = []
    depth = 1 if within else _MAX_TOKENS
    for match in _TOKEN.finditer(code):
        if match.lastgroup is None:
            continue
        text = match[0]
        if match.lastgroup == "path":
            text = _BLANKS.sub("", text)
            if ("value" in text or "selected" in text) and _CHOSEN.fullmatch(text):
                text = CHOSEN
        elif text in "{}":
            depth += 1 if text == "{" else -1
            if not depth:
                break
        tokens.append((match.lastgroup, text))
        if len(tokens) >= _MAX_TOKENS:
            break
    return tuple(tokens)


@dataclass(slots=True)
class _Walk:
    calls: Calls
    tokens: tuple[_Token, ...]
    variables: dict[str, Value]
    reached: Reached
    left: int
    """Tokens that may still be looked at."""
    depth: int = 0
    at: int = 0
    brackets: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    action: str | None = None

    def walk(self) -> None:
        while self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            self.at += 1
            self.left -= 1
            if self.left <= 0:
                return
            if kind == "path" and self._peek() == "=":
                self.at += 1
                self._assign(text)
            elif kind == "path" and self._peek() == "(":
                self.at += 1
                self._call(text)

    def _assign(self, path: str) -> None:
        value = self._sum()
        if _LOCATION.fullmatch(path):
            self._open(value)
        elif path.endswith(".action"):
            self.action = value if isinstance(value, str) else None
        elif path.endswith(".value") and value is not None:
            self.fields[_last(path.removesuffix(".value"))] = str(value)
        elif value is None:
            self.variables.pop(path, None)
        else:
            self.variables[path] = value

    def _call(self, path: str) -> None:
        if _OPENS.fullmatch(path):
            self._open(self._sum())
        elif path.endswith(".submit"):
            form = path.removesuffix(".submit")
            if len(self.reached.submissions) < _MAX_TARGETS:
                self.reached.submissions.append(Submission(_last(form), dict(self.fields), self.action))
        elif path == "__doPostBack":
            arguments = self._arguments()
            if len(arguments) == 2 and None not in arguments and len(self.reached.postbacks) < _MAX_TARGETS:
                self.reached.postbacks.append((str(arguments[0]), str(arguments[1])))
        elif self.depth < _MAX_DEPTH and "." not in path and (function := self.calls.function(path)) is not None:
            self._enter(function)

    def _enter(self, function: Function) -> None:
        given = dict(zip(function.parameters, self._arguments(), strict=False))
        variables = {name: value for name, value in given.items() if name and value is not None}
        inner = _Walk(self.calls, function.tokens, variables, self.reached, self.left, self.depth + 1)
        inner.walk()
        self.left = inner.left

    def _open(self, value: Value | None) -> None:
        targets = self.reached.targets
        if isinstance(value, str) and (reference := value.strip()) and len(targets) < _MAX_TARGETS:
            targets.append(reference)

    def _arguments(self) -> list[Value | None]:
        values: list[Value | None] = []
        while self.at < len(self.tokens) and self._peek() != ")":
            values.append(self._sum())
            if self._peek() != ",":
                break
            self.at += 1
        return values

    def _peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _sum(self) -> Value | None:
        """The value of `term ± term …`; None where a term is unknown. Stands then at what follows."""
        value = self._term()
        while self._peek() in ("+", "-"):
            plus = self._peek() == "+"
            self.at += 1
            value = _joined(value, self._term(), plus)
        if self._peek() not in (";", ",", ")", "}", "") and self.tokens[self.at][0] not in ("path", "string"):
            return None  # a comparison, a product, a choice
        return value

    def _term(self) -> Value | None:
        if self.at >= len(self.tokens):
            return None
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "string":
            return literal(text)
        if kind == "number":
            return int(text) if len(text) < 16 else text
        if text == "(" or (kind == "path" and text in _SAME and self._peek() == "("):
            self.at += text != "("
            if self.brackets >= _MAX_BRACKETS:
                return None
            self.brackets += 1
            value = self._sum()
            self.brackets -= 1
            if self._peek() == ")":
                self.at += 1
                return value
            return None
        return self.variables.get(text) if kind == "path" else None


def _joined(left: Value | None, right: Value | None, plus: bool) -> Value | None:
    if left is None or right is None:
        return None
    if isinstance(left, int) and isinstance(right, int):
        return left + right if plus else left - right
    if plus:
        return f"{left}{right}"
    return int(left) - int(right) if str(left).isdecimal() and str(right).isdecimal() else None


def _last(path: str) -> str:
    """The name of the form or field that a path ends in.

    >>> [_last(path) for path in ("document.form1", "document.forms[0]", "document.getElementById('p')", "this.form")]
    ['form1', '0', 'p', 'form']
    """
    if path.endswith((")", "]")):
        inside = path[max(path.rfind("("), path.rfind("[")) + 1 : -1]
        quoted = _QUOTED.search(path[path.rfind("(") :]) if path.endswith("]") and ")[" in path else None
        return quoted[1] if quoted else inside.strip("\"'")
    return path.rpartition(".")[2]
