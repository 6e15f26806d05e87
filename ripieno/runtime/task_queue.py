"""Tasks on their way to the workers, in the order in which they were submitted."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from ripieno.runtime.messages import Call


class TaskFuture(Future[Any]):
    """What will come of a task. Unlike its base class it can be cancelled while the task runs.

    That kills the worker, and `result()` raises CancelledError once the worker is gone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.kill_requested = False
        self.kill_worker: Callable[[TaskFuture], None] | None = None

    def cancel(self) -> bool:
        """Take the task from the queue, or kill the worker that runs it; False if it has ended."""
        if super().cancel():
            return True
        if self.done():
            return False
        self.kill_requested = True
        if self.kill_worker is not None:
            self.kill_worker(self)
        return True


@dataclass
class Task:
    """A call, the seconds it may take, and its future."""

    call: Call
    timeout: float | None = None
    future: TaskFuture = field(default_factory=TaskFuture)

    @property
    def name(self) -> str:
        """The function's name, for people."""
        return getattr(self.call.function, "__name__", repr(self.call.function))


class TaskQueue:
    """First in, first out, for any number of threads; a task may be put back to the front."""

    def __init__(self) -> None:
        self._tasks: deque[Task] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._error: Exception | None = None

    def put(self, task: Task) -> None:
        """Add a task at the end; it fails at once where nobody is left to take it.

        Raises:
            RuntimeError: If the queue has been closed.
        """
        with self._changed:
            if self._closed:
                raise RuntimeError("The workers have been closed: submit within their context.")
            if self._error is None:
                self._tasks.append(task)
                self._changed.notify()
                return
        _fail(task, self._error)

    def put_back(self, task: Task) -> None:
        """Make a task the next one again, even after the queue has been closed or has failed."""
        with self._changed:
            self._tasks.appendleft(task)
            self._changed.notify()

    def take(self, timeout: float) -> Task | None:
        """The next task; None where there is none within so many seconds, or none to come."""
        with self._changed:
            self._changed.wait_for(lambda: self._tasks or self._closed, timeout)
            return self._tasks.popleft() if self._tasks else None

    def fail(self, error: Exception) -> None:
        """Fail every task that waits, and every later one: no worker is left."""
        with self._changed:
            self._error = error
        for task in self._drain():
            _fail(task, error)

    def cancel(self) -> None:
        """Cancel every task that waits, and accept no more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for task in self._drain():
            task.future.cancel()
            task.future.set_running_or_notify_cancel()

    def _drain(self) -> list[Task]:
        with self._changed:
            tasks = list(self._tasks)
            self._tasks.clear()
        return tasks


def _fail(task: Task, error: Exception) -> None:
    if task.future.set_running_or_notify_cancel():
        task.future.set_exception(error)
