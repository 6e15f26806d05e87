"""Verbs for the servers, the worker and their schedules."""

from typing import TYPE_CHECKING

from flows.verbs.verb import DONE, Verb, configuration_arguments, no_arguments

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


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


def prefect_ui(arguments: "Namespace") -> int:  # noqa: ARG001  # a verb's signature
    """Become the Prefect server of the workspace."""
    from flows.services import show_ui

    return show_ui("prefect")


def mlflow_ui(arguments: "Namespace") -> int:  # noqa: ARG001  # a verb's signature
    """Become the MLflow server of the workspace."""
    from flows.services import show_ui

    return show_ui("mlflow")


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


def automate(arguments: "Namespace") -> int:  # noqa: ARG001  # a verb's signature
    """Bring the repository's automations to the Prefect server."""
    from flows.environment import require_prefect
    from ripieno.runtime.progress_line import now_doing

    require_prefect()
    now_doing("Applying the automations")
    from tasks.automations import apply_automations

    for name in apply_automations():
        print(f"Applied {name}.")
    return DONE


def _schedule_arguments(parser: "ArgumentParser") -> None:
    configuration_arguments(parser)
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


VERBS = {
    "up": Verb("start the dashboards and the worker that runs schedules", no_arguments, up),
    "down": Verb("stop what 'up' started", no_arguments, down),
    "status": Verb("show what runs, where, and what is scheduled", no_arguments, status),
    "prefect-ui": Verb(
        "run the Prefect server alone, on what the workspace has recorded", no_arguments, prefect_ui
    ),
    "mlflow-ui": Verb(
        "run the MLflow server alone, on what the workspace has recorded", no_arguments, mlflow_ui
    ),
    "schedule": Verb("train a configuration by the clock", _schedule_arguments, schedule),
    "pause": Verb("pause a schedule, or all of them", _name_argument, pause),
    "resume": Verb("resume a schedule, or all of them", _name_argument, resume),
    "automate": Verb(
        "apply the automations, such as retraining on drift, to the Prefect server",
        no_arguments,
        automate,
    ),
}
