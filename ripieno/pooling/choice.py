"""The rule and calibration that the samples ask for, and what they were chosen from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.pooling.comparison import Candidate, Comparison, best_calibrations, compare
from ripieno.pooling.pool import Pool
from ripieno.pooling.recipes import check_rule, recipes_of
from ripieno.pooling.true_class import true_class_proba
from ripieno.types import FloatArray, IntArray

REFERENCES = ("best_member", "uniform")
"""Compared with every rule: what an ensemble has to beat."""
SIMPLEST_FIRST = (
    *REFERENCES,
    "greedy_selection",
    "linear_pool",
    "log_pool",
    "stacking",
)

DEFAULT = "log_pool"
"""What `auto` chooses unless another rule is clearly better."""
CLEARLY = 2.0
"""Standard errors by which a rule has to be better than the default.

Measured with six quick members of Fashion-MNIST on 10,000 test images and five of the digits on
597, over draws of 100, 360 and 1,440 samples (100 and 359 of the digits): of 0, 0.5, 1, 1.5, 2 and
3 none was better than 2 at any size. On 1,440 samples 1 chose stacking in two of twelve draws, to
0.3675 nats instead of 0.3663. Without the unseen error of `standard_error`, 2 chose a single
member in five of twenty draws of 100 digits, to 0.0503 nats instead of 0.0439.
"""

Decide = Callable[[Sequence[Candidate]], Candidate]


@dataclass(frozen=True, eq=False)
class Choice:
    """A pool and what it was chosen from.

    Attributes:
        chosen: The candidate of that pool.
        candidates: All that were compared, itself among them, the simplest rules first.
        left_out: Why a rule was not compared, by rule.
        cross_fitted_proba: Of shape (n_samples, n_classes): each sample predicted by a pool fitted
            to the other folds, its rule and calibration chosen by what they cost on the other folds
            (see `choose_pool`).
        objective: What was compared, a key of `OBJECTIVES`.
    """

    chosen: Candidate
    candidates: tuple[Candidate, ...]
    left_out: Mapping[str, str]
    cross_fitted_proba: NDArray[np.float64]
    objective: str

    @property
    def pool(self) -> Pool:
        """The pool that was chosen, fitted on all samples."""
        return self.chosen.pool

    def rules_compared(self) -> list[dict[str, Any]]:
        """A line a candidate, as JSON values.

        - `rule`, `before`, `after`: its rule, and which temperatures were scaled;
        - `log_loss`: cross-fitted, in nats;
        - `standard_error`: of the mean difference of its cost to that of the chosen, 0 for that
          itself; in nats, or the unit of another objective;
        - `sound`: false for one that does not take the default's place, however low its cost: see
          `Candidate`;
        - `best`: true for the calibration that stands for its rule, one a rule;
        - `chosen`: true for one of them;
        - `cost`: cross-fitted, where the objective is another: Brier score or share of errors.
        """
        best = best_calibrations(self.candidates)
        return [
            {
                "rule": candidate.recipe.rule,
                "log_loss": candidate.log_loss,
                "standard_error": 0.0
                if candidate.recipe == self.chosen.recipe
                else standard_error(candidate, self.chosen),
                "before": candidate.recipe.before,
                "after": candidate.recipe.after,
                "sound": candidate.sound,
                "best": candidate in best,
                "chosen": candidate.recipe == self.chosen.recipe,
            }
            | ({} if self.objective == "log_loss" else {"cost": candidate.cost})
            for candidate in self.candidates
        ]


def choose_pool(
    rule: str,
    proba: FloatArray,
    labels: IntArray,
    scale_temperatures: bool = True,
    *,
    objective: str = "log_loss",
    seed: int = 0,
) -> Choice:
    """Compare calibrations of a rule, or all rules for `auto`, by cross-fitted cost.

    A rule's calibration is the one of lowest cost; among rules see `default_unless_beaten`. Of a
    given rule, the calibrations are compared with one another and shown beside the references.
    Stacking takes part in `auto` where there are at least as many samples as coefficients.

    The cost of the chosen is optimistic, as the lowest of several. The cross-fitted predictions
    hardly are: for every fold the choice is made anew from the costs on the other folds.

    Args:
        rule: A key of `RULES`.
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,), two or more.
        scale_temperatures: Whether temperatures other than 1 are compared.
        objective: A key of `OBJECTIVES`: what is compared, and minimised by the rules that can.
        seed: Of the folds.

    Returns:
        The choice; its pool takes the members' probabilities as they are.

    Raises:
        ConfigurationError: If the rule is unknown or cannot minimise the objective.
        ValueError: If the input is not probabilities and labels, or there is only one sample.
    """
    check_rule(rule, objective)
    true_class_proba(proba, labels)  # checks the input
    left_out = _left_out(rule, proba)
    rules = [name for name in SIMPLEST_FIRST if name not in left_out]
    if rule != "auto":
        rules = [name for name in rules if name == rule or name in REFERENCES]
    recipes = [r for name in rules for r in recipes_of(name, scale_temperatures)]
    comparison = compare(recipes, proba, labels, objective=objective, seed=seed)
    decide = partial(_decide, rule)
    return Choice(
        decide(comparison.candidates),
        comparison.candidates,
        left_out,
        _cross_fitted(comparison, decide, proba),
        objective,
    )


def default_unless_beaten(candidates: Sequence[Candidate]) -> Candidate:
    """The log pool, unless another candidate is clearly better, cross-fitted.

    So a pool is never chosen that costs clearly more than the best member, which is a candidate as
    well. Of several that are clearly better the lowest is taken, but none that on validation is
    worse than the best member or the plain mean.

    Args:
        candidates: One a rule, `DEFAULT` among them.

    Returns:
        One of them.
    """
    default = next(c for c in candidates if c.recipe.rule == DEFAULT)
    better = [c for c in candidates if c.sound and is_clearly_better(c, default)]
    return min(better, key=lambda c: c.cost, default=default)


def is_clearly_better(candidate: Candidate, other: Candidate) -> bool:
    """Whether a candidate costs less than another by more than `CLEARLY` standard errors."""
    return other.cost - candidate.cost > CLEARLY * standard_error(candidate, other)


def standard_error(candidate: Candidate, other: Candidate) -> float:
    """Of the mean difference between two candidates' costs, never 0.

    It is taken on the same samples and on one more, which one of the two gets wrong and nobody
    knows which. Samples that are all right say nothing of what an error costs: without that one,
    the surest candidate would be better by any number of standard errors of next to 0.
    """
    differences = other.sample_costs - candidate.sample_costs
    unseen = float(np.mean(other.wrong_costs + candidate.wrong_costs)) / 2.0
    variation = float(np.sum((differences - differences.mean()) ** 2)) + unseen**2
    return float(np.sqrt(variation)) / len(differences)


def _left_out(rule: str, proba: FloatArray) -> dict[str, str]:
    """Why `auto` does not compare a rule."""
    n_members, n_samples, n_classes = proba.shape
    n_coefficients = n_members * n_classes**2
    if rule != "auto" or n_samples >= n_coefficients:
        return {}
    return {
        "stacking": f"it has {n_coefficients:,} coefficients, more than the {n_samples:,} samples"
    }


def _decide(rule: str, candidates: Sequence[Candidate]) -> Candidate:
    if rule == "auto":
        return default_unless_beaten(best_calibrations(candidates))
    return best_calibrations([c for c in candidates if c.recipe.rule == rule])[0]


def _cross_fitted(comparison: Comparison, decide: Decide, proba: FloatArray) -> NDArray[np.float64]:
    """Each fold as the pool predicts it that was chosen and fitted without it."""
    combined = np.empty(proba.shape[1:])
    for fold in range(comparison.n_folds):
        held_out = comparison.folds == fold
        chosen = decide([candidate.on(~held_out) for candidate in comparison.candidates])
        combined[held_out] = chosen.fold_pools[fold].predict_proba(proba[:, held_out])
    return combined
