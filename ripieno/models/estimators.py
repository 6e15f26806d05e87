"""scikit-learn's classifiers by name: which there are, and whether parameters suit them.

The names are a table, so that an unknown one is refused without importing scikit-learn; a test
holds the table equal to `sklearn.utils.all_estimators("classifier")`.
"""

import importlib
import inspect
from collections.abc import Mapping
from typing import Any

from ripieno.errors import ConfigurationError, unknown_name

CLASSIFIERS: dict[str, str] = {
    "AdaBoostClassifier": "ensemble",
    "BaggingClassifier": "ensemble",
    "BernoulliNB": "naive_bayes",
    "CalibratedClassifierCV": "calibration",
    "CategoricalNB": "naive_bayes",
    "ClassifierChain": "multioutput",
    "ComplementNB": "naive_bayes",
    "DecisionTreeClassifier": "tree",
    "DummyClassifier": "dummy",
    "ExtraTreeClassifier": "tree",
    "ExtraTreesClassifier": "ensemble",
    "FixedThresholdClassifier": "model_selection",
    "GaussianNB": "naive_bayes",
    "GaussianProcessClassifier": "gaussian_process",
    "GradientBoostingClassifier": "ensemble",
    "HistGradientBoostingClassifier": "ensemble",
    "KNeighborsClassifier": "neighbors",
    "LabelPropagation": "semi_supervised",
    "LabelSpreading": "semi_supervised",
    "LinearDiscriminantAnalysis": "discriminant_analysis",
    "LinearSVC": "svm",
    "LogisticRegression": "linear_model",
    "LogisticRegressionCV": "linear_model",
    "MLPClassifier": "neural_network",
    "MultiOutputClassifier": "multioutput",
    "MultinomialNB": "naive_bayes",
    "NearestCentroid": "neighbors",
    "NuSVC": "svm",
    "OneVsOneClassifier": "multiclass",
    "OneVsRestClassifier": "multiclass",
    "OutputCodeClassifier": "multiclass",
    "PassiveAggressiveClassifier": "linear_model",
    "Perceptron": "linear_model",
    "QuadraticDiscriminantAnalysis": "discriminant_analysis",
    "RadiusNeighborsClassifier": "neighbors",
    "RandomForestClassifier": "ensemble",
    "RidgeClassifier": "linear_model",
    "RidgeClassifierCV": "linear_model",
    "SGDClassifier": "linear_model",
    "SVC": "svm",
    "SelfTrainingClassifier": "semi_supervised",
    "StackingClassifier": "ensemble",
    "TunedThresholdClassifierCV": "model_selection",
    "VotingClassifier": "ensemble",
}
"""Names of the classifiers, and the submodule of `sklearn` that has them."""

UNFIT = {
    "ClassifierChain": "it gives every sample several labels",
    "MultiOutputClassifier": "it gives every sample several labels",
    "OutputCodeClassifier": "it has neither probabilities nor scores to calibrate",
}
"""Classifiers that cannot give the probability of one label, and why."""

WITHOUT_THREADS = ("LogisticRegression",)
"""Classifiers whose `n_jobs` does nothing but warn."""

ONE_ESTIMATOR = ("estimator", "final_estimator")
SEVERAL_ESTIMATORS = "estimators"


def build_classifier(name: str, params: Mapping[str, Any]) -> Any:
    """An unfitted classifier.

    A parameter that is an estimator itself is a name of a classifier, or a mapping of `estimator`
    and `params`; `estimators` is a mapping of labels to such values.

    Args:
        name: One of `CLASSIFIERS`.
        params: Its parameters.

    Raises:
        ConfigurationError: If the classifier or a parameter is unknown, a required parameter is
            missing, or a value is not one that scikit-learn accepts.
    """
    if name not in CLASSIFIERS:
        raise ConfigurationError(unknown_name("estimator", name, CLASSIFIERS))
    if name in UNFIT:
        raise ConfigurationError(f"estimator: {name} cannot be a member: {UNFIT[name]}.")
    kind = getattr(importlib.import_module(f"sklearn.{CLASSIFIERS[name]}"), name)
    _check_names(name, kind, params)
    classifier = kind(**{key: _value(key, value) for key, value in params.items()})
    _check_values(classifier)
    return classifier


def set_seed_and_threads(classifier: Any, seed: int, n_threads: int) -> None:
    """Set every `random_state` and `n_jobs`, nested ones too, that the parameters left open."""
    for key, value in classifier.get_params(deep=True).items():
        owner, _, parameter = key.rpartition("__")
        if value is not None:
            continue
        if parameter == "random_state":
            classifier.set_params(**{key: seed})
        elif parameter == "n_jobs" and n_threads > 1:
            part = classifier.get_params(deep=True)[owner] if owner else classifier
            if type(part).__name__ not in WITHOUT_THREADS:
                classifier.set_params(**{key: n_threads})


def has_probabilities(classifier: Any) -> bool:
    """Whether an unfitted classifier will have `predict_proba`."""
    if type(classifier).__name__ == "StackingClassifier":  # which knows only once it is fitted
        return classifier.final_estimator is None or has_probabilities(classifier.final_estimator)
    return hasattr(classifier, "predict_proba")


def check_weights(classifier: Any) -> None:
    """Refuse a classifier that cannot weigh its samples.

    Raises:
        ConfigurationError: If it takes no sample weights.
    """
    from sklearn.utils.validation import has_fit_parameter

    if not has_fit_parameter(classifier, "sample_weight"):
        raise ConfigurationError(
            f"class_weights: {type(classifier).__name__} cannot weigh samples. Leave it out."
        )


def _check_names(name: str, kind: Any, params: Mapping[str, Any]) -> None:
    known = inspect.signature(kind).parameters
    for key in params:
        if key not in known:
            raise ConfigurationError(f"params: {unknown_name(f'parameter of {name}', key, known)}")
    missing = [
        key for key, value in known.items() if value.default is value.empty and key not in params
    ]
    if missing:
        raise ConfigurationError(f"params: {name} needs {' and '.join(missing)}.")


def _check_values(classifier: Any) -> None:
    """Ask scikit-learn, which otherwise would say so only when the training starts."""
    from sklearn.utils._param_validation import InvalidParameterError

    try:
        classifier._validate_params()
    except InvalidParameterError as error:
        first_line = str(error).partition("\n")[0]
        raise ConfigurationError(f"params: {first_line}") from None


def _value(key: str, value: Any) -> Any:
    if key in ONE_ESTIMATOR and value is not None:
        return _nested(key, value)
    if key == SEVERAL_ESTIMATORS:
        if not isinstance(value, Mapping) or not value:
            raise ConfigurationError(
                "params.estimators: expected a mapping of labels to classifiers,"
                f" received {value!r}."
            )
        return [(label, _nested(f"estimators.{label}", each)) for label, each in value.items()]
    return value


def _nested(where: str, value: Any) -> Any:
    if isinstance(value, str):
        return build_classifier(value, {})
    if (
        isinstance(value, Mapping)
        and "estimator" in value
        and set(value) <= {"estimator", "params"}
    ):
        return build_classifier(value["estimator"], value.get("params", {}))
    raise ConfigurationError(
        f"params.{where}: expected the name of a classifier or a mapping of 'estimator' and"
        f" 'params', received {value!r}."
    )
