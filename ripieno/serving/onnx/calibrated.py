"""scikit-learn's CalibratedClassifierCV as ONNX nodes: scores in double, and their calibration.

skl2onnx 1.20 does not know the calibration by temperature, takes the nearest step of an isotonic
one where scikit-learn interpolates, and computes scores in single precision: where a decision
between two classes of an SVC is near 0, rounding then moves a whole vote.
"""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.errors import PublicationError
from ripieno.serving.onnx.nodes import Nodes

AddClassifier = Callable[[Nodes, Any, str], str]
LOG_EPSILON = 1e-12
"""What scikit-learn adds to probabilities before their logarithm."""


def add_calibrated(nodes: Nodes, classifier: Any, rows: str, add_classifier: AddClassifier) -> str:
    """Add a fitted CalibratedClassifierCV: the mean over its calibrated classifiers.

    Args:
        nodes: Takes the nodes.
        classifier: Calibrated by `temperature`, `sigmoid` or `isotonic`.
        rows: The name of the features, (n_samples, n_features).
        add_classifier: Adds a classifier that has probabilities, where those are calibrated.

    Returns:
        The name of the probabilities, double, (n_samples, n_classes).

    Raises:
        PublicationError: If the classifier's scores are not known here.
    """
    parts = []
    for each in classifier.calibrated_classifiers_:
        if len(each.estimator.classes_) != len(each.classes):
            raise PublicationError("a fold of its calibration lacks a class")
        # Scores as scikit-learn asks for them: of two classes one column, that of the second.
        if hasattr(each.estimator, "decision_function"):
            scores, is_proba = _add_decision(nodes, each.estimator, rows), False
        else:
            proba = nodes.cast(add_classifier(nodes, each.estimator, rows), np.float64)
            scores, is_proba = proba, True
        parts.append(_CALIBRATIONS[each.method](nodes, each, scores, is_proba))
    return nodes.add("Div", nodes.add("Sum", *parts), np.float64(len(parts)))


def _add_temperature(nodes: Nodes, calibrated: Any, scores: str, is_proba: bool) -> str:
    if is_proba:
        logits = nodes.add("Log", nodes.add("Add", scores, np.float64(LOG_EPSILON)))
    elif len(calibrated.classes) == 2:
        logits = nodes.add("Concat", nodes.add("Neg", scores), scores, axis=1)
    else:
        logits = scores
    beta = np.float64(calibrated.calibrators[0].beta_)
    return nodes.add("Softmax", nodes.add("Mul", logits, beta), axis=-1)


def _add_sigmoid(nodes: Nodes, calibrated: Any, scores: str, is_proba: bool) -> str:
    slopes = np.array([float(each.a_) for each in calibrated.calibrators])
    intercepts = np.array([float(each.b_) for each in calibrated.calibrators])
    scores = _column_of_two(nodes, calibrated, scores, is_proba)
    powers = nodes.add("Exp", nodes.add("Add", nodes.add("Mul", scores, slopes), intercepts))
    proba = nodes.add("Reciprocal", nodes.add("Add", powers, np.float64(1)))
    return _one_against_the_rest(nodes, calibrated, proba)


def _add_isotonic(nodes: Nodes, calibrated: Any, scores: str, is_proba: bool) -> str:
    scores = _column_of_two(nodes, calibrated, scores, is_proba)
    columns = []
    for k, each in enumerate(calibrated.calibrators):
        column = nodes.add("Gather", scores, np.array([k]), axis=1)  # (n_samples, 1)
        columns.append(_add_interpolation(nodes, each, column))
    return _one_against_the_rest(nodes, calibrated, nodes.add("Concat", *columns, axis=1))


def _add_interpolation(nodes: Nodes, calibrator: Any, column: str) -> str:
    """Straight lines between thresholds: what each stretch adds up to the score, together."""
    x = np.asarray(calibrator.X_thresholds_, np.float64)
    y = np.asarray(calibrator.y_thresholds_, np.float64)
    if len(x) == 1:
        return nodes.add("Add", nodes.add("Mul", column, np.float64(0)), y[0])
    passed = nodes.add("Sub", column, x[:-1])  # (n_samples, n_stretches)
    passed = nodes.add("Min", nodes.add("Max", passed, np.float64(0)), np.diff(x))
    slopes = (np.diff(y) / np.diff(x))[:, np.newaxis]
    return nodes.add("Add", nodes.add("MatMul", passed, slopes), y[0])


_CALIBRATIONS: dict[str, Callable[[Nodes, Any, str, bool], str]] = {
    "temperature": _add_temperature,
    "sigmoid": _add_sigmoid,
    "isotonic": _add_isotonic,
}


def _column_of_two(nodes: Nodes, calibrated: Any, scores: str, is_proba: bool) -> str:
    if is_proba and len(calibrated.classes) == 2:
        return nodes.add("Gather", scores, np.array([1]), axis=1)
    return scores


