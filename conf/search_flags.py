"""The command line's short ways to say what is searched: `--member`, `--sampler`, and a budget."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from conf import dialect
from conf.overrides import Override
from ripieno.errors import ConfigurationError


class SearchFlags(NamedTuple):
    """What was typed; None for what was not."""

    members: tuple[str, ...] = ()
    sampler: str | None = None
    trials: str | None = None
    minutes: str | None = None


def search_overrides(values: Mapping[str, Any], flags: SearchFlags) -> list[Override]:
    """The changes to a configuration that the flags ask for.

    Args:
        values: Of the configuration, unchecked.
        flags: What was typed.

    Raises:
        ConfigurationError: If nobody says what to search.
    """
    tuning = values.get("tuning")
    tuning = tuning if isinstance(tuning, Mapping) else {}
    overrides = []
    if flags.members:
        said = tuning.get("members")
        said = said if isinstance(said, Mapping) else {}
        chosen = {name: said.get(name) for name in flags.members}
        typed = " --member ".join(flags.members)
        overrides.append(Override(("tuning", "members"), chosen, typed, "--member"))
    elif not tuning:
        members = values.get("members")
        names = ", ".join(map(str, members)) if isinstance(members, Mapping) else "none"
        raise ConfigurationError(
            "expected a member to search, as in --member NAME or MEMBER=NAME with make, or a"
            f" tuning section in the configuration. Its members: {names}."
        )
    if flags.sampler is not None:
        section = tuning.get("sampler")
        known = section if isinstance(section, Mapping) else {}
        same = known.get("kind") == flags.sampler
        sampler = dict(known) if same else {"kind": flags.sampler}
        overrides.append(Override(("tuning", "sampler"), sampler, flags.sampler, "--sampler"))
    budget = {"trials": flags.trials, "minutes": flags.minutes}
    for name, text in budget.items():
        if text is not None:
            overrides.append(Override(("tuning", name), _number(name, text), text, f"--{name}"))
    if flags.minutes is not None and flags.trials is None and "trials" not in tuning:
        overrides.append(Override(("tuning", "trials"), None, flags.minutes, "--minutes"))
    return overrides


def _number(name: str, text: str) -> Any:
    try:
        value = dialect.parse(text)
    except ConfigurationError:
        value = None
    if value is None and text.strip() != "null":
        raise ConfigurationError(f"--{name} {text}: expected a number > 0, or null for no limit.")
    return value
