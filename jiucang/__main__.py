"""The `jiucang` command, also as `python -m jiucang`.

Processes that help with long files begin by loading the module that the command began with: hence the late import.
"""


def main() -> None:
    """Runs the command that the arguments name."""
    from jiucang.cli import main as run

    run()


if __name__ == "__main__":
    main()
