"""The one error that a user's mistake raises, and the sentence it is told in."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

HIDDEN = "***"
_CREDENTIALS = re.compile(r"""(^|[\s'"=(/])([^\s:/@'"]*):[^\s/'"]+@""")


def without_password(text: str) -> str:
    """The text in which addresses, misspelt ones too, show no password.

    Example:
        >>> without_password("no answer from postgresql://ann:secret@host/mlflow")
        'no answer from postgresql://ann:***@host/mlflow'
    """
    return _CREDENTIALS.sub(rf"\1\2:{HIDDEN}@", text)


class RipienoError(ValueError):
    """A mistake the user can mend: in one line, what was expected, received, and what to do.

    What was received may be an address: its password is not shown, here and wherever the error is
    written.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(without_password(str(message)))


class ConfigurationError(RipienoError):
    """A configuration names something unknown, or gives a value out of range."""


class DataError(RipienoError):
    """The data cannot be read, or cannot be trained on."""


class TrainingError(RipienoError):
    """A member could not be trained, or too few members are left."""


class CancellationError(TrainingError):
    """A run was cancelled before it trained anything."""


class ServerError(RipienoError):
    """A server that a run needs does not start."""


class PublicationError(RipienoError):
    """A model cannot be published, or is not the one that was evaluated."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """The sentence for a name that is in no registry, nearest known names first.

    Example:
        >>> unknown_name("rule", "linear", ["linear_pool", "uniform"])
        "Unknown rule 'linear'. Nearest: linear_pool. Available: linear_pool, uniform."
    """
    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f" Nearest: {', '.join(near)}." if near else ""
    return f"Unknown {kind} {name!r}.{hint} Available: {', '.join(names)}."
