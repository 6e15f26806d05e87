"""Tasks that run in the calling process."""

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ripieno.runtime.worker_process import thread_environment

if TYPE_CHECKING:
    from ripieno.runtime.devices import GpuSettings

logger = logging.getLogger(__name__)


class InlineWorkers:
    """Runs each task at once, in the thread that submits it: for debugging, and for small tasks.

    A task that kills its process kills this one. Timeouts are not kept.

    Args:
        threads: Threads that numeric libraries may use.
        tensorflow: Whether tasks need TensorFlow.
        gpus: How it uses the GPUs; None to leave that to TensorFlow.
    """

    count = 1

    def __init__(
        self,
        threads: int = 1,
        *,
        tensorflow: bool = False,
        gpus: "GpuSettings | None" = None,
    ) -> None:
        self._threads = threads
        self._gpus = gpus if tensorflow else None
        self._lock = threading.Lock()
        self._prepared = False
        self._aborted = False

    def submit(
        self,
        function: Callable[..., Any],
        *args: Any,
        timeout: float | None = None,  # noqa: ARG002  a thread cannot be ended
    ) -> Future[Any]:
        """See `Workers.submit`; the future that it returns is done."""
        from threadpoolctl import threadpool_limits

        future: Future[Any] = Future()
        with self._lock:
            if self._aborted:
                future.cancel()
            if not future.set_running_or_notify_cancel():
                return future
            self._prepare()
            try:
                with threadpool_limits(self._threads):
                    future.set_result(function(*args))
            except Exception as error:
                future.set_exception(error)
        return future

    def abort(self) -> None:
        """See `Workers.abort`; the task that runs is not ended, since a thread cannot be."""
        self._aborted = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def _prepare(self) -> None:
        """Set threads and GPUs, once, at the first task."""
        if self._prepared:
            return
        self._prepared = True
        os.environ.update(thread_environment(self._threads))
        os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever the user's other programs take
        if self._gpus is not None:
            from ripieno.runtime.devices import configure_gpus

            logger.info("%s", configure_gpus(self._gpus, 0, 1))
