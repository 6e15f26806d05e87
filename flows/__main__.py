"""The command line: `python -m flows VERB`, installed as `ripieno VERB`.

Every worker process imports this module again, and `--help` should not wait for anything: what a
verb needs is imported by the verb. To add a verb, write a function and an entry in `flows/verbs/`.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flows.verbs import VERBS
from flows.verbs.verb import FAILED, INTERRUPTED, USAGE

if TYPE_CHECKING:
    from argparse import Namespace

BY_SIGNAL = (129, 143)
"""Exit codes of SIGHUP and SIGTERM."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a verb.

    Returns:
        0 done; 1 failed; 2 usage, configuration or data; 3 done without a member; 129, 130 or 143
        by SIGHUP, SIGINT or SIGTERM.
    """
    from ripieno.errors import PublicationError, RipienoError, ServerError, TrainingError
    from ripieno.runtime.progress_line import progress_line
    from ripieno.runtime.standard_streams import mend_standard_streams

    mend_standard_streams()
    _end_by_exceptions()
    try:
        arguments = _parse(sys.argv[1:] if argv is None else argv)
        _read_dotenv()
        with progress_line():
            return VERBS[arguments.verb].run(arguments)
    except RipienoError as error:
        for line in str(error).splitlines():
            print(f"ripieno: error: {line}", file=sys.stderr)
        failed = isinstance(error, (TrainingError, PublicationError, ServerError))
        return FAILED if failed else USAGE
    except KeyboardInterrupt:
        print("ripieno: interrupted", file=sys.stderr)
        return INTERRUPTED
    except SystemExit as stop:
        if stop.code in BY_SIGNAL:
            print("ripieno: terminated", file=sys.stderr)
        raise


def _end_by_exceptions() -> None:
    """Turn the signals that end a process into exceptions: worker processes end, files close.

    One that is ignored, as `nohup` and a shell's `&` have it, stays so.
    """
    import os
    import signal
    from types import FrameType

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  a handler's signature
        if number == signal.SIGINT:
            # Whoever asks twice does not wait: workers and servers end with this process.
            signal.signal(number, lambda *_: os._exit(INTERRUPTED))
            raise KeyboardInterrupt
        # A terminal that closes says so more than once, and the run is to be closed in peace.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        sys.exit(128 + number)

    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def _read_dotenv() -> None:
    """Set what `.env` says, where the environment does not.

    Raises:
        ConfigurationError: If it is no UTF-8 text of lines NAME=VALUE. Prefect reads it as well,
            and would end in a traceback.
    """
    from io import StringIO
    from pathlib import Path

    if not Path(".env").is_file():
        return
    from dotenv import load_dotenv
    from dotenv.parser import parse_stream

    from ripieno.errors import ConfigurationError

    try:
        text = Path(".env").read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(
            f".env: expected a text file in UTF-8, received {error}."
        ) from None
    for line in parse_stream(StringIO(text)):
        if line.error or "\0" in line.original.string:
            # Not what it says instead: that may be a password.
            raise ConfigurationError(f".env, line {line.original.line}: expected NAME=VALUE.")
    load_dotenv(stream=StringIO(text))


def _parse(argv: Sequence[str]) -> "Namespace":
    import argparse
    from importlib.metadata import version

    from ripieno.errors import ConfigurationError, unknown_name

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> Any:
            raise ConfigurationError(f"{message}. See {self.prog} --help.")

    if argv and not argv[0].startswith("-") and argv[0] not in VERBS:
        raise ConfigurationError(unknown_name("verb", argv[0], VERBS))
    parser = Parser(
        prog="ripieno",
        description="Train diverse image classifiers side by side, combine them, and measure it.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"ripieno {version('ripieno')}")
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, verb in VERBS.items():
        verb.arguments(
            subparsers.add_parser(
                name, help=verb.help, description=f"{verb.help.capitalize()}.", allow_abbrev=False
            )
        )
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
