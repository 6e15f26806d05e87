import json

import numpy as np
import pytest

from ripieno.data.pixel_range import PixelRange
from ripieno.drift.reference import describe, read_reference, thinned, write_reference
from ripieno.errors import DataError
from ripieno.pooling.pool import Pool


@pytest.fixture
def reference():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (30, 4, 5, 1), dtype=np.uint8)
    proba = rng.dirichlet(np.ones(3), (3, 30))
    pool = Pool("linear_pool", np.array([0.25, 0.0, 0.75]), np.ones(3))
    return describe(images, proba, pool, ("a", "b", "c"), PixelRange.of(images)), proba


def test_a_record_survives_the_disk(reference, tmp_path):
    record, _ = reference
    write_reference(record, tmp_path / "reference.json")
    again = read_reference(tmp_path / "reference.json")
    assert again.to_dict() == record.to_dict()
    assert (again.image_shape, again.dtype, again.n_samples) == ((4, 5, 1), "uint8", 30)


def test_classes_are_counted_as_the_pool_predicts_them(reference):
    record, proba = reference
    pooled = 0.25 * proba[0] + 0.75 * proba[2]
    expected = [(pooled.argmax(axis=1) == k).sum() for k in range(3)]
    assert record.class_counts.tolist() == expected


def test_members_without_weight_have_no_say_in_disagreement(reference):
    record, proba = reference
    differ = (proba[0].argmax(axis=1) != proba[2].argmax(axis=1)).astype(float)
    assert record.statistics["disagreement"].tolist() == sorted(differ)


def test_few_values_are_all_kept_in_order():
    assert thinned(np.array([3.0, 1.0, 2.0]), 3).tolist() == [1.0, 2.0, 3.0]


def test_of_many_values_the_middle_of_every_part_is_kept():
    assert thinned(np.arange(12.0), 4).tolist() == [1.0, 4.0, 7.0, 10.0]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 99}'])
def test_a_damaged_record_is_one_line_that_says_what_to_do(text, tmp_path):
    path = tmp_path / "reference.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"reference\.json is no training record") as caught:
        read_reference(path)
    assert "\n" not in str(caught.value)


def test_a_record_holds_no_more_than_it_needs(reference):
    record, _ = reference
    assert len(json.dumps(record.to_dict())) < 10_000
