"""Verbs that train: ensembles, searches, studies; and those that show a configuration."""

from typing import TYPE_CHECKING

from flows.verbs.verb import DONE, Verb, configuration_arguments, configuration_of, no_arguments

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def train(arguments: "Namespace") -> int:
    """Check the configuration, then run the flow."""
    configuration = configuration_of(arguments)
    from flows.environment import prepare_environment

    ready = prepare_environment(configuration.workspace)
    from flows.train import run

    ready()
    return run(configuration)


def tune(arguments: "Namespace") -> int:
    """Check the configuration and its search spaces, then search."""
    from conf.search_flags import SearchFlags

    members, sampler = tuple(arguments.member), arguments.sampler
    flags = SearchFlags(members, sampler, arguments.trials, arguments.minutes)
    configuration = configuration_of(arguments, flags)
    from flows.environment import prepare_environment

    ready = prepare_environment(configuration.workspace)
    from flows.tune import run

    ready()
    return run(configuration, arguments.conf)


def diversity_study(arguments: "Namespace") -> int:
    """Check the configuration, then run the study."""
    configuration = configuration_of(arguments)
    from tasks.study_plan import check_repeats, study_configuration

    check_repeats(arguments.repeats)
    study_configuration(configuration)
    from flows.environment import prepare_environment

    ready = prepare_environment(configuration.workspace)
    from flows.diversity_study import run

    ready()
    return run(configuration, arguments.repeats)


def show(arguments: "Namespace") -> int:
    """Print a configuration with every default filled in, as a YAML file that can be used."""
    configuration = configuration_of(arguments)
    from conf.dialect import write

    print(write(configuration.model_dump(mode="json")), end="")
    return DONE


def configurations(arguments: "Namespace") -> int:  # noqa: ARG001  # a verb's signature
    """Print the configurations that come with ripieno."""
    from conf.loading import configurations

    for name, summary in configurations().items():
        print(f"{name:<16}{summary}")
    return DONE


def _tune_arguments(parser: "ArgumentParser") -> None:
    configuration_arguments(parser)
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
    configuration_arguments(parser)
    parser.add_argument(
        "--repeats",
        metavar="N",
        type=int,
        default=5,
        help="how often every team is trained anew, from other seeds, 2 or more; default: 5",
    )


VERBS = {
    "train": Verb(
        "train the members, weigh them and evaluate the ensemble", configuration_arguments, train
    ),
    "tune": Verb(
        "search for the hyperparameters of some members, on validation alone", _tune_arguments, tune
    ),
    "diversity-study": Verb(
        "compare seeds of one architecture with different ones, at equal cost",
        _study_arguments,
        diversity_study,
    ),
    "show": Verb(
        "print a configuration with every default filled in", configuration_arguments, show
    ),
    "configurations": Verb(
        "list the configurations that come with ripieno", no_arguments, configurations
    ),
}
