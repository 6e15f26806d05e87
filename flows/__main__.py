"""The command line: `python -m flows VERB`, installed as `ripieno VERB`.

Every worker process imports this module again, and `--help` should not wait for anything: what a
verb needs is imported by the verb. To add a verb, write a function and an entry in `VERBS`.
"""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

DONE, FAILED, USAGE, DEGRADED = 0, 1, 2, 3
INTERRUPTED, TERMINATED = 130, 143
"""Exit codes; `flows.train.run` answers with one of the first four."""


class Verb(NamedTuple):
    """What the command line can be asked to do.

    Attributes:
        help: One line for the list of verbs.
        arguments: Adds the verb's arguments to its parser.
        run: Does it, and answers with the exit code.
    """

    help: str
    arguments: "Callable[[ArgumentParser], None]"
    run: "Callable[[Namespace], int]"


def train(arguments: "Namespace") -> int:
    """Check the configuration, then run the flow."""
    configuration = _configuration(arguments)
    from flows.environment import prepare_environment

    prepare_environment()
    from flows.train import run

    return run(configuration)


def tune(arguments: "Namespace") -> int:
    """Check the configuration and its search spaces, then search."""
    from conf.search_flags import SearchFlags

    members, sampler = tuple(arguments.member), arguments.sampler
    flags = SearchFlags(members, sampler, arguments.trials, arguments.minutes)
    configuration = _configuration(arguments, flags)
    from flows.environment import prepare_environment

    prepare_environment()
    from flows.tune import run

    return run(configuration, arguments.conf)


def diversity_study(arguments: "Namespace") -> int:
    """Check the configuration, then run the study."""
    configuration = _configuration(arguments)
    from tasks.study_plan import check_repeats, study_configuration

    check_repeats(arguments.repeats)
    study_configuration(configuration)
    from flows.environment import prepare_environment

    prepare_environment()
    from flows.diversity_study import run

    return run(configuration, arguments.repeats)


def score(arguments: "Namespace") -> int:
    """Check the request, then run the flow."""
    from conf.scoring import check_scoring

    flags = ("input", "output", "model", "column")
    given = {name: value for name in flags if (value := getattr(arguments, name)) is not None}
    scoring = check_scoring(given, arguments.set)
    from ripieno.scoring.inputs import kind_of
    from tasks.scoring_model import find_ensemble

    kind_of(scoring.input)  # what is plainly wrong is told before Prefect starts
    find_ensemble(scoring.model, scoring.workspace)
    from flows.environment import prepare_environment

    prepare_environment()
    from flows.score import run

    return run(scoring)


def automate(arguments: "Namespace") -> int:  # noqa: ARG001  # a verb's signature
    """Bring the repository's automations to the Prefect server."""
    import os

    from flows.environment import answers, prepare_environment
    from ripieno.errors import ConfigurationError

    url = os.environ.get("PREFECT_API_URL", "")
    if not answers(url):
        received = f"nothing at {url}" if url else "no PREFECT_API_URL"
        raise ConfigurationError(
            "Expected a Prefect server that answers at PREFECT_API_URL, such as"
            f" http://127.0.0.1:4200/api, received {received}. Start one: make prefect-ui."
        )
    prepare_environment()
    from tasks.automations import apply_automations

    for name in apply_automations():
        print(f"Applied {name}.")
    return DONE


def show(arguments: "Namespace") -> int:
    """Print a configuration with every default filled in, as a YAML file that can be used."""
    configuration = _configuration(arguments)
    from conf.dialect import write

    print(write(configuration.model_dump(mode="json")), end="")
    return DONE


def configurations(arguments: "Namespace") -> int:  # noqa: ARG001  # a verb's signature
    """Print the configurations that come with ripieno."""
    from conf.loading import configurations

    for name, summary in configurations().items():
        print(f"{name:<16}{summary}")
    return DONE


def promote(arguments: "Namespace") -> int:
    """Run the flow that compares the challenger with the champion."""
    configuration = _configuration(arguments)
    from flows.environment import prepare_environment

    prepare_environment()
    from flows.promotion import run

    return run(configuration)


def rollback(arguments: "Namespace") -> int:
    """Make the previous champion champion again."""
    configuration = _configuration(arguments)
    from flows.environment import prepare_environment

    prepare_environment()
    from flows.promotion import roll_back_to_previous

    return roll_back_to_previous(configuration, arguments.reason)


def prune(arguments: "Namespace") -> int:
    """List what nobody needs any more, and remove it when told."""
    configuration = _configuration(arguments)
    from flows.environment import prepare_environment

    prepare_environment()
    from flows.pruning import run

    return run(configuration, arguments.keep, arguments.delete)


