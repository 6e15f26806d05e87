"""What a person sees while members train."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from ripieno.runtime.terminal import ProgressDisplay
from tasks.records import Run


def show_progress(run: Run, names: Sequence[str]) -> AbstractContextManager[object]:
    """A line a member: live on a terminal, plain elsewhere."""
    return ProgressDisplay({name: run.epochs_of(name) for name in names})
