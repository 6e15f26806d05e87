"""Text from outside, made safe to show: on a terminal, in a log, in Markdown, in an error."""

import re
import unicodedata

HIDDEN = "***"
_CREDENTIALS = re.compile(r"""(^|[\s'"=(/])([^\s:/@'"]*):[^\s/'"]+@""")
_KEPT = "\n\t"
_REORDERING = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks and overrides of the writing direction: text after them shows in another order."""


def without_password(text: str) -> str:
    """The text in which addresses, misspelt ones too, show no password.

    Example:
        >>> without_password("no answer from postgresql://ann:secret@host/mlflow")
        'no answer from postgresql://ann:***@host/mlflow'
    """
    return _CREDENTIALS.sub(rf"\1\2:{HIDDEN}@", text)


def printable(text: str) -> str:
    r"""The text with what a terminal would obey in place of show written as an escape.

    A file or class may be named with an escape sequence, a bell, or marks that turn the writing
    direction around. Line ends and tabs stay.

    Example:
        >>> printable("cat\x1b[2J.png")
        'cat\\x1b[2J.png'
    """
    return "".join(_escaped(each) if _acts(each) else each for each in text)


def _acts(character: str) -> bool:
    if character in _REORDERING:
        return True
    return unicodedata.category(character) in ("Cc", "Cs") and character not in _KEPT


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
