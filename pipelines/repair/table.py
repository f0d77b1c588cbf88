"""The closed rules, in the order in which they run.

Mojibake comes first, because its bytes show as private-use, invisible and Latin characters that later
rules would touch. Residue comes next, for the same reason. Forms come before what reads them: punctuation and
words are sought in folded text. A rule applies by itself only while its measured false alarms are at most
one in a million characters of clean text (benchmarks/false_alarms.json); any other is marked `proposed`.
"""

from __future__ import annotations

from pipelines.repair.bullets import CIRCLED_BULLET
from pipelines.repair.forms import COMPATIBILITY_FORM, FULL_WIDTH, INVISIBLE
from pipelines.repair.lost import LOST
from pipelines.repair.mojibake import GBK_AS_LATIN, UTF8_AS_GBK, UTF8_AS_LATIN
from pipelines.repair.numerals import HAN_ZERO, SPLIT_DATE
from pipelines.repair.private import PRIVATE_INDENT, PRIVATE_PICTURE, PRIVATE_UNKNOWN
from pipelines.repair.punctuation import HALF_WIDTH_POINT, TWICE
from pipelines.repair.residue import ESCAPED_TWICE, WORD_RESIDUE
from pipelines.repair.rule import Rule
from pipelines.repair.words import DOUBLED_DE, FUNCTION_WORD

RULES: tuple[Rule, ...] = (
    UTF8_AS_GBK,
    UTF8_AS_LATIN,
    GBK_AS_LATIN,
    ESCAPED_TWICE,
    WORD_RESIDUE,
    PRIVATE_INDENT,
    PRIVATE_PICTURE,
    INVISIBLE,
    COMPATIBILITY_FORM,
    HAN_ZERO,
    FULL_WIDTH,
    SPLIT_DATE,
    HALF_WIDTH_POINT,
    TWICE,
    DOUBLED_DE,
    FUNCTION_WORD,
    CIRCLED_BULLET,
    LOST,
    PRIVATE_UNKNOWN,
)
