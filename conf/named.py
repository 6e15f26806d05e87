"""A configuration by its name: what a schedule says, and the short form in Prefect's UI."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from conf.loading import configurations, load_configuration
from conf.schema import Configuration
from conf.signatures import Section

EXAMPLES = tuple(configurations())


class NamedConfiguration(Section, title="By name"):
    """A configuration that comes with ripieno or a YAML file, and what to change in it."""

    conf: Annotated[
        str,
        Field(
            title="Configuration",
            description=f"One of {', '.join(EXAMPLES)}, or the path of a YAML file.",
            json_schema_extra={"examples": list(EXAMPLES)},
        ),
    ] = "digits"
    changes: Annotated[
        tuple[str, ...],
        Field(description="Fields to change, one a line, as in members.forest.seed=3."),
    ] = ()


def resolve(configuration: Configuration | NamedConfiguration) -> Configuration:
    """The configuration in full.

    Raises:
        ConfigurationError: If there is none of that name, or a change is wrong.
    """
    if isinstance(configuration, Configuration):
        return configuration
    return load_configuration(configuration.conf, configuration.changes)


def schedulable(name_or_path: str) -> str:
    """A configuration's name as a worker finds it from wherever it runs."""
    path = Path(name_or_path).expanduser()
    return name_or_path if name_or_path in EXAMPLES else str(path.resolve())


Experiment = Annotated[NamedConfiguration | Configuration, AfterValidator(resolve)]
"""Either form; a function that takes it is given the configuration in full."""
