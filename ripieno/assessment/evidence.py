"""The probabilities and labels that a run is judged by."""

from dataclasses import dataclass

from ripieno.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the members made of the validation and the test images, and the truth.

    Attributes:
        validation: Of shape (n_members, n_samples, n_classes).
        labels: Validation labels of shape (n_samples,).
        test: Of shape (n_members, n_test_samples, n_classes).
        test_labels: Test labels of shape (n_test_samples,).
        class_names: The name of class k at position k.
    """

    validation: FloatArray
    labels: IntArray
    test: FloatArray
    test_labels: IntArray
    class_names: tuple[str, ...]
