"""Closed, deterministic rules that repair or normalise a document's text, each change an edit.

`run.repair` is the way in; `table.RULES` lists the rules in the order in which they run. A rule knows
nothing of edits: it finds changes in a string, `draft` carries them back to the original text. Rules
leave numerals' values, negation and names alone, and rather miss a fault than touch sound text.
"""
