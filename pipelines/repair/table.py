"""The closed rules, in the order in which they run.

Mojibake comes first, because its bytes show as private-use, invisible and Latin characters that later
rules would touch. Forms come before what reads them: punctuation and words are sought in folded text.
"""

from __future__ import annotations

from pipelines.repair.bullets import CIRCLED_BULLET
from pipelines.repair.forms import COMPATIBILITY_FORM, FULL_WIDTH, INVISIBLE, PRIVATE_INDENT
from pipelines.repair.mojibake import GBK_AS_LATIN, UTF8_AS_GBK, UTF8_AS_LATIN
from pipelines.repair.punctuation import HALF_WIDTH_POINT, TWICE
from pipelines.repair.rule import Rule
from pipelines.repair.words import FUNCTION_WORD

RULES: tuple[Rule, ...] = (
    UTF8_AS_GBK,
    UTF8_AS_LATIN,
    GBK_AS_LATIN,
    PRIVATE_INDENT,
    INVISIBLE,
    COMPATIBILITY_FORM,
    FULL_WIDTH,
    HALF_WIDTH_POINT,
    TWICE,
    FUNCTION_WORD,
    CIRCLED_BULLET,
)
