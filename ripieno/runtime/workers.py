"""Where tasks run: in worker processes, or in this one.

Workers are spawned, never forked, and each imports the program's main module again (under another
name than `__main__`): a script that opens a `WorkerPool` does so under
`if __name__ == "__main__":`, and its main module should be thin. A program read from standard
input has no main module to import, and cannot have workers.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from ripieno.runtime.cores import n_workers
from ripieno.runtime.deaths import WorkerDied, WorkerTimeoutError
from ripieno.runtime.inline_workers import InlineWorkers
from ripieno.runtime.messages import Call
from ripieno.runtime.slot import Slot
from ripieno.runtime.task_queue import Task, TaskFuture, TaskQueue
from ripieno.runtime.worker_process import Setup

if TYPE_CHECKING:
    from ripieno.runtime.devices import GpuSettings

__all__ = [
    "InlineWorkers",
    "WorkerDied",
    "WorkerPool",
    "WorkerTimeoutError",
    "Workers",
    "abort_on_error",
    "n_workers",
]

logger = logging.getLogger(__name__)

LEAVE_SECONDS = 10.0
"""How long leaving waits for the slots' threads, which by then have nothing to do."""


class Workers(Protocol):
    """Something that runs functions, `count` of them at a time, within its context."""

    @property
    def count(self) -> int:
        """How many tasks run at the same time."""

    def submit(
        self, function: Callable[..., Any], *args: Any, timeout: float | None = None
    ) -> Future[Any]:
        """Run `function(*args)`, in the order of submission.

        Args:
            function: A function that a worker can import, so one at the top of a module.
            *args: Its arguments: small ones, such as paths.
            timeout: Seconds that it may run.

        Returns:
            Its future: what the function returns or raises; WorkerDied if its process ends before
            it does; WorkerTimeoutError if it takes too long.
        """

    def abort(self) -> None:
        """End all tasks now, and take no more: their futures raise CancelledError."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@contextmanager
def abort_on_error(workers: Workers) -> Iterator[None]:
    """End all tasks at once where this context is left by an exception, Ctrl-C included.

    Enter it last, within the context of the threads that wait for the tasks: those threads would
    otherwise be waited for first.
    """
    try:
        yield
    except BaseException:
        workers.abort()
        raise


class WorkerPool:
    """Worker processes that start, and import TensorFlow, as soon as the context is entered.

    A worker that dies takes its own task down and is replaced. Leaving the context waits for the
    tasks submitted; leaving it by an exception, Ctrl-C included, kills them. No worker outlives the
    process that holds the pool, however that ends. What workers print is kept from the terminal;
    the end of it is told when one dies. What they log under `ripieno` is logged here.

    Args:
        n_workers: Processes, at least 1.
        threads_per_worker: Threads that each may use.
        tensorflow: Whether tasks need TensorFlow.
        gpus: How they share the GPUs; None to train on the CPU alone.
    """

    def __init__(
        self,
        n_workers: int,
        threads_per_worker: int = 1,
        *,
        tensorflow: bool = False,
        gpus: "GpuSettings | None" = None,
    ) -> None:
        if n_workers < 1 or threads_per_worker < 1:
            raise ValueError(
                "Expected at least one worker and one thread, received "
                f"{n_workers} and {threads_per_worker}."
            )
        self._tasks = TaskQueue()
        self._pending: set[Future[Any]] = set()
        self._lock = threading.Lock()
        self._said: set[str] = set()
        parent = os.getpid()
        self._slots = [
            Slot(
                Setup(k, n_workers, threads_per_worker, tensorflow, gpus, Path(), parent),
                self._tasks,
                self._say_once,
                self._go_on_without,
            )
            for k in range(n_workers)
        ]
        self._n_left = n_workers

    @property
    def count(self) -> int:
        """How many workers there are."""
        return len(self._slots)

    def submit(
        self, function: Callable[..., Any], *args: Any, timeout: float | None = None
    ) -> TaskFuture:
        """See `Workers.submit`. Cancelling the future kills the worker that runs it.

        Raises:
            RuntimeError: If the context has been left.
        """
        task = Task(Call(function, args), timeout)
        with self._lock:
            self._pending.add(task.future)
        task.future.add_done_callback(self._forget)
        self._tasks.put(task)
        return task.future

    def abort(self) -> None:
        """See `Workers.abort`; the worker processes are killed."""
        self._tasks.cancel()
        for slot in self._slots:
            slot.kill()

    def __enter__(self) -> Self:
        # Starting this unblocks the signals that a slot's thread blocks: so it goes first.
        resource_tracker.ensure_running()
        for slot in self._slots:
            slot.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                with self._lock:
                    pending = self._pending.copy()
                wait(pending)
        finally:
            self.abort()
            for slot in self._slots:
                slot.join(LEAVE_SECONDS)
            self._tasks.cancel()  # what a slot has put back meanwhile

    def _forget(self, future: Future[Any]) -> None:
        with self._lock:
            self._pending.discard(future)

    def _say_once(self, devices: str) -> None:
        with self._lock:
            if not devices or devices in self._said:
                return
            self._said.add(devices)
        logger.info("%s", devices)

    def _go_on_without(self, error: Exception) -> None:
        """A slot has given up: the others do its work; without others all tasks fail."""
        with self._lock:
            self._n_left -= 1
            n_left = self._n_left
        if n_left:
            logger.warning("%s Going on with one worker less: %d.", error, n_left)
        else:
            self._tasks.fail(error)
