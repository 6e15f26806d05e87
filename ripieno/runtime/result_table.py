"""Plain rows as a table on standard output."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from ripieno.display import printable

ENSEMBLE = "ensemble"
"""The row of this name stands out."""


@dataclass(frozen=True)
class Column:
    """One column: a title, which may break between its words, and a text a row."""

    title: str
    cells: tuple[str, ...]

    @property
    def narrowest(self) -> int:
        """Its width when the title is broken wherever it can be."""
        return max(len(word) for word in (*self.title.split(), *self.cells, ""))

    @property
    def widest(self) -> int:
        """Its width when the title is on one line."""
        return max(self.narrowest, len(self.title))

    def fit(self, text: str, width: int) -> str:
        """Text of that width, aligned right in a column of numbers."""
        return text.rjust(width) if all(map(_is_number, self.cells)) else text.ljust(width)


def print_table(rows: Sequence[Mapping[str, object]], *, title: str) -> None:
    """Print rows as a table; columns are aligned right where they hold numbers.

    A terminal too narrow for all columns shows the first ones, and the names of the others. What is
    no terminal gets all of them.

    Args:
        rows: One mapping a row, from column title to value, all with the same titles. Floats are
            shown to four decimals, None as nothing.
        title: What stands above.
    """
    console = Console()
    width = console.width if console.is_terminal else 10_000
    columns = [Column(name, tuple(_text(row[name]) for row in rows)) for name in (rows or [{}])[0]]
    shown = columns
    while len(shown) > 1 and sum(column.narrowest + 1 for column in shown) > width + 1:
        shown = shown[:-1]
    one_line = sum(column.widest + 1 for column in shown) <= width + 1
    widths = [column.widest if one_line else column.narrowest for column in shown]

    lines = [Text(title, style="bold")]
    lines += [Text(line, style="dim") for line in _header(shown, widths)]
    for cells in zip(*(column.cells for column in shown), strict=True):
        style = "bold" if cells[0] == ENSEMBLE else ""
        lines.append(Text(_line(shown, widths, cells), style=style))
    if hidden := columns[len(shown) :]:
        names = ", ".join(column.title for column in hidden)
        lines.append(Text(f"Too narrow for: {names}", style="dim"))
    for line in lines:
        console.print(line, soft_wrap=True)


def _header(columns: Sequence[Column], widths: Sequence[int]) -> list[str]:
    """The titles, broken into lines that end together."""
    titles = [
        wrap(column.title, width, break_on_hyphens=False)
        for column, width in zip(columns, widths, strict=True)
    ]
    lines = list(zip_longest(*(reversed(title) for title in titles), fillvalue=""))
    return [_line(columns, widths, line) for line in reversed(lines)]


def _line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    fitted = zip(columns, cells, widths, strict=True)
    return " ".join(column.fit(cell, width) for column, cell, width in fitted).rstrip()


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else printable(str(value))


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "").removesuffix("%") or 0)
    except ValueError:
        return False
    return True
