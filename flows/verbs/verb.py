"""What a verb of the command line is, and the arguments that several of them take."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from conf import DEFAULT

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

DONE, FAILED, USAGE, DEGRADED = 0, 1, 2, 3
INTERRUPTED = 130
"""Exit codes; a flow's own `run` answers with one of the first four."""


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


def configuration_of(arguments: "Namespace", search: Any = None) -> Any:
    """The checked configuration that the arguments ask for; see `configuration_arguments`."""
    from conf.loading import load_configuration

    return load_configuration(arguments.conf, arguments.set, arguments.overlay, search)


def configuration_arguments(parser: "ArgumentParser", without: str = "") -> None:
    """Add `--conf`, `--set` and `--with`.

    Args:
        parser: Gets them.
        without: What the verb does without `--conf`, where it does not take the default one.
    """
    parser.add_argument(
        "--conf",
        metavar="NAME",
        default=None if without else DEFAULT,
        help="a configuration that comes with ripieno ('ripieno configurations' lists them), or "
        f"the path of your own YAML file; default: {without or DEFAULT}",
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


def no_arguments(parser: "ArgumentParser") -> None:  # a verb's signature
    """Add nothing."""
