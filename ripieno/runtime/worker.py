"""A worker process as the flow process holds it: a process, a pipe and what it printed."""

import logging
import multiprocessing
import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path

from ripieno.runtime.messages import Call, Done, Failure, Ready, Record
from ripieno.runtime.worker_process import Setup, serve

BURIAL_SECONDS = 5.0
"""How long the system may take to hand over what is left of a process that ends."""
OUTPUT_BYTES = 4096
"""How much of the end of a worker's output is told."""


class Worker:
    """One spawned process, and nothing shared with any other.

    Its pipe is its own, so that a worker which is killed, at whatever moment, neither keeps a lock
    nor leaves half a message to a sibling. (Pools whose workers share a queue, such as those of
    Pebble, loky and `concurrent.futures`, break as a whole when an idle worker is killed.)

    Start it from a thread that lives as long as it should: the kernel ends it with that thread.

    Args:
        setup: What it is told; `output` is filled in here.

    Raises:
        OSError: If the system can give no process, no pipe or no file.
    """

    def __init__(self, setup: Setup) -> None:
        context = multiprocessing.get_context("spawn")
        with ExitStack() as undo:
            descriptor, path = tempfile.mkstemp(prefix="ripieno-worker-", suffix=".log")
            undo.callback(Path(path).unlink, missing_ok=True)
            self._output = undo.enter_context(os.fdopen(descriptor, "rb"))
            self._connection, theirs = context.Pipe()
            undo.enter_context(self._connection)
            self._process = context.Process(
                target=serve,
                args=(theirs, replace(setup, output=Path(path))),
                name=f"ripieno-worker-{setup.slot}",
                daemon=True,  # it may have no children of its own: joblib then starts none
            )
            with theirs:  # the worker holds the only other end, so its death closes the pipe
                self._process.start()
            undo.pop_all()

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.is_alive()

    def send(self, call: Call) -> None:
        """Send a call; one to a dead worker is lost, as `receive` then says.

        Raises:
            Exception: Whatever pickling raises; then nothing was sent.
        """
        os.ftruncate(self._output.fileno(), 0)  # what it printed before belongs to other tasks
        try:
            self._connection.send(call)
        except ConnectionError:
            return

    def receive(self, timeout: float | None) -> Ready | Done | Failure | None:
        """The worker's answer; what its loggers say meanwhile goes to ours.

        Args:
            timeout: Seconds to wait; None for as long as it lives.

        Returns:
            The answer; None where the worker died without one.

        Raises:
            TimeoutError: If there is no answer in time.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not wait([self._connection, self._process.sentinel], left):
                raise TimeoutError
            if not self._connection.poll():
                return None
            try:
                message = self._connection.recv()
            except (EOFError, ConnectionError):
                return None
            except Exception as error:  # complete, but not to be rebuilt in this process
                reason = f"The worker's answer cannot be read: {error}"
                return Failure(None, reason, reason)
            if not isinstance(message, Record):
                return message  # type: ignore[no-any-return]  # the worker sends nothing else
            logging.getLogger(message.logger).log(message.level, "%s", message.text)

    def kill(self) -> None:
        """End the process now, whatever it does."""
        self._process.kill()

    def bury(self) -> tuple[int | None, str]:
        """Wait for the end of a process that is dying, and free everything that it held.

        Returns:
            Its exit code, None if it could not be had, and the end of what it printed.
        """
        self._process.join(BURIAL_SECONDS)
        self._process.kill()
        deadline = time.monotonic() + BURIAL_SECONDS
        # Another thread that starts a process may be collecting this one: then ask again.
        while self._process.exitcode is None and time.monotonic() < deadline:
            self._process.join(0.01)
        exit_code = self._process.exitcode
        self._connection.close()
        with self._output:
            size = self._output.seek(0, os.SEEK_END)
            self._output.seek(max(0, size - OUTPUT_BYTES))
            return exit_code, self._output.read().decode(errors="replace").strip()
