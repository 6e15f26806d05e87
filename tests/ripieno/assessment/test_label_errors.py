import json

import numpy as np
import pytest

from ripieno.assessment.label_errors import find_label_errors

NAMES = [f"{i}.png" for i in range(5)]
PROBA = np.array(
    [[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.01, 0.04, 0.95], [0.3, 0.3, 0.4], [0.05, 0.9, 0.05]]
)


def test_the_least_probable_label_leads_and_agreement_is_not_listed():
    found = find_label_errors(PROBA, np.array([0, 0, 1, 2, 0]))
    assert found.n_samples == 5
    assert found.samples.tolist() == [2, 4, 1]
    rows = list(found.rows(NAMES, ("a", "b", "c")))
    assert [row["image"] for row in rows] == ["2.png", "4.png", "1.png"]
    assert rows[0] | {"likely_error": None} == {
        "image": "2.png",
        "given_label": "b",
        "suggested_label": "c",
        "proba_given": 0.04,
        "proba_suggested": 0.95,
        "likely_error": None,
    }
    json.dumps(rows, allow_nan=False)


def test_where_all_agree_nothing_is_listed():
    found = find_label_errors(PROBA, PROBA.argmax(axis=1))
    assert len(found.samples) == 0
    assert list(found.rows(NAMES, ("a", "b", "c"))) == []


def drawn(n_samples, n_classes, seed, skill):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n_samples) % n_classes)
    logits = rng.normal(0, 1, (n_samples, n_classes))
    logits[np.arange(n_samples), labels] += skill
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True), labels


@pytest.mark.parametrize("seed", range(5))
def test_flipped_labels_are_found(seed):
    proba, labels = drawn(2000, 6, seed, skill=6.0)
    rng = np.random.default_rng(seed)
    flipped = rng.choice(2000, 60, replace=False)
    noisy = labels.copy()
    noisy[flipped] = (labels[flipped] + rng.integers(1, 6, 60)) % 6
    found = find_label_errors(proba, noisy)
    assert len(np.intersect1d(found.samples[:60], flipped)) >= 54
    n_likely = int(found.likely.sum())
    assert 40 <= n_likely <= 80
    assert found.likely[:n_likely].all()  # those of the lowest probability


@pytest.mark.parametrize(("n_samples", "n_classes"), [(2, 2), (5, 3), (30, 100)])
def test_few_samples_and_classes_without_any_are_taken(n_samples, n_classes):
    proba, labels = drawn(n_samples, n_classes, 0, skill=1.0)
    found = find_label_errors(proba, labels)
    expected = np.count_nonzero(proba.argmax(axis=1) != labels)
    assert len(found.samples) == expected


def test_labels_and_probabilities_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="labels"):
        find_label_errors(PROBA, np.array([0, 1]))
