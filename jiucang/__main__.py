"""`python -m jiucang` is the `jiucang` command."""

from jiucang.cli import main

main()
