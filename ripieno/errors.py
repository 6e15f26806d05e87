"""The one error that a user's mistake raises, and the sentence it is told in."""

from collections.abc import Iterable
from difflib import get_close_matches

from ripieno.display import printable, without_password


class RipienoError(ValueError):
    """A mistake the user can mend: in one line, what was expected, received, and what to do.

    What was received may be an address, whose password is not shown, or a name that a terminal
    would obey, here and wherever the error is written.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(printable(without_password(str(message))))


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
