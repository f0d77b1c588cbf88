"""The front door: commands, runs, the sample portal. Joins the other packages."""

__version__ = "0.1.0"
