import numpy as np

from ripieno.data.identical import identical_twins, picture_numbers


def images(*levels, dtype=np.uint8):
    return np.array(levels, dtype).reshape(-1, 1, 1, 1) * np.ones((1, 2, 2, 1), dtype)


def numbers(**pictures):
    return {name: np.array(values) for name, values in pictures.items()}


def test_same_bytes_have_the_same_number_in_every_split():
    found = picture_numbers({"train": images(5, 6, 5), "test": images(6, 7)})
    assert {name: each.tolist() for name, each in found.items()} == {
        "train": [0, 1, 0],
        "test": [1, 2],
    }


def test_one_pixel_makes_another_picture():
    pair = images(5, 5)
    pair[1, 1, 1, 0] = 6
    assert picture_numbers({"train": pair})["train"].tolist() == [0, 1]


def test_floating_point_images_and_views_are_compared_by_their_pixels():
    every_other = images(0.5, 0.25, 0.5, 0.25, dtype=np.float32)[::2]
    assert picture_numbers({"train": every_other})["train"].tolist() == [0, 0]


def test_twins_are_told_by_split_with_examples():
    found = identical_twins(numbers(train=[3, 1, 1, 0], validation=[9, 1, 3], test=[8]))
    twins = found["train_validation"]
    assert twins.first.tolist() == [True, True, True, False]
    assert twins.second.tolist() == [False, True, True]
    assert twins.examples == ((1, 1), (0, 2))
    assert not found["train_test"].second.any()
    assert found["validation_test"].examples == ()


def test_no_more_than_five_examples_are_kept():
    found = identical_twins(numbers(train=range(9), validation=range(9), test=[10]))
    assert found["train_validation"].examples == ((0, 0), (1, 1), (2, 2), (3, 3), (4, 4))
