"""Verbs for what was trained: scoring, publishing, serving, cleaning up."""

import os
from typing import TYPE_CHECKING

from conf import DEFAULT
from flows.verbs.verb import DONE, Verb, configuration_arguments, configuration_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def score(arguments: "Namespace") -> int:
    """Check the request, then run the flow."""
    from conf.scoring import check_scoring

    flags = ("input", "output", "model", "column")
    given = {name: value for name in flags if (value := getattr(arguments, name)) is not None}
    scoring = check_scoring(given, arguments.set)
    from flows.environment import prepare_environment
    from ripieno.scoring.inputs import kind_of

    kind_of(scoring.input)  # what is plainly wrong is told before Prefect starts
    # Before Prefect and MLflow are imported, which read the environment then.
    ready = prepare_environment(scoring.workspace)
    from tasks.scoring_model import find_ensemble

    find_ensemble(scoring.model, scoring.workspace)
    from flows.score import run

    ready()
    return run(scoring)


def promote(arguments: "Namespace") -> int:
    """Run the flow that compares the challenger with the champion."""
    configuration = configuration_of(arguments)
    from flows.environment import prepare_environment

    ready = prepare_environment(configuration.workspace)
    from flows.promotion import run

    ready()
    return run(configuration)


def rollback(arguments: "Namespace") -> int:
    """Make the previous champion champion again."""
    configuration = configuration_of(arguments)
    from flows.environment import prepare_environment

    prepare_environment(configuration.workspace, prefect=False)
    from flows.promotion import roll_back_to_previous

    return roll_back_to_previous(configuration, arguments.reason)


def prune(arguments: "Namespace") -> int:
    """List what nobody needs any more, and remove it when told."""
    whole_workspace = arguments.conf is None
    arguments.conf = arguments.conf or DEFAULT
    configuration = configuration_of(arguments)
    from flows.environment import prepare_environment

    prepare_environment(configuration.workspace, prefect=False)
    from flows.pruning import run

    return run(configuration, arguments.keep, arguments.delete, whole_workspace)


def export_onnx(arguments: "Namespace") -> int:
    """Write the registered model as one ONNX file."""
    configuration = configuration_of(arguments)
    from pathlib import Path

    from flows.environment import prepare_environment

    prepare_environment(configuration.workspace, prefect=False)
    from ripieno.runtime.progress_line import now_doing
    from tasks.exporting import export_onnx

    now_doing("Exporting to ONNX")
    print(export_onnx(configuration, arguments.alias, Path(arguments.output)))
    return DONE


def serve(arguments: "Namespace") -> int:
    """Run MLflow's server of the registered model."""
    configuration = configuration_of(arguments)
    port = arguments.port or _port(os.environ.get("SERVE_PORT") or "5001")
    from flows.environment import prepare_environment

    prepare_environment(configuration.workspace, prefect=False)
    from flows.terminal_log import show_own_log
    from tasks.serving import serve

    show_own_log()
    return serve(configuration, arguments.alias, port)


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


def _rollback_arguments(parser: "ArgumentParser") -> None:
    configuration_arguments(parser)
    parser.add_argument(
        "--reason", metavar="TEXT", default="not given", help="goes into the record"
    )


def _prune_arguments(parser: "ArgumentParser") -> None:
    configuration_arguments(parser, "prune the whole workspace")
    parser.add_argument(
        "--keep",
        metavar="N",
        type=int,
        default=10,
        help="newest runs to keep, of the configuration's experiment or of all; default: 10",
    )
    parser.add_argument("--delete", action="store_true", help="remove it; without, it is listed")


def _alias_arguments(parser: "ArgumentParser") -> None:
    configuration_arguments(parser)
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
        "--port", metavar="N", type=int, help="on 127.0.0.1; default: SERVE_PORT, or 5001"
    )


def _port(text: str) -> int:
    from ripieno.errors import ConfigurationError

    if not text.isdecimal():
        raise ConfigurationError(f"SERVE_PORT: expected a port's number, received {text!r}.")
    return int(text)


VERBS = {
    "score": Verb(
        "score a folder or a file of images with a trained ensemble", _score_arguments, score
    ),
    "promote": Verb(
        "compare the challenger with the champion, and let the better one be champion",
        configuration_arguments,
        promote,
    ),
    "rollback": Verb("make the previous champion champion again", _rollback_arguments, rollback),
    "prune": Verb(
        "list, or remove, what no version, running flow or recent run needs",
        _prune_arguments,
        prune,
    ),
    "serve": Verb(
        "serve the registered model on this machine, with MLflow's server", _serve_arguments, serve
    ),
    "export-onnx": Verb(
        "write the registered model as one ONNX file", _export_arguments, export_onnx
    ),
}
