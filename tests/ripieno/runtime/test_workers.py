import logging
import os
import pickle
import signal
import threading
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from multiprocessing import resource_tracker
from pathlib import Path

import psutil
import pytest

from ripieno.errors import TrainingError
from ripieno.runtime.workers import (
    InlineWorkers,
    WorkerDied,
    WorkerPool,
    WorkerTimeoutError,
    abort_on_error,
)


def pids(pool):
    """Process ids of the workers, all of which are then ready."""
    code = "(__import__('time').sleep(0.1), __import__('os').getpid())[1]"
    seen = set()
    while len(seen) < pool.count:
        futures = [pool.submit(eval, code) for _ in range(pool.count)]
        seen |= {future.result(200) for future in futures}
    return seen


def spawned():
    """The processes below this one, the one that tracks resources for all of them included."""
    resource_tracker.ensure_running()
    return {child.pid for child in psutil.Process().children()}


def gone(pid, seconds=200.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def pool():
    with WorkerPool(2) as pool:
        yield pool


def test_a_task_runs_in_another_process(pool):
    assert pool.submit(os.getpid).result(200) != os.getpid()


def test_workers_start_on_entering():
    before = spawned()
    with WorkerPool(1) as pool:
        while not (started := spawned() - before):
            time.sleep(0.02)
        assert {pool.submit(os.getpid).result(200)} == started


def test_two_tasks_run_at_the_same_time(pool):
    first, second = pids(pool)
    assert first != second


def test_tasks_start_in_the_order_of_submission(tmp_path):
    with WorkerPool(1) as pool:
        for name in "dacb":
            pool.submit(exec, f"open({str(tmp_path / 'order')!r}, 'a').write({name!r})")
    assert (tmp_path / "order").read_text() == "dacb"


def test_leaving_waits_for_what_was_submitted():
    with WorkerPool(2) as pool:
        futures = [pool.submit(eval, f"(__import__('time').sleep(0.2), {n})[1]") for n in range(5)]
    assert [future.result(0) for future in futures] == [0, 1, 2, 3, 4]


def test_threads_are_limited_before_numpy_is_imported():
    names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"]
    modules, info = "__import__('sys').modules", "__import__('threadpoolctl').threadpool_info()"
    with WorkerPool(1, 1) as pool:
        environment = pool.submit(eval, f"[__import__('os').environ[n] for n in {names}]")
        assert environment.result(200) == ["1", "1", "1"]
        assert pool.submit(eval, f"'numpy' in {modules}").result(200) is False
        pool.submit(exec, "import numpy").result(200)
        assert {library["num_threads"] for library in pool.submit(eval, info).result(200)} == {1}


# What a task raises.


def test_an_exception_of_python_comes_back_as_it_is(pool):
    future = pool.submit(divmod, 1, 0)
    with pytest.raises(ZeroDivisionError) as error:
        future.result(200)
    assert "ZeroDivisionError" in str(error.value.__cause__)
    assert "Traceback" in str(error.value.__cause__)


def test_an_error_of_ripieno_comes_back_as_it_is(pool):
    code = "from ripieno.errors import DataError\nraise DataError('no images')"
    with pytest.raises(ValueError, match=r"^no images$") as error:
        pool.submit(exec, code).result(200)
    assert type(error.value).__name__ == "DataError"


def test_an_error_of_a_library_comes_back_as_its_text(pool):
    code = "import subprocess\nraise subprocess.CalledProcessError(3, 'make')"
    with pytest.raises(TrainingError, match="CalledProcessError: Command 'make' returned"):
        pool.submit(exec, code).result(200)


@pytest.mark.parametrize(
    "code",
    [
        "raise ValueError('broken', lambda: 0)",
        "class E(Exception):\n  def __init__(self, a, b): super().__init__(a)\nraise E(1, 2)",
        "class E(Exception):\n  def __reduce__(self): raise E\nraise E",
        "class E(Exception):\n  def __str__(self): return 5\nraise E",
        "raise SystemExit(3)",
        "raise KeyboardInterrupt",
        "raise BaseExceptionGroup('two', [KeyboardInterrupt(), ValueError()])",
        "raise OSError",
    ],
)
def test_whatever_is_raised_comes_back_and_the_worker_goes_on(code):
    with WorkerPool(1) as pool:
        before = pool.submit(os.getpid).result(200)
        with pytest.raises(Exception):  # noqa: B017, PT011  any but a hang
            pool.submit(exec, code).result(200)
        assert pool.submit(os.getpid).result(200) == before


def test_a_result_that_cannot_be_pickled_is_an_error_of_its_task():
    with WorkerPool(1) as pool:
        with pytest.raises(Exception, match="pickle"):
            pool.submit(eval, "lambda: 0").result(200)
        assert pool.submit(abs, -1).result(200) == 1


def test_a_call_that_cannot_be_pickled_is_an_error_of_its_task():
    with WorkerPool(1) as pool:
        with pytest.raises(Exception, match="pickle"):
            pool.submit(lambda: 0).result(200)
        assert pool.submit(abs, -1).result(200) == 1


class Unreadable:
    def __reduce__(self):
        return int, ("no number",)


def test_a_call_that_the_worker_cannot_read_is_an_error_of_its_task():
    with WorkerPool(1) as pool:
        with pytest.raises(ValueError, match="invalid literal"):
            pool.submit(abs, Unreadable()).result(200)
        assert pool.submit(abs, -1).result(200) == 1


def test_a_result_that_this_process_cannot_read_is_an_error_of_its_task():
    code = "type('Odd', (), {'__reduce__': lambda self: (int, ('no number',))})()"
    with WorkerPool(1) as pool:
        with pytest.raises(TrainingError, match="answer cannot be read"):
            pool.submit(eval, code).result(200)
        assert pool.submit(abs, -1).result(200) == 1


# Death of a worker.


def test_a_killed_worker_takes_down_its_own_task_alone(pool):
    first, second = pids(pool)
    doomed = pool.submit(exec, f"import os, time\nos.kill(os.getpid(), {signal.SIGKILL:d})")
    healthy = pool.submit(eval, "(__import__('time').sleep(1), 'done')[1]")
    with pytest.raises(WorkerDied, match=r"ran exec: ended by SIGKILL \(most often the kernel"):
        doomed.result(200)
    assert healthy.result(200) == "done"
    assert len(pids(pool) & {first, second}) == 1


@pytest.mark.parametrize(
    ("code", "exit_code", "words"),
    [
        ("import os; os._exit(7)", 7, "exit code 7"),
        ("import os; os._exit(0)", 0, "exit code 0"),
        ("import os; os._exit(137)", 137, "SIGKILL"),
        ("import os; os.abort()", -signal.SIGABRT, "SIGABRT"),
        ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV, "Segmentation fault"),
        ("import os; os.kill(os.getpid(), 15)", -signal.SIGTERM, "from outside"),
    ],
)
def test_death_is_told_in_words(code, exit_code, words):
    with WorkerPool(1) as pool:
        with pytest.raises(WorkerDied, match=words) as error:
            pool.submit(exec, code).result(200)
        assert error.value.exit_code == exit_code
        assert pool.submit(abs, -1).result(200) == 1


