"""What a section of the report is made of; the template knows how each of these looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ripieno.report.svg import inline_svg


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: What it says.
        detail: Said more quietly behind it, such as an interval.
    """

    text: str
    detail: str = ""

    @property
    def plain(self) -> str:
        """The cell where there is one voice only."""
        return f"{self.text} ({self.detail})" if self.detail else self.text


@dataclass(frozen=True)
class Table:
    """Rows under titles; the first cell of a row names it.

    Attributes:
        title: What the table holds.
        columns: A title a column.
        rows: As many cells each as there are columns.
        words: Columns that hold words; the others hold figures and are flush right.
        emphasised: Rows that stand out, by position.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    words: Sequence[str] = ()
    emphasised: Sequence[int] = ()

    def __post_init__(self) -> None:
        """Refuse a row that does not fit.

        Raises:
            ValueError: If a row has another number of cells than there are columns.
        """
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(
                    f"{self.title}: expected {len(self.columns)} cells a row, received {len(row)}."
                )

    @property
    def cells(self) -> list[list[Cell]]:
        """The rows with every cell as a `Cell`."""
        return [[Cell(c) if isinstance(c, str) else c for c in row] for row in self.rows]

    def is_words(self, position: int) -> bool:
        """Whether a column holds words."""
        return position == 0 or self.columns[position] in self.words


@dataclass(frozen=True)
class Plot:
    """A figure and the same as numbers.

    Attributes:
        title: What it shows.
        svg: The figure.
        numbers: Every value in it.
        note: How to read it, in a sentence or two.
    """

    title: str
    svg: Markup
    numbers: Table
    note: str = ""


def plot(figure: Any, name: str, label: str, numbers: Table, *, title: str, note: str = "") -> Plot:
    """A matplotlib figure as a block.

    Args:
        figure: Drawn in the colours of `theme.LIGHT`.
        name: Unique in the page.
        label: What it shows, for those who do not see it.
        numbers: Every value in it.
        title: Stands above it.
        note: Stands above it too, more quietly.
    """
    return Plot(title, inline_svg(figure, name, label), numbers, note)


@dataclass(frozen=True)
class Thumbnail:
    """A picture.

    Attributes:
        source: A data URI.
        description: What it shows, for those who do not see it.
        lines: What stands below it.
    """

    source: str
    description: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Gallery:
    """Pictures with a title, and what there is to say where there are none."""

    title: str
    note: str
    pictures: Sequence[Thumbnail]


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it, in the order of the attributes.

    Attributes:
        name: Unique in the page: the target of links.
        title: The heading.
        text: Paragraphs.
        findings: Sentences, one to a line.
        plots: Figures.
        tables: Tables that are open.
        galleries: Pictures.
        folded: Tables that open on demand.
        code: Verbatim text.
    """

    name: str
    title: str
    text: Sequence[str] = ()
    findings: Sequence[str] = ()
    plots: Sequence[Plot] = ()
    tables: Sequence[Table] = ()
    galleries: Sequence[Gallery] = ()
    folded: Sequence[Table] = ()
    code: str = ""