def export_onnx(arguments: "Namespace") -> int:
    """Write the registered model as one ONNX file."""
    configuration = _configuration(arguments)
    from pathlib import Path

    from flows.environment import prepare_environment

    prepare_environment()
    from tasks.exporting import export_onnx

    print(export_onnx(configuration, arguments.alias, Path(arguments.output)))
    return DONE


def serve(arguments: "Namespace") -> int:
    """Become MLflow's server of the registered model."""
    configuration = _configuration(arguments)
    from flows.environment import prepare_environment

    prepare_environment()
    from flows.terminal_log import show_own_log
    from tasks.serving import serve

    show_own_log()
    serve(configuration, arguments.alias, arguments.port)
    return DONE


def up(arguments: "Namespace") -> int:  # noqa: ARG001  # a verb's signature
    """Start both servers and the worker, and apply the deployments."""
    from flows.services import up

    return up()


def down(arguments: "Namespace") -> int:  # noqa: ARG001  # a verb's signature
    """Stop what `up` started."""
    from flows.services import down

    return down()


def status(arguments: "Namespace") -> int:  # noqa: ARG001  # a verb's signature
    """Say what runs, what answers and what is scheduled."""
    from flows.services import status

    return status()


def schedule(arguments: "Namespace") -> int:
    """Train a configuration by the clock."""
    from flows.schedules import schedule

    return schedule(arguments.conf, arguments.set, arguments.cron, arguments.timezone)


def pause(arguments: "Namespace") -> int:
    """Pause one schedule, or all of them."""
    from flows.schedules import pause

    return pause(arguments.conf, paused=True)


def resume(arguments: "Namespace") -> int:
    """Resume one schedule, or all of them."""
    from flows.schedules import pause

    return pause(arguments.conf, paused=False)


def _configuration(arguments: "Namespace", search: Any = None) -> Any:
    from conf.loading import load_configuration

    return load_configuration(arguments.conf, arguments.set, arguments.overlay, search)


def _configuration_arguments(parser: "ArgumentParser") -> None:
    parser.add_argument(
        "--conf",
        metavar="NAME",
        default="digits",
        help="a configuration that comes with ripieno ('ripieno configurations' lists them), or "
        "the path of your own YAML file; default: digits",
    )
    parser.add_argument(
        "--set",
        metavar="FIELD=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help="change any field, as in --set members.forest.seed=3 'split={validation: 0.1, "
        "test: 0.1}'; members.forest=null takes a member out",
    )
    parser.add_argument(
        "--with",
        dest="overlay",
        metavar="FILE",
        nargs="+",
        action="extend",
        default=[],
        help="change the configuration by a YAML file, such as the winners that a search wrote",
    )


def _tune_arguments(parser: "ArgumentParser") -> None:
    _configuration_arguments(parser)
    parser.add_argument(
        "--member",
        metavar="NAME",
        action="append",
        default=[],
        help="a member to search; may be given several times; default: those of the"
        " configuration's tuning section",
    )
    parser.add_argument(
        "--sampler", metavar="KIND", help="bayesian, genetic, random or grid; default: bayesian"
    )
    parser.add_argument(
        "--trials", metavar="N", help="trials of each member, over all calls; default: 30"
    )
    parser.add_argument(
        "--minutes", metavar="M", help="wall-clock minutes for each member in this call"
    )


def _study_arguments(parser: "ArgumentParser") -> None:
    _configuration_arguments(parser)
    parser.add_argument(
        "--repeats",
        metavar="N",
        type=int,
        default=5,
        help="how often every team is trained anew, from other seeds, 2 or more; default: 5",
    )


def _rollback_arguments(parser: "ArgumentParser") -> None:
    _configuration_arguments(parser)
    parser.add_argument(
        "--reason", metavar="TEXT", default="not given", help="goes into the record"
    )


def _prune_arguments(parser: "ArgumentParser") -> None:
    _configuration_arguments(parser)
    parser.add_argument(
        "--keep", metavar="N", type=int, default=10, help="newest runs to keep; default: 10"
    )
    parser.add_argument("--delete", action="store_true", help="remove it; without, it is listed")


def _alias_arguments(parser: "ArgumentParser") -> None:
    _configuration_arguments(parser)
    parser.add_argument(
        "--alias",
        choices=("champion", "challenger"),
        default="champion",
        help="which version; default: champion",
    )


def _export_arguments(parser: "ArgumentParser") -> None:
    _alias_arguments(parser)
    parser.add_argument(
        "--output", metavar="FILE", default="ensemble.onnx", help="default: ensemble.onnx"
    )


