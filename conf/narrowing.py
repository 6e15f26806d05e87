"""From what a configuration says of a search space to checked dimensions."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from conf.expectations import Schema, resolve, shown
from conf.members import MEMBERS, MemberSection
from conf.problems import problem_lines
from conf.tuning import DimensionSpec, RangeSection, TuningSection
from ripieno.errors import ConfigurationError, unknown_name
from ripieno.models import MODELS
from ripieno.tuning.dimensions import Choices, Dimension, Fixed, Range, Space
from ripieno.tuning.samplers import check_sampler
from ripieno.tuning.space import (
    Narrowing,
    Propose,
    Recorder,
    explore,
    proposer,
    recordings,
    searched,
)

NOT_SEARCHED = ("architecture", "seed")
LARGE = (96, 96, 3)
"""A shape of images that allows whatever some images do: theirs is not known yet."""


def search_of(member: MemberSection, specs: Mapping[str, DimensionSpec] | None) -> Propose:
    """The function that proposes a member's settings to a trial, checked.

    Raises:
        ConfigurationError: If a hyperparameter is unknown or cannot be what it is to be.
    """
    architecture = MODELS[member.architecture]
    base = member.model_dump(mode="json", exclude=set(NOT_SEARCHED))
    own = explore(proposer(architecture.search_space, base, Narrowing()))
    schema = MEMBERS[member.architecture].model_json_schema()
    narrowing: tuple[dict[str, Dimension], dict[str, Dimension]] = ({}, {})
    for name, spec in (specs or {}).items():
        if name not in own and _setting(name, schema) is None:
            raise ConfigurationError(unknown_name("hyperparameter", name, _names(own, schema)))
        try:
            dimension = _dimension(spec, own.get(name), _setting(name, schema) or {})
        except ConfigurationError as error:
            raise ConfigurationError(f"{name}: {error}") from None
        narrowing[name not in own][name] = dimension
    propose = proposer(architecture.search_space, base, Narrowing(*narrowing))
    for name in specs or {}:
        _check_ends(name, (narrowing[0] | narrowing[1])[name], propose, member)
    return propose


def member_of(member: MemberSection, settings: Mapping[str, Any], seed: int) -> MemberSection:
    """A member like another, with the settings that a trial proposed.

    Raises:
        ValidationError: If they are none.
    """
    values = {"architecture": member.architecture, "seed": seed, **settings}
    return MEMBERS[member.architecture].model_validate_json(json.dumps(values), strict=True)


def check_tuning(tuning: TuningSection, members: Mapping[str, MemberSection]) -> None:
    """Refuse a search that could not begin.

    Raises:
        ConfigurationError: In one line, with the field at fault.
    """
    for name, specs in tuning.members.items():
        if name not in members:
            raise ConfigurationError(f"members: {unknown_name('member', name, members)}")
        try:
            space = searched(explore(search_of(members[name], specs)))
        except ConfigurationError as error:
            raise ConfigurationError(f"members.{name}.{error}") from None
        if not space:
            raise ConfigurationError(f"members.{name}: expected something to search, all is fixed.")
        check_sampler(tuning.sampler.kind, tuning.sampler.settings, space)


def _dimension(spec: DimensionSpec, own: Dimension | None, setting: Schema) -> Dimension:
    if isinstance(spec, list):
        if not spec:
            raise ConfigurationError("expected at least one choice, received none.")
        return Choices(tuple(spec))
    if not isinstance(spec, RangeSection):
        return Fixed(spec)
    kinds = _kinds(setting) if own is None else _kinds_of(own)
    if not kinds & {"integer", "number"}:
        raise ConfigurationError("expected choices, as in [a, b], or one value, received a range.")
    return _range(spec, own, integer="number" not in kinds)


def _range(spec: RangeSection, own: Dimension | None, *, integer: bool) -> Range:
    inherited = own.log if isinstance(own, Range) and spec.step is None else False
    log = inherited and spec.low > 0 if spec.log is None else spec.log
    written = f"{{low: {spec.low:g}, high: {spec.high:g}}}"
    if spec.low >= spec.high:
        raise ConfigurationError(f"expected low < high, received {written}.")
    if log and spec.low <= 0:
        raise ConfigurationError(f"expected low > 0 on a logarithmic scale, received {written}.")
    if log and spec.step is not None:
        raise ConfigurationError("expected a step or a logarithmic scale, received both.")
    numbers = [each for each in (spec.low, spec.high, spec.step) if each is not None]
    if integer and any(each != int(each) for each in numbers):
        raise ConfigurationError(f"expected integers, received {written}.")
    return Range(spec.low, spec.high, log, spec.step, integer=integer)


def _check_ends(name: str, dimension: Dimension, propose: Propose, member: MemberSection) -> None:
    """Make a member with each of the values that stand for a dimension."""
    asked = (each for each in recordings(propose) if name in each.space)
    answers = next((each.chosen_before(name) for each in asked), {})
    for end in dimension.ends:
        stored = Choices((end,)).labels[0] if isinstance(dimension, Choices) else end
        try:
            settings = propose(Recorder({**answers, name: stored}))
        except (TypeError, ValueError):
            raise ConfigurationError(f"{name}: {shown(end)} is not what it takes.") from None
        _check(name, end, settings, member)


def _check(name: str, value: Any, settings: Mapping[str, Any], member: MemberSection) -> None:
    kind, architecture = MEMBERS[member.architecture], MODELS[member.architecture]
    values = json.loads(json.dumps({"architecture": member.architecture, **settings}))
    try:
        valid = kind.model_validate_json(json.dumps(values), strict=True)
        architecture.check(LARGE, 10, **valid.settings)
    except ValidationError as error:
        lines = problem_lines(error, values, kind.model_json_schema(), lambda _: "")
        problem = lines[0].removesuffix(" ().")
        raise ConfigurationError(f"{name}: with {shown(value)}: {problem}.") from None
    except ConfigurationError as error:
        raise ConfigurationError(f"{name}: with {shown(value)}: {error}") from None


def _setting(name: str, schema: Schema) -> Schema | None:
    """The JSON schema of a setting, a dot leading into a mapping; None where there is none."""
    here: Schema = schema
    for part in name.split("."):
        branches = [here, *(resolve(each, schema) for each in here.get("anyOf", ()))]
        found = next(
            (b["properties"][part] for b in branches if part in b.get("properties", ())), None
        )
        if found is None or part in NOT_SEARCHED:
            return None
        here = resolve(found, schema)
    return here


def _names(own: Space, schema: Schema) -> list[str]:
    return [*own, *(name for name in schema["properties"] if name not in NOT_SEARCHED)]


def _kinds(setting: Schema) -> set[str]:
    return {each.get("type", "") for each in (setting, *setting.get("anyOf", ()))}


def _kinds_of(dimension: Dimension) -> set[str]:
    if isinstance(dimension, Range):
        return {"integer"} if dimension.integer else {"number"}
    numbers = all(type(value) is int for value in dimension.ends)
    return {"integer"} if numbers else {"string"}
