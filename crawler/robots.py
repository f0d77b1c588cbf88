"""robots.txt as RFC 9309 reads it: what an answer means for its origin, and who may be asked.

§2.3.1.3: a 4xx allows everything. §2.3.1.4: a 5xx or no answer forbids everything. A page of HTML in
place of the file is no robots.txt and says nothing. At most 500 KiB are read (§2.5).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from protego import Protego

MAX_BYTES = 500 * 1024
#: A longer Crawl-delay would be a ban in disguise, and a typing error stop a crawl for years (Heritrix's figure).
MAX_DELAY = 300.0
#: Files kept parsed; a parsed one holds many times its text.
MAX_PARSED = 256
ALLOW, FORBID, RULES, UNKNOWN = "allow", "forbid", "rules", "unknown"


@dataclass(frozen=True, slots=True)
class RobotsAnswer:
    """What an origin's robots.txt came to: `state` is allow, forbid or rules; `text` only for rules."""

    state: str
    text: str = ""


def read_answer(status: int | None, body: bytes, content_type: bytes) -> RobotsAnswer:
    """The meaning of one answer (or of none: status None).

    >>> read_answer(404, b"", b"").state, read_answer(503, b"", b"").state, read_answer(None, b"", b"").state
    ('allow', 'forbid', 'forbid')
    >>> read_answer(200, b"<!DOCTYPE html><html>", b"text/html").state
    'allow'
    """
    if status is None or status >= 500 or status < 200:
        return RobotsAnswer(FORBID)
    if status >= 300:
        return RobotsAnswer(ALLOW)
    text = body[:MAX_BYTES].decode("utf-8", "replace").lstrip("\ufeff")
    if text.lstrip()[:1] == "<" or b"html" in content_type.lower():
        return RobotsAnswer(ALLOW)
    return RobotsAnswer(RULES, text)


class RobotsRules:
    """One origin's rules for one agent."""

    def __init__(self, answer: RobotsAnswer, agent: str) -> None:
        self._state, self._agent = answer.state, agent
        self._rules = Protego.parse(answer.text) if answer.state == RULES else None

    def allows(self, url: str) -> bool:
        if self._rules is None:
            return self._state == ALLOW
        return bool(self._rules.can_fetch(url, self._agent))

    @property
    def crawl_delay(self) -> float | None:
        """Seconds between requests that the file asks for, at most `MAX_DELAY`; None where it does not."""
        delay = self._rules.crawl_delay(self._agent) if self._rules is not None else None
        return min(float(delay), MAX_DELAY) if delay is not None and delay > 0 else None


class RobotsMemory:
    """The rules of the origins asked last, parsed; others are parsed again from their text when they are needed."""

    def __init__(self, agent: str, text_of: Callable[[int], str]) -> None:
        """*text_of* gives the file of an origin whose state is `RULES`."""
        self._agent, self._text_of = agent, text_of
        self._parsed: OrderedDict[int, RobotsRules] = OrderedDict()

    def allows(self, number: int, state: str, url: str) -> bool:
        return self._rules(number).allows(url) if state == RULES else state == ALLOW

    def crawl_delay(self, number: int, state: str) -> float | None:
        """As `RobotsRules.crawl_delay`."""
        return self._rules(number).crawl_delay if state == RULES else None

    def forget(self, number: int) -> None:
        """The origin's file is another one now."""
        self._parsed.pop(number, None)

    def clear(self) -> None:
        self._parsed.clear()

    def _rules(self, number: int) -> RobotsRules:
        rules = self._parsed.get(number)
        if rules is None:
            rules = self._parsed[number] = RobotsRules(RobotsAnswer(RULES, self._text_of(number)), self._agent)
            if len(self._parsed) > MAX_PARSED:
                self._parsed.popitem(last=False)
        else:
            self._parsed.move_to_end(number)
        return rules