def _one_against_the_rest(nodes: Nodes, calibrated: Any, proba: str) -> str:
    """Each class's own probability made to sum to 1; all alike where each is 0."""
    n_classes = len(calibrated.classes)
    if n_classes == 2:
        return nodes.add("Concat", nodes.add("Sub", np.float64(1), proba), proba, axis=1)
    total = nodes.add("ReduceSum", proba, np.array([-1]))
    nothing = nodes.add("Equal", total, np.float64(0))
    return nodes.add("Where", nothing, np.float64(1 / n_classes), nodes.add("Div", proba, total))


def _add_decision(nodes: Nodes, estimator: Any, rows: str) -> str:
    """The decision function, double: (n_samples, n_classes), or (n_samples, 1) of two classes."""
    from sklearn.linear_model._base import LinearClassifierMixin
    from sklearn.svm import SVC, NuSVC

    if type(estimator).__name__ == "OneVsRestClassifier":
        columns = [_add_decision(nodes, each, rows) for each in estimator.estimators_]
        return nodes.add("Concat", *columns, axis=1)
    doubles = nodes.cast(rows, np.float64)
    if isinstance(estimator, LinearClassifierMixin):
        weights = np.atleast_2d(estimator.coef_).T.astype(np.float64)
        intercept = np.atleast_1d(np.asarray(estimator.intercept_, np.float64))
        return nodes.add("Add", nodes.add("MatMul", doubles, weights), intercept)
    if isinstance(estimator, SVC | NuSVC):
        return _add_support_vectors(nodes, estimator, doubles)
    raise PublicationError(f"the decision function of {type(estimator).__name__} is not known")


def _add_support_vectors(nodes: Nodes, svc: Any, rows: str) -> str:
    kernel = _add_kernel(nodes, svc, rows)
    n_classes = len(svc.classes_)
    intercept = np.asarray(svc.intercept_, np.float64)
    if n_classes == 2:
        weights = np.asarray(svc.dual_coef_, np.float64).T
        return nodes.add("Add", nodes.add("MatMul", kernel, weights), intercept)
    if svc.decision_function_shape != "ovr":
        raise PublicationError("decision_function_shape: expected 'ovr'")
    pairs = list(combinations(range(n_classes), 2))
    decisions = nodes.add("MatMul", kernel, _pair_weights(svc, pairs))
    decisions = nodes.add("Add", decisions, intercept)  # (n_samples, n_pairs); > 0: the first
    first, second = np.zeros((len(pairs), n_classes)), np.zeros((len(pairs), n_classes))
    for p, (i, j) in enumerate(pairs):
        first[p, i] = second[p, j] = 1
    lost = nodes.cast(nodes.add("Less", decisions, np.float64(0)), np.float64)
    votes = nodes.add("Add", nodes.add("MatMul", lost, second - first), first.sum(axis=0))
    # The sum of a class's decisions tells classes of as many votes apart; it counts for 1/3.
    total = nodes.add("MatMul", decisions, first - second)
    size = nodes.add("Add", nodes.add("Abs", total), np.float64(1))
    share = nodes.add("Div", total, nodes.add("Mul", size, np.float64(3)))
    return nodes.add("Add", votes, share)


def _pair_weights(svc: Any, pairs: list[tuple[int, int]]) -> NDArray[np.float64]:
    """Of each support vector in the decision between two classes, (n_vectors, n_pairs)."""
    dual = np.asarray(svc.dual_coef_, np.float64)  # (n_classes - 1, n_vectors), class by class
    ends = np.cumsum([0, *svc.n_support_])
    weights = np.zeros((dual.shape[1], len(pairs)))
    for p, (i, j) in enumerate(pairs):
        of_i, of_j = slice(ends[i], ends[i + 1]), slice(ends[j], ends[j + 1])
        weights[of_i, p] = dual[j - 1, of_i]
        weights[of_j, p] = dual[i, of_j]
    return weights


def _add_kernel(nodes: Nodes, svc: Any, rows: str) -> str:
    """The kernel of each row with each support vector, (n_samples, n_vectors)."""
    vectors = np.asarray(svc.support_vectors_, np.float64)
    products = nodes.add("MatMul", rows, vectors.T)
    if svc.kernel == "linear":
        return products
    gamma = np.float64(svc._gamma)
    if svc.kernel == "rbf":
        squares = nodes.add("ReduceSum", nodes.add("Mul", rows, rows), np.array([-1]))
        squares = nodes.add("Add", squares, np.square(vectors).sum(axis=1))
        distance = nodes.add("Sub", squares, nodes.add("Mul", products, np.float64(2)))
        return nodes.add("Exp", nodes.add("Mul", distance, -gamma))
    scaled = nodes.add("Add", nodes.add("Mul", products, gamma), np.float64(svc.coef0))
    if svc.kernel == "poly":
        return nodes.add("Pow", scaled, np.float64(svc.degree))
    if svc.kernel == "sigmoid":
        return nodes.add("Tanh", scaled)
    raise PublicationError(f"the kernel {svc.kernel!r} is not known")
