"""A user's mistake inside a task ends in a Failed state with one line, not in a traceback."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from prefect.states import Cancelled, Failed

from ripieno.errors import CancellationError, RipienoError

P = ParamSpec("P")


def mistakes_as_states(function: Callable[P, Any]) -> Callable[P, Any]:
    """Return a Failed (or Cancelled) state that carries the RipienoError which `function` raises.

    Prefect logs the traceback of whatever a task raises; for a mistake of the user's it would bury
    the sentence that says what to do.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return function(*args, **kwargs)
        except CancellationError as error:
            return Cancelled(message=str(error), data=error)
        except RipienoError as error:
            return Failed(message=str(error), data=error)

    return run
