"""One place for a worker: a thread that starts it, feeds it and replaces it when it dies."""

import logging
import signal
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextvars import copy_context

from ripieno.errors import TrainingError
from ripieno.runtime.deaths import WorkerTimeoutError, worker_died
from ripieno.runtime.messages import Done, Failure, Ready, failure_of
from ripieno.runtime.task_queue import Task, TaskFuture, TaskQueue
from ripieno.runtime.worker import Worker
from ripieno.runtime.worker_process import Setup

logger = logging.getLogger(__name__)

STARTS = 2
"""A worker that dies this often in a row before it is ready is not started again."""
IDLE_SECONDS = 0.5
"""How often an idle worker is looked at: one that died is replaced before its next task."""


class Slot(threading.Thread):
    """Keeps one worker busy until it is killed; the worker may change, the slot stays.

    Args:
        setup: What its workers are told.
        tasks: Where tasks come from. One is taken only when the worker is ready for it.
        on_ready: Called with what a worker that is ready says of its devices.
        on_failure: Called once, with the reason, where no worker can be started any more.
    """

    def __init__(
        self,
        setup: Setup,
        tasks: TaskQueue,
        on_ready: Callable[[str], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        super().__init__(name=f"ripieno-slot-{setup.slot}", daemon=True)
        self._setup = setup
        self._tasks = tasks
        self._on_ready = on_ready
        self._on_failure = on_failure
        self._context = copy_context()  # what is logged here belongs to the run that opened it
        self._lock = threading.Lock()  # guards the three below: other threads kill what they name
        self._worker: Worker | None = None
        self._running: TaskFuture | None = None
        self._killed = False

    def run(self) -> None:
        """Work until the slot is killed or no worker can be had."""
        self._context.run(self._run)

    def _run(self) -> None:
        # The worker inherits this from its first moment: Ctrl-C reaches the flow process alone.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            while not self._killed:
                worker = self._living_worker()
                if worker is not None and (task := self._tasks.take(IDLE_SECONDS)):
                    self._work(worker, task)
        except Exception as error:  # one line for the user's mistakes and the system's limits
            self._on_failure(error)
        finally:
            self.kill()
            self._bury()

    def kill(self) -> None:
        """End the worker and its task now; no other is started."""
        with self._lock:
            self._killed = True
            if self._worker is not None:
                self._worker.kill()

    def kill_task(self, future: TaskFuture) -> None:
        """End the worker if it runs this very task; another takes its place."""
        with self._lock:
            if self._running is future and self._worker is not None:
                self._worker.kill()

    def _living_worker(self) -> Worker | None:
        """A worker that is ready, started anew where there is none; None if that is to be retried.

        Raises:
            TrainingError: If none can be started.
        """
        if self._worker is not None and self._worker.is_alive:
            return self._worker
        if self._worker is not None and not self._killed:
            logger.warning("%s", worker_died("while it waited", *self._bury()))
        for attempts_left in reversed(range(STARTS)):
            worker = self._start(attempts_left)
            if worker is not None or self._killed:
                return worker
        return None

    def _start(self, attempts_left: int) -> Worker | None:
        """Start a worker and wait until it is ready; None if it died and may be started again."""
        with self._lock:
            if self._killed:
                return None
            try:
                self._worker = worker = Worker(self._setup)
            except OSError as error:
                raise TrainingError(f"A worker could not start: {error}") from error
        answer = worker.receive(None)
        if isinstance(answer, Ready):
            self._on_ready(answer.devices)
            return worker
        exit_code, output = self._bury()
        if isinstance(answer, Failure):
            raise TrainingError(f"A worker could not start: {answer.summary}") from (
                answer.as_exception()
            )
        died = worker_died("while it started", exit_code, output)
        if not self._killed:
            if not attempts_left:
                raise died
            logger.warning("%s", died)
        return None

    def _work(self, worker: Worker, task: Task) -> None:
        """Give a task to a worker, and its outcome to the future."""
        if not worker.is_alive:
            self._tasks.put_back(task)
            return
        if not task.future.set_running_or_notify_cancel():
            return
        with self._lock:
            self._running = task.future
        task.future.kill_worker = self.kill_task
        if task.future.kill_requested:
            self.kill_task(task.future)
        try:
            outcome = self._ask(worker, task)
        except Exception as error:  # whatever happens, nobody waits for ever
            outcome = error
        with self._lock:
            self._running = None
        if task.future.kill_requested:
            worker.kill()
            self._bury()
        if isinstance(outcome, Done):
            task.future.set_result(outcome.value)
        else:
            task.future.set_exception(outcome)

    def _ask(self, worker: Worker, task: Task) -> Done | Exception:
        """Send a call and wait for what comes of it, be it the worker's death."""
        try:
            worker.send(task.call)
        except Exception as error:  # it cannot be pickled
            return failure_of(error).as_exception()
        try:
            answer = worker.receive(task.timeout)
        except TimeoutError:
            worker.kill()
            self._bury()
            return WorkerTimeoutError(f"{task.name} took longer than {task.timeout} s.")
        if isinstance(answer, Done):
            return answer
        if isinstance(answer, Failure):
            return answer.as_exception()
        exit_code, output = self._bury()
        if task.future.kill_requested or self._killed:
            return CancelledError()
        return worker_died(f"while it ran {task.name}", exit_code, output)

    def _bury(self) -> tuple[int | None, str]:
        """Free the worker, which is dead or dying."""
        with self._lock:
            worker, self._worker = self._worker, None
        return (None, "") if worker is None else worker.bury()
