"""The probabilities and labels that a run is judged by."""

from dataclasses import dataclass

from ripieno.pooling.pool import mean_over_folds
from ripieno.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the members made of the held-out and the test images, and the truth.

    Attributes:
        validation: For the validation images or, out-of-fold, for all development images; of shape
            (n_members, n_samples, n_classes).
        labels: Their labels, of shape (n_samples,).
        test: Of shape (n_members, n_test_samples, n_classes), with a first axis of folds where
            members are the models of all folds.
        test_labels: Test labels of shape (n_test_samples,).
        class_names: The name of class k at position k.
        chosen: How a member was chosen by the held-out images, in words.
    """

    validation: FloatArray
    labels: IntArray
    test: FloatArray
    test_labels: IntArray
    class_names: tuple[str, ...]
    chosen: str = "chosen on validation"

    @property
    def member_test(self) -> FloatArray:
        """What each member by itself makes of the test images, of three dimensions."""
        return mean_over_folds(self.test)
