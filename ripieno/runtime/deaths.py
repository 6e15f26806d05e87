"""What is said of a worker process that ended without an answer."""

import signal

from ripieno.errors import TrainingError

QUOTED_LINES = 3

LIKELY_CAUSES = {
    signal.SIGKILL: "most often the kernel, for want of memory: use fewer workers "
    "(runner.workers) or a smaller batch",
    signal.SIGSEGV: "native code crashed, as it also does where memory is limited "
    "(ulimit -v): use fewer workers or a smaller batch",
    signal.SIGBUS: "a file it had mapped was cut short, or the disk or shared memory is full",
    signal.SIGABRT: "native code gave up, often for want of memory",
    signal.SIGILL: "a library was built for another processor",
    signal.SIGTERM: "somebody ended it from outside",
    signal.SIGXCPU: "it used up the processor time it is allowed (ulimit -t)",
}


class WorkerDied(TrainingError):  # noqa: N818  reads as the news it is
    """A worker process ended before its task did.

    Attributes:
        exit_code: As the operating system gave it; negative for a signal.
        output: The end of what the task had written to its standard output and error.
    """

    exit_code: int | None = None
    output: str = ""


class WorkerTimeoutError(TrainingError):
    """A task took longer than it was given; its worker was killed."""


def worker_died(doing: str, exit_code: int | None, output: str) -> WorkerDied:
    """The error for a worker that died doing something, such as `while it ran train`."""
    last_words = quote(output)
    said = f" Its last words: {last_words}" if last_words else ""
    error = WorkerDied(f"The worker died {doing}: {explain(exit_code)}.{said}")
    error.exit_code, error.output = exit_code, output
    if output:
        error.add_note(f"Output of the worker:\n{output}")
    return error


def explain(exit_code: int | None) -> str:
    """An exit code in words, with the likeliest cause."""
    if exit_code is None:
        return "it stopped answering"
    # Shells and containers report signal n as 128 + n.
    number = -exit_code if exit_code < 0 else exit_code - 128
    try:
        name = signal.Signals(number)
    except ValueError:
        return f"exit code {exit_code}, so the process was ended from within, without an exception"
    cause = LIKELY_CAUSES.get(name)
    return f"ended by {name.name}" + (f" ({cause})" if cause else "")


def quote(output: str) -> str:
    """The lines of a process's output that tell most about its end, as one line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith("Fatal Python error")]
    return " | ".join(fatal[:1] or lines[-QUOTED_LINES:])
