"""The space that is searched: an architecture's own, as a configuration narrows it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ripieno.models.search_space import Suggests
from ripieno.tuning.dimensions import Choices, Dimension, Fixed, Range, Space

Propose = Callable[[Suggests], dict[str, Any]]


@dataclass(frozen=True)
class Narrowing:
    """What a configuration says of a search space.

    Attributes:
        own: Dimensions of the architecture's space, as they are to be instead.
        more: Settings that the architecture's space leaves alone, to be searched too; a dot leads
            into a mapping, as in `augmentation.shift`.
    """

    own: Mapping[str, Dimension] = field(default_factory=dict)
    more: Mapping[str, Dimension] = field(default_factory=dict)


def proposer(search_space: Propose, base: Mapping[str, Any], narrowing: Narrowing) -> Propose:
    """A function from a trial to all settings of a member.

    Args:
        search_space: Of the architecture.
        base: The member's settings, for what is not searched.
        narrowing: What the configuration says of the space.
    """

    def propose(trial: Suggests) -> dict[str, Any]:
        settings = merged(base, search_space(_Narrowed(trial, narrowing.own)))
        if settings.get("estimator") == base.get("estimator") and "params" in base:
            settings["params"] = {**base["params"], **settings["params"]}
        for name, dimension in narrowing.more.items():
            settings = merged(settings, _nested(name, dimension.suggest(trial, name)))
        return settings

    return propose


def explore(propose: Propose) -> Space:
    """Every dimension that a trial can be asked for, whatever it chose before."""
    space: Space = {}
    for recorder in recordings(propose):
        space = recorder.space | space
    return space


def recordings(propose: Propose) -> "Iterator[Recorder]":
    """Proposals that ask for every dimension between them.

    Each choice and both ends of each integer are tried in turn: what is asked for may depend on
    them, as the units of a third layer do on the number of layers. So what depends on two values
    between the ends goes unseen.
    """
    seen: set[str] = set()
    waiting: list[dict[str, Any]] = [{}]
    while waiting:
        recorder = Recorder(waiting.pop(0))
        propose(recorder)
        yield recorder
        for name, dimension in recorder.space.items():
            if name in seen:
                continue
            seen.add(name)
            if isinstance(dimension, Choices) or (
                isinstance(dimension, Range) and dimension.integer
            ):
                waiting += [{**recorder.chosen_before(name), name: end} for end in dimension.ends]


def without_effect(propose: Propose) -> list[str]:
    """Dimensions that no proposal depends on: a setting that they make up is given as a whole."""
    moved: dict[str, bool] = {}
    for recorder in list(recordings(propose)):
        for name, dimension in recorder.space.items():
            answers = recorder.chosen_before(name)
            stored = dimension.labels if isinstance(dimension, Choices) else dimension.ends
            settings = [propose(Recorder({**answers, name: end})) for end in stored]
            moved[name] = moved.get(name, False) or any(s != settings[0] for s in settings)
    return [name for name, has_effect in moved.items() if not has_effect]


def merged(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values with those changes, mappings merged; not `params`, which are a classifier's."""
    result = dict(values)
    for name, change in changes.items():
        before = result.get(name)
        if isinstance(change, Mapping) and isinstance(before, Mapping) and name != "params":
            result[name] = merged(before, change)
        else:
            result[name] = change
    return result


def _nested(name: str, value: Any) -> dict[str, Any]:
    """`("augmentation.shift", 2)` as `{"augmentation": {"shift": 2}}`."""
    head, _, rest = name.partition(".")
    return {head: _nested(rest, value) if rest else value}


class Recorder:
    """Answers as a trial does, with given values and otherwise the last choice or the high end.

    Args:
        answers: Values by name.

    Attributes:
        space: What was asked for, in this order.
    """

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.space: Space = {}
        self._answers = answers
        self._given: dict[str, Any] = {}

    def chosen_before(self, name: str) -> dict[str, Any]:
        """The answers that were given up to a name."""
        names = list(self._given)
        return {each: self._given[each] for each in names[: names.index(name)]}

    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> int:
        """See `Suggests`."""
        spacing = None if step == 1 else step
        return int(self._answer(name, Range(low, high, log, spacing, integer=True)))

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """See `Suggests`."""
        return float(self._answer(name, Range(low, high, log, step)))

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """See `Suggests`."""
        return self._answer(name, Choices(tuple(choices)))

    def _answer(self, name: str, dimension: Dimension) -> Any:
        self.space[name] = dimension
        self._given[name] = self._answers.get(name, dimension.ends[-1])
        return self._given[name]


class _Narrowed:
    """A trial some of whose dimensions are others than it is asked for."""

    def __init__(self, trial: Suggests, narrowing: Mapping[str, Dimension]) -> None:
        self._trial = trial
        self._narrowing = narrowing

    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> int:
        own = Range(low, high, log, None if step == 1 else step, integer=True)
        return int(self._suggest(name, own))

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        return float(self._suggest(name, Range(low, high, log, step)))

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        return self._suggest(name, Choices(tuple(choices)))

    def _suggest(self, name: str, own: Dimension) -> Any:
        return self._narrowing.get(name, own).suggest(self._trial, name)


def searched(space: Space) -> Space:
    """The dimensions that are not fixed."""
    return {name: each for name, each in space.items() if not isinstance(each, Fixed)}
