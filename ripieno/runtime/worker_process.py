"""The inside of a worker process: from its first breath to its last.

`multiprocessing` imports this module, and the program's main module, before `serve` runs. So it
imports nothing heavy: the number of threads must be in the environment before NumPy, scikit-learn
and TensorFlow are loaded. A main module that loads them itself defeats that; keep it thin, and
under `if __name__ == "__main__":` what is not meant to run once more in every worker.
"""

import faulthandler
import logging
import os
import signal
import sys
import threading
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ripieno.runtime.messages import Call, Done, Failure, Ready, Record, failure_of

if TYPE_CHECKING:
    from ripieno.runtime.devices import GpuSettings

PR_SET_PDEATHSIG = 1
"""From <linux/prctl.h>."""


@dataclass(frozen=True)
class Setup:
    """What a worker is told before its first task.

    Attributes:
        slot: Its number, from 0; a worker that replaces a dead one takes over its slot.
        n_slots: How many workers there are.
        threads: Threads it may use.
        tensorflow: Whether to import TensorFlow and Keras at once.
        gpus: How to use the machine's GPUs; None to train on the CPU alone.
        output: File for its standard output and error; the worker removes the name.
        parent: Process id of the flow process.
    """

    slot: int
    n_slots: int
    threads: int
    tensorflow: bool
    gpus: "GpuSettings | None"
    output: Path
    parent: int


class Channel:
    """The worker's end of the pipe, which any of its threads may write to."""

    def __init__(self, connection: "Connection[Any, Any]") -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, message: Ready | Record | Done | Failure) -> None:
        """Send all of a message or, where it cannot be sent, none of it."""
        with self._lock:
            self._connection.send(message)

    def receive(self) -> Call | None:
        """The next call; None once the other end is closed."""
        try:
            call: Call = self._connection.recv()
        except (EOFError, ConnectionError):
            return None
        return call


def serve(connection: "Connection[Any, Any]", setup: Setup) -> None:
    """Warm up, then run calls until the flow process closes the pipe or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the flow process's to handle
    _die_with_parent(setup.parent)
    _redirect_output(setup.output)
    os.environ.update(thread_environment(setup.threads))
    channel = Channel(connection)
    _forward_logs(channel)
    try:
        channel.send(Ready(_warm_up(setup)))
    except BaseException as error:
        channel.send(failure_of(error))
    else:
        while _answer(channel):
            pass
    # Nothing is left to say or save: spare everybody the libraries' own farewells.
    sys.stdout.flush()
    os._exit(0)


def thread_environment(threads: int) -> dict[str, str]:
    """What limits every numeric library to so many threads, set before it is loaded."""
    names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"]
    names += ["VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS", "LOKY_MAX_CPU_COUNT"]
    names += ["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"]
    return dict.fromkeys(names, str(threads))


def _warm_up(setup: Setup) -> str:
    """Load what every task needs, while the flow process does something else."""
    if "numpy" in sys.modules:  # the main module was not thin: too late for the environment
        from threadpoolctl import threadpool_limits

        threadpool_limits(setup.threads)
    if not setup.tensorflow:
        return ""
    os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever the user's other programs take
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if setup.gpus is None:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    import keras  # noqa: F401

    from ripieno.runtime.devices import configure_gpus

    return "" if setup.gpus is None else configure_gpus(setup.gpus, setup.slot, setup.n_slots)


def _answer(channel: Channel) -> bool:
    """Run one call and send what came of it; False where there are no more calls."""
    try:
        call = channel.receive()
        if call is None:
            return False
        channel.send(Done(call.function(*call.args)))
    except ConnectionError:
        return False
    except BaseException as error:  # also a call that cannot be read, a result that cannot be sent
        channel.send(failure_of(error))
    return True


def _redirect_output(path: Path) -> None:
    """Keep the chatter of native libraries off the terminal, and their last words for us."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    path.unlink()  # the flow process has it open: nothing is left behind, whoever is killed
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)
    faulthandler.enable()


def _die_with_parent(parent: int) -> None:
    """Never outlive the flow process, however it ends."""
    if sys.platform == "linux":  # the kernel does it, also while native code keeps Python waiting
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask
        os._exit(1)
    threading.Thread(target=_exit_after_parent, daemon=True).start()


def _exit_after_parent() -> None:
    process = parent_process()
    if process is not None:
        wait([process.sentinel])
        os._exit(1)


def _forward_logs(channel: Channel) -> None:
    """Hand what ripieno's own loggers say to the flow process, whose handlers show it."""

    class Forward(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            try:
                channel.send(Record(record.name, record.levelno, self.format(record)))
            except Exception:  # logging never ends what it tells of
                self.handleError(record)

    logger = logging.getLogger("ripieno")
    logger.addHandler(Forward())
    logger.setLevel(logging.INFO)
    logger.propagate = False
