"""When an edit in clean text is a false alarm, by criteria that a program can check and by what was read.

A repair changes content: in clean text every one is false, but for those that `judged.json` excuses because the text
itself is at fault there. A normalisation changes form: one is false where more than form differs, or where the form
was shown for its own sake. In generated text nothing is at fault, so every edit is false. `judged.json` names edits by
a digest of rule, passage and surroundings, with a word of why; it overrules the criteria either way.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from pathlib import Path

from pipelines.repair.chars import CJK_POINT, HAN
from pipelines.repair.rule import Change, Rule

JUDGED = Path(__file__).with_name("judged.json")
_AROUND = 12

_SHOWN = re.compile("[全半]角(?!钱)|部首(?![先次席批任要脑领长])|偏旁|码位|Unicode")
"""Talk of forms, in the sentence."""
_SENTENCE = re.compile("[。！？\n]")
_HAN_FIGURE = re.compile("[〇一二三四五六七八九○]")
_SHAPING = re.compile("[\u0590-\u109f\u1780-\u18af\u1a20-\u1cff\u200d\ufe00-\ufe0f\u2600-\u27bf\U0001f000-\U0001faff]")
_NOT_PROSE = re.compile(r"[A-Za-z0-9_]+[(\[][^()\[\]]*$|[/\\@=<>{}|~^*+$#]\S*$")
_FIELDS = re.compile(f"(?:^|[^{HAN}])[{HAN}]{{1,4}}([:!,])[{HAN}]{{1,4}}\\1[{HAN}]{{1,4}}(?:[^{HAN}]|$)")
_TIGHT = re.compile(f"[{HAN}][0-9A-Za-z]|[0-9A-Za-z][{HAN}]")
_DATE = re.compile("[0-9]+ *年(?: *[0-9]+ *月)?(?: *[0-9]+ *日)?|[0-9]+ *月 *[0-9]+ *日")


def digest(rule: Rule, text: str, change: Change) -> str:
    """The name of an edit: 16 hex digits of the SHA-256 of rule, passage and the 12 characters on either side."""
    parts = (rule.id, *_surroundings(text, change), change.after)
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()[:16]


def shown(text: str, change: Change) -> str:
    """The edit with its surroundings, for a person."""
    prefix, before, suffix = _surroundings(text, change)
    return f"{prefix}⟦{before}⇒{change.after}⟧{suffix}"


def _surroundings(text: str, change: Change) -> tuple[str, str, str]:
    start, end = change.start, change.end
    return text[max(0, start - _AROUND) : start], text[start:end], text[end : end + _AROUND]


def judged() -> dict[str, dict[str, str]]:
    """What was read by eye: by digest `{verdict: right | false, why}`."""
    made: dict[str, dict[str, str]] = json.loads(JUDGED.read_text("utf-8"))
    return made


def is_false(rule: Rule, text: str, change: Change, *, generated: bool, read: dict[str, dict[str, str]]) -> bool:
    """Whether the edit is a false alarm in this clean text, one paragraph or one generated document."""
    if generated:
        return True
    verdict = read.get(digest(rule, text, change))
    if verdict is not None:
        return verdict["verdict"] == "false"
    return rule.kind == "repair" or not _is_form(rule, text, change)


def _is_form(rule: Rule, text: str, change: Change) -> bool:
    """Whether only form differs, and was not what the passage is about."""
    before, after = text[change.start : change.end], change.after or ""
    beside = text[max(0, change.start - 1) : change.start] + text[change.end : change.end + 1]
    sentence = _SENTENCE.split(text[: change.start])[-1] + before + _SENTENCE.split(text[change.end :])[0]
    if _SHOWN.search(sentence):
        return False
    match rule.id:
        case "full-width":
            return unicodedata.normalize("NFKC", before) == after and not (
                before in "０Ｏ" and _HAN_FIGURE.search(beside)
            )
        case "compatibility-form":
            return unicodedata.normalize("NFKC", before) == unicodedata.normalize("NFKC", after)
        case "half-width-punctuation":
            head = re.split(rf"[\s{CJK_POINT}]", text[: change.start])[-1]
            field = _FIELDS.search(text[max(0, change.start - 12) : change.end + 12])
            return unicodedata.normalize("NFKC", after) == before and not field and not _NOT_PROSE.search(head)
        case "invisible-character" | "private-use-indent" | "private-use-picture":
            unseen = all(unicodedata.category(char) in ("Cf", "Cc", "Co", "Zs") or char == "\n" for char in before)
            return unseen and not after.strip() and not _SHAPING.search(beside)
        case "han-zero":
            return (
                unicodedata.normalize("NFKC", before) in ("○", "◯", "0", "O") and after == "〇" and not _told_over(text)
            )
        case "split-date":
            close = len(_TIGHT.findall(_DATE.sub("0\n", text)))
            return re.sub(r"\s", "", before) == after and close > 0
    return False


def _told_over(text: str) -> bool:
    return "一二三四五" in text
