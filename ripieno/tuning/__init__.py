"""Hyperparameter search on validation data, by Optuna: spaces, samplers, pruners and objectives.

Everything that imports Optuna does so inside functions: the configuration is checked without it.
"""

from ripieno.tuning.objectives import OBJECTIVES
from ripieno.tuning.pruners import PRUNERS
from ripieno.tuning.samplers import SAMPLERS

__all__ = ["OBJECTIVES", "PRUNERS", "SAMPLERS"]
