"""A training that is judged after every epoch, and goes on when it is told to.

The verdicts are bytes in a file, one an epoch. The worker waits for them: a training that is ended
has spent no more than the epoch it was ended for, and which one that is does not depend on who was
faster.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from ripieno.errors import RipienoError
from ripieno.training.epoch import Epoch

LOOK_SECONDS = 0.005
GO_ON, END = b"+", b"-"


class Pruned(RipienoError):  # noqa: N818  # no error: the training was ended on purpose
    """A training was ended before its last epoch."""


class Gate:
    """Called by the worker with every epoch; returns where training goes on.

    Args:
        log: Where the epoch is reported.
        path: The file of the verdicts.
    """

    def __init__(self, log: Callable[[Epoch], None], path: Path) -> None:
        self._log = log
        self._path = path
        path.unlink(missing_ok=True)

    def __call__(self, epoch: Epoch) -> None:
        """Report an epoch, and wait for its verdict; the last one needs none.

        Raises:
            Pruned: If training is to end.
        """
        self._log(epoch)
        if epoch.number < epoch.n_epochs and self._verdict(epoch.number) == END:
            raise Pruned(f"Ended after epoch {epoch.number} of {epoch.n_epochs}.")

    def _verdict(self, number: int) -> bytes:
        while True:
            try:
                verdicts = self._path.read_bytes()
            except FileNotFoundError:
                verdicts = b""
            if len(verdicts) >= number:
                return verdicts[number - 1 : number]
            time.sleep(LOOK_SECONDS)


def judge(path: Path, go_on: bool) -> None:
    """Give the verdict of the next epoch."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        os.write(descriptor, GO_ON if go_on else END)
    finally:
        os.close(descriptor)
