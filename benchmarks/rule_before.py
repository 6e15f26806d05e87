"""The rule `auto` of the version before the log pool had a prior, to compare with.

The lowest cross-fitted cost won unless a simpler rule was within one standard error of it, and the
log pool was the unpenalised one: weights of a sum of 20 at most, labels taken for certain,
probabilities floored at 2.2e-16 before the members' and the pool's temperature. The other rules are
today's, given probabilities with that floor. In 20 of 21 draws of 100 and 359 images it
made the pool that the version itself makes, in one a slightly better one.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import LinearConstraint, minimize

from ripieno.evaluation.cross_fit import stratified_folds
from ripieno.evaluation.metrics import PROBABILITY_FLOOR, log_loss, sample_log_loss
from ripieno.pooling.calibration import fit_temperature_of_logits, log_proba
from ripieno.pooling.comparison import Candidate, best_calibrations, compare
from ripieno.pooling.pool import Pool
from ripieno.pooling.recipes import Recipe, recipes_of
from ripieno.pooling.regression import softmax_losses
from ripieno.types import FloatArray, IntArray

MAX_SUM = 20.0


def rule_before(proba: FloatArray, labels: IntArray) -> Pool:
    """The pool that the version before would have chosen.

    Args:
        proba: Validation probabilities of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
    """
    proba = np.maximum(proba, PROBABILITY_FLOOR)
    n_members, n_samples, n_classes = proba.shape
    simple = ("best_member", "uniform", "greedy_selection", "linear_pool")
    candidates = list(_compared(simple, proba, labels))
    candidates += [_log_pool_candidate(proba, labels, after) for after in (False, True)]
    if n_samples >= n_members * n_classes**2:
        candidates += _compared(("stacking",), proba, labels)
    best = best_calibrations(candidates)
    eligible = [c for c in best if c.sound and c.cost <= best[0].cost] or best[:1]
    lowest = min(eligible, key=lambda c: c.cost)
    return _floored(next(c.pool for c in eligible if c.cost - lowest.cost <= _error(c, lowest)))


def _floored(pool: Pool) -> Pool:
    """The pool with the floors of then."""
    floors = np.full(pool.n_members, PROBABILITY_FLOOR)
    return replace(pool, floors=floors, floors_combined=True)


def _compared(rules: Sequence[str], proba: FloatArray, labels: IntArray) -> tuple[Candidate, ...]:
    return compare([r for rule in rules for r in recipes_of(rule)], proba, labels).candidates


def _error(candidate: Candidate, other: Candidate) -> float:
    differences = candidate.sample_costs - other.sample_costs
    return float(np.std(differences) / np.sqrt(len(differences)))


def _log_pool_candidate(proba: FloatArray, labels: IntArray, after: bool) -> Candidate:
    folds = stratified_folds(labels, 5, 0)
    costs = np.empty(len(labels))
    for fold in range(int(folds.max()) + 1):
        out = folds == fold
        pool = _log_pool(proba[:, ~out], labels[~out], after)
        costs[out] = sample_log_loss(pool.predict_proba(proba[:, out]), labels[out])
    pool = _log_pool(proba, labels, after)
    pooled = pool.predict_proba(proba)
    references = [*proba, proba.mean(axis=0)]
    sound = log_loss(pooled, labels) <= min(log_loss(p, labels) for p in references) + 1e-9
    held = after or bool(np.any(pooled.argmax(axis=1) != labels))
    recipe = Recipe("log_pool", after=after)
    return Candidate(recipe, pool, costs, costs, float(costs.mean()), sound and held)


def _log_pool(proba: FloatArray, labels: IntArray, after: bool) -> Pool:
    logits = log_proba(proba, PROBABILITY_FLOOR)
    n_members, rows = len(proba), np.arange(len(labels))

    def objective(weights: FloatArray) -> tuple[float, FloatArray]:
        losses, pooled = softmax_losses(np.tensordot(weights, logits, axes=1), labels)
        pooled[rows, labels] -= 1.0
        return float(losses.mean()), np.einsum("mic,ic->m", logits, pooled) / len(labels)

    solution = minimize(
        objective,
        np.full(n_members, 1.0 / n_members),
        jac=True,
        method="SLSQP",
        bounds=[(0.0, None)] * n_members,
        constraints=LinearConstraint(np.ones(n_members), ub=MAX_SUM),
        options={"maxiter": 300, "ftol": 1e-10},
    )
    weights = np.maximum(solution.x, 0.0)
    pool = _floored(Pool("log_pool", weights, np.ones(n_members), combination="geometric"))
    if not after:
        return pool
    floored = log_proba(pool.predict_proba(proba), PROBABILITY_FLOOR)
    temperature = float(np.clip(fit_temperature_of_logits(floored, labels), 1.0 / 20.0, 20.0))
    return replace(pool, temperature=temperature)
