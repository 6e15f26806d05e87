"""What a worker process and the flow process say to each other."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.reduction import ForkingPickler
from typing import Any

from ripieno.errors import TrainingError

SUMMARY_LENGTH = 500


@dataclass(frozen=True)
class Call:
    """A function to run; it and its arguments must be importable by the worker."""

    function: Callable[..., Any]
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Ready:
    """The worker has warmed up, and says so in words where there is something to say."""

    devices: str = ""


@dataclass(frozen=True)
class Record:
    """One message of a logger in the worker."""

    logger: str
    level: int
    text: str


@dataclass(frozen=True)
class Done:
    """What the function returned."""

    value: Any


@dataclass(frozen=True)
class Failure:
    """What the function raised.

    Attributes:
        error: The exception where it can travel, else None.
        summary: Its type and message in one line.
        traceback: Where it was raised, as Python prints it.
    """

    error: Exception | None
    summary: str
    traceback: str

    def as_exception(self) -> Exception:
        """The exception to raise in the flow process, with the worker's traceback as its cause."""
        error = TrainingError(self.summary) if self.error is None else self.error
        error.__cause__ = RemoteTraceback(self.traceback)
        return error


class RemoteTraceback(Exception):  # noqa: N818  it is no error of its own
    """Carries a worker's traceback into that of the flow process."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def failure_of(error: BaseException) -> Failure:
    """An exception in a form that reaches the flow process whatever it is made of.

    Exceptions of Python and of ripieno travel as they are. One of another library travels as its
    text: rebuilding it would import that library, TensorFlow say, into the flow process.
    """
    text = " ".join(_text(error).split())[:SUMMARY_LENGTH]
    summary = f"{type(error).__name__}: {text}" if text else type(error).__name__
    trace = "".join(traceback.format_exception(error))
    if isinstance(error, Exception) and _travels(error):
        return Failure(error, summary, trace)
    return Failure(None, summary, trace)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # whatever its own methods raise
        return "its message cannot be read"


def _travels(error: Exception) -> bool:
    """Whether an exception can be sent and is the same afterwards."""
    if type(error).__module__.partition(".")[0] not in ("builtins", "ripieno"):
        return False
    try:
        copy = ForkingPickler.loads(ForkingPickler.dumps(error))
    except Exception:  # whatever its own methods raise
        return False
    return type(copy) is type(error) and str(copy) == str(error)
