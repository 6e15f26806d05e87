"""Rules that combine the members' probabilities, fitted on validation alone.

Everything takes probabilities of shape (n_members, n_samples, n_classes) and labels of shape
(n_samples,).
"""

from collections.abc import Callable

from ripieno.pooling.auto import auto
from ripieno.pooling.best_member import best_member
from ripieno.pooling.choice import Choice, choose_pool
from ripieno.pooling.fitting import fit_pool
from ripieno.pooling.greedy_selection import greedy_selection
from ripieno.pooling.linear_pool import linear_pool
from ripieno.pooling.log_pool import log_pool
from ripieno.pooling.pool import Pool
from ripieno.pooling.stacking import stacking
from ripieno.pooling.uniform import uniform

__all__ = ["RULES", "Choice", "Pool", "Rule", "choose_pool", "fit_pool"]

Rule = Callable[..., Pool]

RULES: dict[str, Rule] = {
    "auto": auto,
    "best_member": best_member,
    "greedy_selection": greedy_selection,
    "linear_pool": linear_pool,
    "log_pool": log_pool,
    "stacking": stacking,
    "uniform": uniform,
}
