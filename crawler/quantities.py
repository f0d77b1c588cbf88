"""Sizes and times as people write them in a job file: `500 MB`, `1 s`, `6 h`."""

from __future__ import annotations

import re

_SIZES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZES |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_TIMES = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_QUANTITY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")


def parse_size(value: object) -> int:
    """Bytes. A bare number is bytes; units are B, KB … TB (powers of 1000) and KiB … TiB (of 1024).

    >>> parse_size("500 MB"), parse_size(1024), parse_size("1 GiB")
    (500000000, 1024, 1073741824)
    >>> parse_size("5 GBit")
    Traceback (most recent call last):
    ValueError: expected a size such as 500 MB or 5 GB
    """
    number, unit = _split(value, "a size such as 500 MB or 5 GB")
    factor = _SIZES.get(unit.upper() or "B")
    if factor is None:
        raise ValueError("expected a size such as 500 MB or 5 GB")
    return int(number * factor)


def parse_time(value: object) -> float:
    """Seconds. A bare number is seconds; units are ms, s, min, h, d.

    >>> parse_time("6 h"), parse_time(2), parse_time("250 ms")
    (21600.0, 2.0, 0.25)
    >>> parse_time("soon")
    Traceback (most recent call last):
    ValueError: expected a time such as 1 s, 30 min or 6 h
    """
    number, unit = _split(value, "a time such as 1 s, 30 min or 6 h")
    factor = _TIMES.get(unit.lower() or "s")
    if factor is None:
        raise ValueError("expected a time such as 1 s, 30 min or 6 h")
    return number * factor


def _split(value: object, expected: str) -> tuple[float, str]:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"expected {expected}")
    match = _QUANTITY.fullmatch(str(value))
    if match is None:
        raise ValueError(f"expected {expected}")
    return float(match[1]), match[2]
