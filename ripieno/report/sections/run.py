"""How to run it again: the whole configuration, the versions, where the time went."""

import yaml

from ripieno.report.blocks import Section, Table
from ripieno.report.facts import ReportFacts
from ripieno.report.members import Summary
from ripieno.report.words import seconds


def configuration(facts: ReportFacts) -> Section:
    """Every setting, defaults included."""
    return configuration_of(facts.summary)


def configuration_of(summary: Summary) -> Section:
    """Every setting of a run of any kind."""
    return Section(
        "configuration",
        "Configuration",
        text=["Every setting of the run, defaults included."],
        code=as_yaml(summary),
    )


def as_yaml(summary: Summary) -> str:
    """The configuration as the file that would give it."""
    values = summary["run"]["configuration"]
    return yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=88)


class _Dumper(yaml.SafeDumper):
    """Lists on one line: `filters: [[32], [64, 64]]`."""


_Dumper.add_representer(
    list, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, True)
)


def versions(facts: ReportFacts) -> Section:
    """What the run was made with and how long each stage took."""
    return Section(
        "versions",
        "Versions and time",
        tables=[version_table(facts.summary), stage_table(facts.summary)],
    )


def version_table(summary: Summary) -> Table:
    """A row a library."""
    rows = [[name, version] for name, version in summary["run"]["versions"].items()]
    return Table("Versions", ("library", "version"), rows, words=("version",))


def stage_table(summary: Summary) -> Table:
    """A row a stage, and the whole."""
    rows = [[stage, seconds(value)] for stage, value in summary["stages"].items()]
    rows.append(["all", seconds(summary["run"]["seconds"])])
    return Table("Time", ("stage", "wall time"), rows, emphasised=[len(rows) - 1])
