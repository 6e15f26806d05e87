"""What a search may change of a scikit-learn member: the classifier, and its parameters.

A parameter is called after its classifier, as in `SVC.C`: equal names mean other things elsewhere.
"""

from collections.abc import Callable
from typing import Any

from ripieno.models.search_space import Suggests

Params = dict[str, Any]


def estimator_space(trial: Suggests) -> dict[str, Any]:
    """A classifier and its parameters; one without an entry below keeps scikit-learn's."""
    estimator = trial.suggest_categorical("estimator", list(USUAL))
    space = SPACES.get(estimator)
    return {"estimator": estimator, "params": {} if space is None else space(trial, estimator)}


def forest(trial: Suggests, name: str) -> Params:
    """Trees, and how much each of them sees."""
    return {
        "n_estimators": trial.suggest_int(f"{name}.n_estimators", 100, 500, step=100),
        "max_features": trial.suggest_float(f"{name}.max_features", 0.03, 0.5, log=True),
        "min_samples_leaf": trial.suggest_int(f"{name}.min_samples_leaf", 1, 5),
    }


def boosting(trial: Suggests, name: str) -> Params:
    """Rounds of boosting, and how fast they learn."""
    return {
        "max_iter": trial.suggest_int(f"{name}.max_iter", 50, 300, log=True),
        "learning_rate": trial.suggest_float(f"{name}.learning_rate", 0.03, 0.3, log=True),
        "max_leaf_nodes": trial.suggest_int(f"{name}.max_leaf_nodes", 7, 63, log=True),
        "l2_regularization": trial.suggest_float(f"{name}.l2_regularization", 1e-3, 10.0, log=True),
    }


def support_vectors(trial: Suggests, name: str) -> Params:
    """Kernel and penalty."""
    return {
        "C": trial.suggest_float(f"{name}.C", 0.1, 100.0, log=True),
        "kernel": trial.suggest_categorical(f"{name}.kernel", ["rbf", "poly"]),
    }


def perceptron(trial: Suggests, name: str) -> Params:
    """Hidden layers and their training, which ends when a tenth held out says so."""
    n_layers = trial.suggest_int(f"{name}.hidden_layers", 1, 2)
    units = trial.suggest_int(f"{name}.hidden_units", 64, 512, log=True)
    return {
        "hidden_layer_sizes": [units] * n_layers,
        "alpha": trial.suggest_float(f"{name}.alpha", 1e-6, 1e-1, log=True),
        "learning_rate_init": trial.suggest_float(
            f"{name}.learning_rate_init", 3e-4, 1e-2, log=True
        ),
        "early_stopping": True,
    }


def logistic_regression(trial: Suggests, name: str) -> Params:
    """Penalty; iterations enough to get there."""
    return {"C": trial.suggest_float(f"{name}.C", 1e-3, 10.0, log=True), "max_iter": 1000}


def neighbours(trial: Suggests, name: str) -> Params:
    """How many neighbours vote, and with what weight."""
    return {
        "n_neighbors": trial.suggest_int(f"{name}.n_neighbors", 1, 15),
        "weights": trial.suggest_categorical(f"{name}.weights", ["uniform", "distance"]),
    }


SPACES: dict[str, Callable[[Suggests, str], Params]] = {
    "ExtraTreesClassifier": forest,
    "HistGradientBoostingClassifier": boosting,
    "KNeighborsClassifier": neighbours,
    "LogisticRegression": logistic_regression,
    "MLPClassifier": perceptron,
    "RandomForestClassifier": forest,
    "SVC": support_vectors,
}
USUAL = (
    "ExtraTreesClassifier",
    "KNeighborsClassifier",
    "LogisticRegression",
    "MLPClassifier",
    "RandomForestClassifier",
    "SVC",
)
"""What is tried unless a configuration says otherwise. Boosting takes too long on many pixels."""