def _serve_arguments(parser: "ArgumentParser") -> None:
    _alias_arguments(parser)
    parser.add_argument(
        "--port", metavar="N", type=int, default=5001, help="on 127.0.0.1; default: 5001"
    )


def _schedule_arguments(parser: "ArgumentParser") -> None:
    _configuration_arguments(parser)
    parser.add_argument(
        "--cron",
        metavar="CRON",
        required=True,
        help="minute, hour, day of the month, month and day of the week: '0 2 * * *' is two "
        "o'clock every night",
    )
    parser.add_argument(
        "--timezone", metavar="ZONE", default="UTC", help="as in Europe/Oslo; default: UTC"
    )


def _name_argument(parser: "ArgumentParser") -> None:
    parser.add_argument("--conf", metavar="NAME", help="the schedule's name; default: all of them")


def _score_arguments(parser: "ArgumentParser") -> None:
    parser.add_argument(
        "--input",
        metavar="PATH",
        required=True,
        help="a folder of pictures, flat or nested, a picture, an IDX, .npz or Parquet file, a "
        "folder of Parquet files, or a pattern with *",
    )
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        required=True,
        help="where the scores go; a folder that was begun for the same images is gone on with",
    )
    parser.add_argument(
        "--model",
        metavar="RUN",
        help="a run of the workspace, or the path of its folder; default: latest",
    )
    parser.add_argument(
        "--column", metavar="NAME", help="the Parquet column, or npz array, of the images"
    )
    parser.add_argument(
        "--set",
        metavar="FIELD=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help="change any other field, as in --set drift.psi=0.3 drift.alpha=0.001",
    )


def _no_arguments(parser: "ArgumentParser") -> None:  # a verb's signature
    pass


VERBS = {
    "train": Verb(
        "train the members, weigh them and evaluate the ensemble", _configuration_arguments, train
    ),
    "tune": Verb(
        "search for the hyperparameters of some members, on validation alone", _tune_arguments, tune
    ),
    "score": Verb(
        "score a folder or a file of images with a trained ensemble", _score_arguments, score
    ),
    "diversity-study": Verb(
        "compare seeds of one architecture with different ones, at equal cost",
        _study_arguments,
        diversity_study,
    ),
    "promote": Verb(
        "compare the challenger with the champion, and let the better one be champion",
        _configuration_arguments,
        promote,
    ),
    "rollback": Verb("make the previous champion champion again", _rollback_arguments, rollback),
    "prune": Verb(
        "list, or remove, what no version, running flow or recent run needs",
        _prune_arguments,
        prune,
    ),
    "export-onnx": Verb(
        "write the registered model as one ONNX file", _export_arguments, export_onnx
    ),
    "serve": Verb(
        "serve the registered model on this machine, with MLflow's server", _serve_arguments, serve
    ),
    "automate": Verb(
        "apply the automations, such as retraining on drift, to the Prefect server",
        _no_arguments,
        automate,
    ),
    "show": Verb(
        "print a configuration with every default filled in", _configuration_arguments, show
    ),
    "configurations": Verb(
        "list the configurations that come with ripieno", _no_arguments, configurations
    ),
    "up": Verb("start the dashboards and the worker that runs schedules", _no_arguments, up),
    "down": Verb("stop what 'up' started", _no_arguments, down),
    "schedule": Verb("train a configuration by the clock", _schedule_arguments, schedule),
    "pause": Verb("pause a schedule, or all of them", _name_argument, pause),
    "resume": Verb("resume a schedule, or all of them", _name_argument, resume),
    "status": Verb("show what runs, where, and what is scheduled", _no_arguments, status),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a verb.

    Returns:
        0 done; 1 failed; 2 usage, configuration or data; 3 done without a member; 130 or 143 by
        signal.
    """
    import signal

    from ripieno.errors import PublicationError, RipienoError, TrainingError

    # As an exception, so that worker processes are ended and files closed on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    _read_dotenv()
    try:
        arguments = _parse(sys.argv[1:] if argv is None else argv)
        return VERBS[arguments.verb].run(arguments)
    except RipienoError as error:
        for line in str(error).splitlines():
            print(f"ripieno: error: {line}", file=sys.stderr)
        return FAILED if isinstance(error, (TrainingError, PublicationError)) else USAGE
    except KeyboardInterrupt:
        print("ripieno: interrupted", file=sys.stderr)
        return INTERRUPTED
    except SystemExit as stop:
        if stop.code == TERMINATED:
            print("ripieno: terminated", file=sys.stderr)
        raise


def _read_dotenv() -> None:
    """Set what `.env` says, where the environment does not."""
    from pathlib import Path

    if Path(".env").is_file():
        from dotenv import load_dotenv

        load_dotenv(".env")


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
