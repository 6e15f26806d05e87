"""How a pool is made: which rule, and what is calibrated before and after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ripieno import pooling
from ripieno.errors import ConfigurationError, unknown_name
from ripieno.pooling.calibration import (
    fit_temperature,
    fit_temperature_of_logits,
    scale_temperature,
    zero_floor,
    zero_floors,
)
from ripieno.pooling.objectives import LOG_LOSSES, OBJECTIVES, check_objective, sample_weights
from ripieno.pooling.pool import Pool
from ripieno.types import FloatArray, IntArray


@dataclass(frozen=True)
class Recipe:
    """A rule and its calibration.

    Attributes:
        rule: A key of `RULES`.
        before: Whether each member's temperature is scaled before the rule is fitted.
        after: Whether the pool's temperature is scaled after it.
    """

    rule: str
    before: bool = False
    after: bool = False


_VARIANTS: Mapping[str, tuple[tuple[bool, bool], ...]] = {
    "best_member": ((False, False), (True, False)),  # of one member, after is as before
    "log_pool": ((False, False),),  # the sum of its weights is a temperature already
    "stacking": ((False, False), (False, True)),
}
_ALL_VARIANTS = ((False, False), (False, True), (True, False), (True, True))


def recipes_of(rule: str, scale_temperatures: bool = True) -> tuple[Recipe, ...]:
    """The calibrations worth comparing for a rule, the one with the fewest numbers first."""
    if not scale_temperatures:
        return (Recipe(rule),)
    return tuple(Recipe(rule, *variant) for variant in _VARIANTS.get(rule, _ALL_VARIANTS))


@dataclass
class Kitchen:
    """Fits recipes to the same samples, and does what they share only once.

    Attributes:
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        objective: What rules minimise that can; the others minimise the log-loss.
    """

    proba: FloatArray
    labels: IntArray
    objective: str = "log_loss"
    _temperatures: NDArray[np.float64] | None = field(default=None, init=False)
    _scaled: NDArray[np.float64] | None = field(default=None, init=False)
    _pools: dict[Recipe, Pool] = field(default_factory=dict, init=False)

    def fit(self, recipe: Recipe) -> Pool:
        """The pool, which takes the members' probabilities as they are."""
        if recipe not in self._pools:
            self._pools[recipe] = self._fit(recipe)
        return self._pools[recipe]

    def _fit(self, recipe: Recipe) -> Pool:
        if recipe.after:
            pool = self.fit(replace(recipe, after=False))
            temperature = fit_temperature_of_logits(
                pool.logits(self.proba), self.labels, sample_weights(self.objective, self.labels)
            )
            return replace(pool, temperature=temperature)
        rule = pooling.RULES[recipe.rule]
        settings = _settings_of(recipe.rule, self.objective)
        if not recipe.before:
            return rule(self.proba, self.labels, **settings)
        return replace(
            rule(self._members(), self.labels, **settings),
            temperatures=self.temperatures(),
            floors=zero_floors(self.proba),
        )

    def temperatures(self) -> NDArray[np.float64]:
        """Each member's temperature of lowest log-loss, of shape (n_members,)."""
        if self._temperatures is None:
            weights = sample_weights(self.objective, self.labels)
            fitted = [fit_temperature(member, self.labels, weights) for member in self.proba]
            self._temperatures = np.array(fitted)
        return self._temperatures

    def _members(self) -> NDArray[np.float64]:
        """The members' probabilities at their temperatures."""
        if self._scaled is None:
            self._scaled = np.empty(self.proba.shape)
            for scaled, member, temperature in zip(
                self._scaled, self.proba, self.temperatures(), strict=True
            ):
                scaled[:] = scale_temperature(member, float(temperature), zero_floor(member))
        return self._scaled


_MINIMISES: Mapping[str, tuple[str, ...]] = {
    "linear_pool": (*LOG_LOSSES, "brier"),
    "log_pool": LOG_LOSSES,
    "stacking": LOG_LOSSES,
}


def minimised_by(rule: str) -> tuple[str, ...]:
    """The objectives that a rule can be asked for."""
    return _MINIMISES.get(rule, tuple(OBJECTIVES))


def check_rule(rule: str, objective: str) -> None:
    """Refuse a rule that does not exist, or cannot minimise the objective.

    Raises:
        ConfigurationError: If it is so.
    """
    if rule not in pooling.RULES:
        raise ConfigurationError(unknown_name("rule", rule, pooling.RULES))
    check_objective(rule, objective, minimised_by(rule))


def _settings_of(rule: str, objective: str) -> dict[str, str]:
    """The objective as the rule takes it: its own where it cannot minimise this one."""
    if rule == "uniform" or objective not in minimised_by(rule):
        return {}
    return {"objective": objective}
