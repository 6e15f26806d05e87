"""From what a configuration says of a search space to checked dimensions."""

import json
from collections.abc import Callable, Mapping
from functools import partial
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
    without_effect,
)

NOT_SEARCHED = ("architecture", "seed")
LARGE = (96, 96, 3)
"""A shape of images that allows whatever some images do: theirs is not known yet."""


def search_of(member: MemberSection, specs: Mapping[str, DimensionSpec] | None) -> Propose:
    """The function that proposes a member's settings to a trial, checked.

    Raises:
        ConfigurationError: If a hyperparameter is unknown or cannot be what it is to be.
    """
    base = member.model_dump(mode="json", exclude=set(NOT_SEARCHED))
    propose = partial(proposer, MODELS[member.architecture].search_space, base)
    own = _own_dimensions(specs or {}, lambda own: propose(Narrowing(own)))
    more = _other_settings(specs or {}, own, propose(Narrowing(own)), member)
    chosen = propose(Narrowing(own, more))
    # Those that are fixed first: what is wrong with them is wrong with every other one's ends.
    dimensions = own | more
    for name in sorted(dimensions, key=lambda name: not isinstance(dimensions[name], Fixed)):
        _check_ends(name, dimensions[name], chosen, member)
    space = explore(chosen)
    for name, dimension in own.items():
        if name not in space and not isinstance(dimension, Fixed):
            raise ConfigurationError(f"{name}: never asked for, as the others are narrowed here.")
    idle = {name: Fixed(space[name].ends[0]) for name in without_effect(chosen)}
    return propose(Narrowing(own | idle, more))


def _own_dimensions(
    specs: Mapping[str, DimensionSpec], narrowed: Callable[[Space], Propose]
) -> Space:
    """What is said of the architecture's own dimensions, of those too that this opens."""
    chosen: Space = {}
    while True:
        space = explore(narrowed(chosen))
        found = [name for name in specs if name in space and name not in chosen]
        if not found:
            return chosen
        for name in found:
            chosen[name] = _dimension(name, specs[name], space[name], {})


def _other_settings(
    specs: Mapping[str, DimensionSpec], own: Space, propose: Propose, member: MemberSection
) -> Space:
    """What is said of settings that the architecture's space leaves alone."""
    schema = MEMBERS[member.architecture].model_json_schema()
    chosen: Space = {}
    for name in specs:
        if name in own:
            continue
        setting = _setting(name, schema)
        if setting is None:
            known = dict.fromkeys([*explore(propose), *own, *_names(schema)])
            raise ConfigurationError(f"{name}: {unknown_name('hyperparameter', name, known)}")
        chosen[name] = _dimension(name, specs[name], None, setting)
    return chosen


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
        for rank in range(1, tuning.keep + 1 if tuning.keep > 1 else 1):
            if f"{name}-{rank}" in members:
                raise ConfigurationError(
                    f"keep: expected no member {name}-{rank}, as a winner of {name} is called;"
                    " rename it."
                )
        try:
            space = searched(explore(search_of(members[name], specs)))
        except ConfigurationError as error:
            raise ConfigurationError(f"members.{name}.{error}") from None
        if not space:
            raise ConfigurationError(f"members.{name}: expected something to search, all is fixed.")
        check_sampler(tuning.sampler.kind, tuning.sampler.settings, space)


def _dimension(name: str, spec: DimensionSpec, own: Dimension | None, setting: Schema) -> Dimension:
    """A dimension as a configuration wants it.

    Raises:
        ConfigurationError: If it cannot be one.
    """
    kinds = _kinds(setting) if own is None else _kinds_of(own)
    if isinstance(spec, RangeSection):
        if not kinds & {"integer", "number"}:
            raise ConfigurationError(
                f"{name}: expected choices, as in [a, b], or one value, received a range."
            )
        try:
            return _range(spec, own, integer="number" not in kinds)
        except ConfigurationError as error:
            raise ConfigurationError(f"{name}: {error}") from None
    values = spec if isinstance(spec, list) else [spec]
    if not values:
        raise ConfigurationError(f"{name}: expected at least one choice, received none.")
    if isinstance(own, Range):
        for value in values:
            if type(value) is not int and (own.integer or type(value) is not float):
                noun = "an integer" if own.integer else "a number"
                raise ConfigurationError(f"{name}: expected {noun}, received {shown(value)}.")
    return Choices(tuple(values)) if isinstance(spec, list) else Fixed(spec)


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
    if spec.step is None:
        return Range(spec.low, spec.high, log, integer=integer)
    n_steps = int((spec.high - spec.low) / spec.step + 1e-9)
    if n_steps == 0:
        raise ConfigurationError(f"expected a step within {written}, received {spec.step:g}.")
    high = round(spec.low + n_steps * spec.step, 12)  # what the steps reach
    return Range(spec.low, high, log, spec.step, integer=integer)


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


def _names(schema: Schema) -> list[str]:
    return [name for name in schema["properties"] if name not in NOT_SEARCHED]


def _kinds(setting: Schema) -> set[str]:
    return {each.get("type", "") for each in (setting, *setting.get("anyOf", ()))}


def _kinds_of(dimension: Dimension) -> set[str]:
    if isinstance(dimension, Range):
        return {"integer"} if dimension.integer else {"number"}
    numbers = all(type(value) is int for value in dimension.ends)
    return {"integer"} if numbers else {"string"}
