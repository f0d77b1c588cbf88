"""What inline scripts write into a page from literals, found without running them.

Old portals print dates, sources and neighbours with `document.write` of values that their templates
pasted into the script. A reader sees them, so they are text. Only this is understood: variables set to
string literals or to sums of literals and known variables, `if`/`else` on comparisons of these, and
`document.write`. Whatever else a script does (loops, functions, calls) is stepped over, and a condition
that cannot be decided runs neither branch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_MAX_SCRIPT = 65_536
_MAX_TOKENS = 20_000
_MAX_VALUE = 65_536
_MAX_WRITING = 500

_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|<!--[^\n]*
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<write>\bdocument\s*\.\s*write(?:ln)?\b)
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<op>===|!==|==|!=|&&|\|\||[(){};=+,])
    |(?P<other>[^\s])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_SKIPPED_BLOCKS = {"function", "for", "while", "do", "switch", "try", "catch", "with"}

_Token = tuple[str, str]


def literal(source: str) -> str:
    r"""The value of a JavaScript string literal, quotes included in `source`.

    >>> literal(r"'\u65e7\x41\'s'")
    "旧A's"
    """

    def value(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) > 1:
            return chr(int(code[1:], 16))
        return _PLAIN_ESCAPES.get(code, code)

    return _ESCAPE.sub(value, source[1:-1])


@dataclass(slots=True)
class Scripts:
    """The inline scripts of one page in the order they stand in it; variables carry over.

    >>> Scripts().written("var d='2014-11-03'; if(d!=''){document.write('日期：'+d);}")
    '日期：2014-11-03'
    """

    variables: dict[str, str] = field(default_factory=dict)
    writing: int = 0
    """Scripts that wrote something; after `_MAX_WRITING` of them no more are read."""

    def written(self, script: str) -> str:
        """HTML that the script writes; empty when it writes nothing that can be known."""
        if len(script) > _MAX_SCRIPT or self.writing >= _MAX_WRITING:
            return ""
        tokens: list[_Token] = []
        for match in _TOKEN.finditer(script):
            if match.lastgroup is not None:
                tokens.append((match.lastgroup, match[0]))
                if len(tokens) > _MAX_TOKENS:
                    return ""
        text = _Run(tokens, self.variables).run()
        self.writing += bool(text)
        return text


@dataclass(slots=True)
class _Run:
    tokens: list[_Token]
    variables: dict[str, str]
    at: int = 0
    out: list[str] = field(default_factory=list)

    def run(self) -> str:
        # What an `if` decided for the block that ends at a depth; `else` asks for it.
        open_blocks: list[bool | None] = []
        decided: bool | None = None
        while self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            self.at += 1
            if text == "if" and kind == "name":
                decided = self._condition()
                if decided is True:
                    if self._peek() == "{":
                        self.at += 1
                        open_blocks.append(decided)
                else:
                    self._skip_statement()
            elif text == "else" and kind == "name":
                if decided is False:
                    continue  # its block or statement runs as if it stood alone; an `else if` is an `if`
                self._skip_chain()
            elif kind == "op" and text == "{":
                open_blocks.append(None)
            elif kind == "op" and text == "}":
                decided = open_blocks.pop() if open_blocks else None
            else:
                self._statement(kind, text)
        return "".join(self.out)

    def _statement(self, kind: str, text: str) -> None:
        if kind == "write" and self._peek() == "(":
            self.at += 1
            value = self._sum(")")
            if value is not None:
                self.out.append(value)
        elif kind == "name" and text in _SKIPPED_BLOCKS:
            self._skip_to_block()
        elif kind == "name" and self._peek() == "=":
            self.at += 1
            value = self._sum(";", "}", ",", "var")
            if value is None:
                self.variables.pop(text, None)
            else:
                self.variables[text] = value

    def _peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _sum(self, *ends: str) -> str | None:
        """The value of `term + term …` up to one of `ends` or a new statement; None if any term is unknown."""
        parts: list[str] = []
        known, want_term = True, True
        while self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            if kind != "string" and (text in ends or text == ";"):
                if text in (")", ","):
                    self.at += 1
                break
            if not want_term and (kind in ("name", "write", "string")):
                break  # a statement ended by a line end
            self.at += 1
            if want_term and kind == "string":
                parts.append(literal(text))
            elif want_term and kind == "name" and text in self.variables:
                parts.append(self.variables[text])
            elif not (not want_term and text == "+"):
                known = False
                if text == "(":
                    self._skip_brackets("(", ")")
            want_term = text == "+"
        value = "".join(parts)
        return value if known and not want_term and len(value) <= _MAX_VALUE else None

    def _condition(self) -> bool | None:
        """Decides `a == 'x' && b != c || …` (left to right, `&&` binding as written); None if it cannot."""
        if self._peek() != "(":
            return None
        start = self.at + 1
        self.at += 1
        self._skip_brackets("(", ")")
        result: bool | None = None
        joiner = ""
        terms = self.tokens[start : self.at - 1]
        for offset in range(0, len(terms), 4):
            term = terms[offset : offset + 3]
            if len(term) < 3:
                return None
            left, right = self._value(term[0]), self._value(term[2])
            if left is None or right is None or term[1][1] not in ("==", "!=", "===", "!=="):
                return None
            holds = (left == right) == term[1][1].startswith("=")
            if joiner == "&&":
                result = bool(result) and holds
            elif joiner == "||":
                result = bool(result) or holds
            else:
                result = holds
            joiner = terms[offset + 3][1] if offset + 3 < len(terms) else ""
            if joiner not in ("&&", "||", ""):
                return None
        return result

    def _value(self, token: _Token) -> str | None:
        kind, text = token
        return literal(text) if kind == "string" else self.variables.get(text)

    def _skip_brackets(self, opening: str, closing: str) -> None:
        depth = 1
        while self.at < len(self.tokens) and depth:
            kind, text = self.tokens[self.at]
            self.at += 1
            if kind == "op":
                depth += (text == opening) - (text == closing)

    def _skip_statement(self) -> None:
        """Steps over a block, or over one statement up to its `;`."""
        if self._peek() == "{":
            self.at += 1
            self._skip_brackets("{", "}")
            return
        while self.at < len(self.tokens) and self._peek() not in (";", "}"):
            self.at += 1
        if self._peek() == ";":
            self.at += 1

    def _skip_chain(self) -> None:
        """Steps over an `else` branch, with its condition where it is an `else if`."""
        if self._peek() == "if":
            self.at += 1
            if self._peek() == "(":
                self.at += 1
                self._skip_brackets("(", ")")
        self._skip_statement()

    def _skip_to_block(self) -> None:
        """Steps over the head of a loop or function and its block."""
        while self.at < len(self.tokens) and self._peek() not in ("{", ";"):
            if self._peek() == "(":
                self.at += 1
                self._skip_brackets("(", ")")
            else:
                self.at += 1
        self._skip_statement()
