"""CSV that spreadsheets show and do not run."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(file: TextIO, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a header and rows.

    Text that a spreadsheet would take for a formula, as a file's name may be, gets an apostrophe
    before it; figures stay figures.

    Args:
        file: Opened with `newline=""`.
        columns: The header; a row may lack some of them.
        rows: Values by column.

    References:
        OWASP, CSV Injection.
    """
    writer = csv.DictWriter(file, columns)
    writer.writerow({column: neutralised(column) for column in columns})
    writer.writerows({key: neutralised(value) for key, value in row.items()} for row in rows)


def neutralised(value: Any) -> Any:
    """The value, or text that starts no formula."""
    if isinstance(value, str) and value.startswith(_STARTS_FORMULA):
        return f"'{value}"
    return value
