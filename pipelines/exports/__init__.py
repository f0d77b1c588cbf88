"""documents.jsonl in the forms of other tools. Each export is a function of the rows alone, row by row."""