def test_last_words_of_a_dead_worker_are_quoted():
    code = "import os; os.write(2, b'CUDA gave up\\n'); os._exit(9)"
    with WorkerPool(1) as pool:
        pool.submit(exec, "print('an earlier task', flush=True)").result(200)
        error = pool.submit(exec, code).exception(30)
    assert str(error).endswith("Its last words: CUDA gave up")
    assert error.output == "CUDA gave up"
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.exit_code) == (str(error), 9)


def test_an_idle_worker_that_was_killed_costs_no_task(pool, caplog):
    for pid in pids(pool):
        os.kill(pid, signal.SIGKILL)
        assert gone(pid)
    assert [pool.submit(abs, -n).result(200) for n in range(4)] == [0, 1, 2, 3]


def test_every_death_is_survived():
    with WorkerPool(2) as pool:
        futures = [
            pool.submit(exec, "import os; os.kill(os.getpid(), 9)" if n % 2 else "1")
            for n in range(12)
        ]
        died = [isinstance(future.exception(60), WorkerDied) for future in futures]
    assert died == [False, True] * 6


def test_a_worker_killed_while_it_sends_a_large_result_hangs_nobody():
    with WorkerPool(1) as pool:
        code = """
import os, threading, time
threading.Timer(0.05, os._exit, [3]).start()
"""
        pool.submit(exec, code)
        results = [pool.submit(eval, "b'x' * 300_000_000") for _ in range(2)]
        assert {type(future.exception(60)) for future in results} <= {WorkerDied, type(None)}
        assert pool.submit(abs, -1).result(200) == 1


