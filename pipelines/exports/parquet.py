"""documents.parquet: the rows as a table of the same columns, nested as they are.

The Parquet schema is made from the types of a row (`pipelines.schema`), so the two cannot drift; the name of the row's
schema stands in the file's metadata under `schema`. Needs pyarrow, the extra `parquet`.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from typing_extensions import is_typeddict

from pipelines.schema import SCHEMA, Row

if TYPE_CHECKING:
    import pyarrow

GROUP_CHARS = 8_000_000
"""A row group ends after so many characters of text (or `GROUP_ROWS`): what is held in memory at a time."""
GROUP_ROWS = 5_000


class NoPyArrow(ImportError):
    """pyarrow is not installed."""

    def __init__(self) -> None:
        super().__init__("documents.parquet needs pyarrow; install it with: pip install 'jiucang[parquet]'")


def write(rows: Iterable[Row], path: Path) -> None:
    """Writes the rows to `path` (a file is replaced). Raises `NoPyArrow`, and OSError."""
    schema = parquet_schema()
    from pyarrow import RecordBatch, parquet

    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in _groups(rows):
            writer.write_batch(RecordBatch.from_pylist(group, schema=schema), row_group_size=len(group))


def parquet_schema() -> pyarrow.Schema:
    """The columns of the table. Raises `NoPyArrow`."""
    try:
        import pyarrow
    except ImportError:
        raise NoPyArrow from None
    return pyarrow.schema(_fields(Row), metadata={"schema": SCHEMA})


def _groups(rows: Iterable[Row]) -> Iterable[list[Row]]:
    group: list[Row] = []
    chars = 0
    for row in rows:
        group.append(row)
        chars += len(row["text"])
        if chars >= GROUP_CHARS or len(group) >= GROUP_ROWS:
            yield group
            group, chars = [], 0
    if group:
        yield group


def _fields(row: Any) -> list[pyarrow.Field]:
    import pyarrow

    return [pyarrow.field(name, *_arrow(hint)) for name, hint in get_type_hints(row).items()]


def _arrow(hint: Any) -> tuple[pyarrow.DataType, bool]:
    """The column type of a type of `pipelines.schema`, and whether it may be null."""
    import pyarrow

    origin = get_origin(hint)
    if origin is Annotated:
        return _arrow(get_args(hint)[0])
    if origin in (Union, types.UnionType):
        [inner] = [part for part in get_args(hint) if part is not type(None)]
        return _arrow(inner)[0], True
    if is_typeddict(hint):
        return pyarrow.struct(_fields(hint)), False
    if origin is list:
        item, nullable = _arrow(get_args(hint)[0])
        return pyarrow.list_(pyarrow.field("item", item, nullable)), False
    if origin is Literal:
        return pyarrow.string(), False
    plain = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64()}
    return plain[hint], False
