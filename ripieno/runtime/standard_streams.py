"""Standard streams that can always be written to: whatever became of who was reading them."""

import errno
import io
import os
import sys
from typing import Any, TextIO

GONE = (errno.EPIPE, errno.EIO, errno.ENOSPC, errno.EDQUOT)
"""A pipe that nobody reads any more (`| head`), a closed terminal, a file on a full disk."""


def mend_standard_streams() -> None:
    r"""Open what is closed (`>&-`), and write so that no reader and no character is an error.

    What nobody reads any more is dropped, and the command goes on: hours of training are not lost
    because somebody left `less`. A character that the terminal has not is written as `\\u732b`.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:  # the lowest that is free is taken, or a database would be given it
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # workers have them too
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115  open for as long as the process lives
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        stream = getattr(sys, name)
        if stream is None or stream is getattr(sys, f"__{name}__"):  # not where somebody captures
            setattr(sys, name, _writer(descriptor, stream))


class _Output(io.FileIO):
    """A descriptor that leads nowhere from the moment that nobody reads it any more."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except OSError as error:
            if error.errno not in GONE:
                raise
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return memoryview(data).nbytes


def _writer(descriptor: int, stream: TextIO | None) -> TextIO:
    encoding = "utf-8" if stream is None else stream.encoding
    output = io.BufferedWriter(_Output(descriptor, "wb", closefd=False))
    return io.TextIOWrapper(output, encoding, "backslashreplace", line_buffering=True)
