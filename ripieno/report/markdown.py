"""Text and tables as Markdown in which names from outside mean nothing but themselves."""

import re

from ripieno.display import printable
from ripieno.report.blocks import Table

_SPECIAL = re.compile(r"[\\`*\[\]<>|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def escaped(text: str) -> str:
    """One line on which no character starts markup."""
    return _SPECIAL.sub(r"\\\g<0>", printable(" ".join(text.split())))


def markdown_table(table: Table) -> str:
    """The table, its columns of figures flush right."""
    marks = [" --- " if table.is_words(i) else " --: " for i in range(len(table.columns))]
    lines = [_line(list(table.columns)), f"|{'|'.join(marks)}|"]
    lines += [_line([cell.plain for cell in row]) for row in table.cells]
    return "\n".join(lines)


def bullets(sentences: list[str]) -> str:
    """The sentences as a list."""
    return "\n".join(f"- {escaped(sentence)}" for sentence in sentences)


def code_block(text: str, language: str = "") -> str:
    """Verbatim text, whatever backticks it holds."""
    runs = [len(run) for run in re.findall(r"`+", text)]
    fence = "`" * max(3, 1 + max(runs, default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(escaped(cell) for cell in cells)} |"
