"""Which trainings a diversity study needs: one entry of a configuration each."""

from collections.abc import Mapping, Sequence

from conf.members import MemberSection
from conf.schema import Configuration
from ripieno.errors import ConfigurationError

MAX_NAME = 48
"""Letters of a member's name: a training's name adds its repeat and seed, within the 60 allowed."""


def study_configuration(configuration: Configuration) -> Configuration:
    """The members that train in epochs, in an experiment of their own.

    Without early stopping and without folds: a training costs what its epochs do.

    Raises:
        ConfigurationError: If there are fewer than two, or a name leaves no room for a suffix.
    """
    members = {
        name: _changed(member, seed=None, patience=None)
        for name, member in configuration.members.items()
        if "epochs" in member.settings
    }
    if len(members) < 2:
        raise ConfigurationError(
            "members: expected at least two that train in epochs, to compare architectures, "
            f"received {len(members)} ({', '.join(members) or 'none'})."
        )
    for name in members:
        if len(name) > MAX_NAME:
            raise ConfigurationError(
                f"members.{name}: expected a name of at most {MAX_NAME} letters, to which a study "
                f"adds the repeat and the seed, received {len(name)}."
            )
    experiment = f"{configuration.tracking.experiment[:MAX_NAME]}-diversity"
    tracking = configuration.tracking.model_copy(update={"experiment": experiment})
    split = configuration.split.model_copy(update={"folds": 0})
    return configuration.model_copy(
        update={"members": members, "tracking": tracking, "split": split}
    )


def check_repeats(n_repeats: int) -> None:
    """Refuse repeats that have no spread.

    Raises:
        ConfigurationError: If there are fewer than two.
    """
    if n_repeats < 2:
        raise ConfigurationError(f"--repeats: expected an integer >= 2, received {n_repeats}.")


def members_left_out(configuration: Configuration, study: Configuration) -> list[str]:
    """The members of a configuration that its study has no use for."""
    return [name for name in configuration.members if name not in study.members]


def pilots(study: Configuration, n_epochs: Mapping[str, int]) -> Configuration:
    """One training of each member, of so many epochs."""
    members = {
        pilot_name(name, n): _changed(study.members[name], epochs=n) for name, n in n_epochs.items()
    }
    return study.model_copy(update={"members": members})


def trainings(study: Configuration, n_epochs: Mapping[str, int], n_repeats: int) -> Configuration:
    """Every training of a study: in each repeat, each member from as many seeds as members.

    A seed follows from the training's name and the seed at the top.
    """
    members = {
        training_name(name, repeat, seed): _changed(study.members[name], epochs=n)
        for repeat in range(n_repeats)
        for name, n in n_epochs.items()
        for seed in range(len(n_epochs))
    }
    return study.model_copy(update={"members": members})


def names_of_repeat(names: Sequence[str], repeat: int) -> list[list[str]]:
    """The names of a repeat's trainings, by member and seed."""
    return [[training_name(name, repeat, k) for k in range(len(names))] for name in names]


def training_name(member: str, repeat: int, seed: int) -> str:
    """`convnet-r1-s2`: repeats and seeds are counted from 1."""
    return f"{member}-r{repeat + 1}-s{seed + 1}"


def pilot_name(member: str, n_epochs: int) -> str:
    """`convnet-pilot-2`."""
    return f"{member}-pilot-{n_epochs}"


def _changed(member: MemberSection, **values: int | None) -> MemberSection:
    return member.model_copy(update={k: v for k, v in values.items() if hasattr(member, k)})