def test_workers_that_die_while_they_start_are_not_started_for_ever(tmp_path, monkeypatch):
    (tmp_path / "keras.py").write_text("import os\nos._exit(5)\n")
    monkeypatch.syspath_prepend(tmp_path)
    with WorkerPool(2, tensorflow=True) as pool:
        with pytest.raises(WorkerDied, match="died while it started: exit code 5"):
            pool.submit(abs, -1).result(200)
        with pytest.raises(WorkerDied):
            pool.submit(abs, -2).result(200)


def test_a_library_that_cannot_be_imported_is_an_error_of_the_task(tmp_path, monkeypatch):
    (tmp_path / "keras.py").write_text("raise ImportError('libcudart is missing')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with WorkerPool(2, tensorflow=True) as pool:
        reason = "A worker could not start: ImportError: libcudart is missing"
        with pytest.raises(TrainingError, match=reason):
            pool.submit(abs, -1).result(200)


# Ending tasks.


def test_a_cancelled_task_ends_its_worker(pool):
    first, second = pids(pool)
    future = pool.submit(exec, "import time; time.sleep(600)")
    while not future.running():
        time.sleep(0.01)
    time.sleep(0.2)
    assert future.cancel()
    with pytest.raises(CancelledError):
        future.result(200)
    assert len(pids(pool) & {first, second}) == 1


def test_a_task_cancelled_before_it_starts_never_runs(tmp_path):
    with WorkerPool(1) as pool:
        pool.submit(exec, "import time; time.sleep(0.5)")
        future = pool.submit(exec, f"open({str(tmp_path / 'ran')!r}, 'w')")
        assert future.cancel()
    assert future.cancelled()
    assert not (tmp_path / "ran").exists()


def test_a_task_that_ended_is_not_cancelled(pool):
    future = pool.submit(abs, -1)
    assert future.result(200) == 1
    assert not future.cancel()


def test_cancelling_at_any_moment_harms_no_other_task():
    with WorkerPool(1) as pool:
        pool.submit(abs, -1).result(200)
        for n in range(20):
            doomed = pool.submit(exec, "import time; time.sleep(0.01)")
            healthy = pool.submit(abs, -n)
            time.sleep(0.001 * n)
            doomed.cancel()
            assert healthy.result(200) == n


def test_a_task_that_takes_too_long_is_ended(pool):
    with pytest.raises(WorkerTimeoutError, match=r"exec took longer than 0\.5 s"):
        pool.submit(exec, "import time; time.sleep(600)", timeout=0.5).result(200)
    assert pool.submit(abs, -1, timeout=200).result(200) == 1


def test_leaving_by_an_exception_kills_the_workers():
    def fail():
        with WorkerPool(2) as pool:
            seen.update(pids(pool))
            futures.extend(pool.submit(exec, "import time; time.sleep(600)") for _ in range(4))
            time.sleep(0.3)
            raise KeyboardInterrupt

    seen, futures = set(), []
    with pytest.raises(KeyboardInterrupt):
        fail()
    assert all(gone(pid) for pid in seen)
    for future in futures:
        with pytest.raises(CancelledError):
            future.result(0)


def test_threads_that_wait_for_tasks_are_set_free_by_an_error():
    def fail():
        with WorkerPool(1) as pool, ThreadPoolExecutor() as threads, abort_on_error(pool):
            pids(pool)
            waiting.extend(
                threads.submit(pool.submit(exec, "import time; time.sleep(600)").result)
                for _ in range(3)
            )
            time.sleep(0.3)
            raise KeyboardInterrupt

    waiting = []
    with pytest.raises(KeyboardInterrupt):
        fail()
    for thread in waiting:
        with pytest.raises(CancelledError):
            thread.result(0)


def test_leaving_at_once_leaves_no_worker_behind():
    before = spawned()
    with WorkerPool(2, tensorflow=True):
        pass
    assert all(gone(pid) for pid in spawned() - before)


def test_nothing_may_be_submitted_after_leaving():
    with WorkerPool(1) as pool:
        pass
    with pytest.raises(RuntimeError, match="within their context"):
        pool.submit(abs, -1)


def test_no_thread_and_no_file_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def n_files():
        return len(list(Path("/proc/self/fd").iterdir()))

    threads, files = threading.active_count(), n_files()
    with WorkerPool(2) as pool:
        pids(pool)
        pool.submit(os._exit, 1).exception(30)
        pids(pool)
    assert threading.active_count() == threads
    assert n_files() <= files + 1  # multiprocessing's tracker
    assert list(tmp_path.iterdir()) == []


# What a worker says.


def test_what_ripieno_logs_in_a_worker_is_logged_here(caplog):
    code = "import logging; logging.getLogger('ripieno.data').info('12 of %d pixels', 64)"
    with caplog.at_level(logging.INFO), WorkerPool(1) as pool:
        pool.submit(exec, code).result(200)
    record = next(record for record in caplog.records if record.name == "ripieno.data")
    assert (record.levelno, record.getMessage()) == (logging.INFO, "12 of 64 pixels")


def test_what_a_worker_prints_is_kept_from_the_terminal(capfd):
    with WorkerPool(1) as pool:
        pool.submit(os.write, 1, b"native chatter\n").result(200)
        pool.submit(exec, "print('python chatter', flush=True)").result(200)
    assert capfd.readouterr() == ("", "")


def test_a_worker_without_workers_is_refused():
    with pytest.raises(ValueError, match="at least one worker"):
        WorkerPool(0)


# In this process.


def test_inline_tasks_run_here():
    with InlineWorkers() as workers:
        future = workers.submit(os.getpid)
        assert future.done()
        assert future.result() == os.getpid()
        assert workers.count == 1


def test_inline_errors_are_those_of_the_future():
    with InlineWorkers() as workers, pytest.raises(ZeroDivisionError):
        workers.submit(divmod, 1, 0).result()


def test_ctrl_c_ends_an_inline_task():
    def interrupted():
        raise KeyboardInterrupt

    with InlineWorkers() as workers, pytest.raises(KeyboardInterrupt):
        workers.submit(interrupted)


def test_inline_tasks_run_one_at_a_time():
    overlaps, running = [], threading.Lock()

    def task():
        overlaps.append(not running.acquire(blocking=False))
        time.sleep(0.05)
        if not overlaps[-1]:
            running.release()

    with InlineWorkers() as workers:
        threads = [threading.Thread(target=workers.submit, args=(task,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert overlaps == [False] * 4


def test_no_inline_task_starts_after_an_abort():
    with InlineWorkers() as workers:
        workers.abort()
        assert workers.submit(os.getpid).cancelled()


def test_inline_threads_are_limited():
    import numpy as np
    from threadpoolctl import threadpool_info

    np.ones((2, 2)) @ np.ones((2, 2))
    with InlineWorkers(1) as workers:
        assert {info["num_threads"] for info in workers.submit(threadpool_info).result()} == {1}
