import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.data.labels import encode_labels
from ripieno.errors import DataError


def encode(values, class_names=None, dtype=None):
    (labels,), names = encode_labels([np.array(values, dtype)], class_names)
    return labels.tolist(), names


def test_whole_numbers_are_sorted_as_numbers():
    assert encode([10, 2, 10, 1]) == ([2, 1, 2, 0], ("1", "2", "10"))


def test_strings_are_sorted_as_strings():
    assert encode(["dog", "cat", "dog"]) == ([1, 0, 1], ("cat", "dog"))


def test_bytes_are_read_as_utf8():
    assert encode([b"vogel", "hähne".encode()]) == ([1, 0], ("hähne", "vogel"))


def test_column_of_labels_is_flattened():
    assert encode([[3], [4], [3]]) == ([0, 1, 0], ("3", "4"))


def test_labels_come_out_as_int64():
    for class_names in (None, ("cat", "dog")):
        (labels,), _ = encode_labels([np.array([0, 1], np.uint8)], class_names)
        assert labels.dtype == np.int64


def test_whole_floats_are_numbers():
    assert encode([0.0, 2.0]) == ([0, 1], ("0", "2"))


def test_booleans_are_two_classes():
    assert encode([True, False]) == ([1, 0], ("0", "1"))


def test_numbers_are_positions_in_the_class_names():
    assert encode([2, 0], ["a", "b", "c"]) == ([2, 0], ("a", "b", "c"))


def test_strings_are_looked_up_in_the_class_names_in_their_order():
    assert encode(["cat", "ant", "dog"], ["dog", "cat", "ant"]) == (
        [1, 2, 0],
        ("dog", "cat", "ant"),
    )


def test_classes_are_those_of_all_splits():
    (train, test), names = encode_labels([np.array(["b", "c"]), np.array(["a"])], None)
    assert names == ("a", "b", "c")
    assert train.tolist() == [1, 2]
    assert test.tolist() == [0]


@given(st.lists(st.text(min_size=1, max_size=5).filter(lambda t: "\0" not in t), min_size=1))
def test_names_of_the_encoded_labels_are_the_labels(values):
    labels, names = encode(values)
    assert [names[label] for label in labels] == values


@pytest.mark.parametrize(
    ("values", "class_names", "said"),
    [
        ([0, 5], ("a", "b"), "received 5 at sample 1"),
        ([0, -1], ("a", "b"), "received -1 at sample 1"),
        ([0, -1], None, "without a label"),
        (["a", "x"], ("a", "b"), "'x'"),
        ([0.0, 0.5], None, "received 0.5 at sample 1"),
        ([0.0, np.nan], None, "received nan at sample 1"),
        ([0.0, np.inf], None, "received inf at sample 1"),
        ([[0, 1], [1, 0]], None, "argmax"),
        (np.zeros((2, 2, 2)), None, r"(2, 2, 2)"),
        (np.array(["2020"], "datetime64[Y]"), None, "datetime64"),
        (np.array([b"\xff"]), None, "UTF-8"),
    ],
)
def test_wrong_labels_are_refused_in_one_line(values, class_names, said):
    with pytest.raises(DataError) as caught:
        encode(values, class_names)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_splits_with_labels_of_two_kinds_are_refused():
    with pytest.raises(DataError, match="one type"):
        encode_labels([np.array([0, 1]), np.array(["a"])], None)
