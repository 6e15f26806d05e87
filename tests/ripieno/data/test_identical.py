import numpy as np

from ripieno.data.identical import identical_twins, picture_numbers


def images(*levels, dtype=np.uint8):
    return np.array(levels, dtype).reshape(-1, 1, 1, 1) * np.ones((1, 2, 2, 1), dtype)


def numbers(**splits):
    return {name: each.tolist() for name, each in picture_numbers(splits).items()}


def twins(train, validation, test):
    pictures = {"train": train, "validation": validation, "test": test}
    return identical_twins({name: np.array(each) for name, each in pictures.items()})


def test_same_bytes_have_the_same_number_in_every_split():
    assert numbers(train=images(5, 6, 5), test=images(6, 7)) == {"train": [0, 1, 0], "test": [1, 2]}


def test_one_pixel_makes_another_picture():
    pair = images(5, 5)
    pair[1, 1, 1, 0] = 6
    assert numbers(train=pair) == {"train": [0, 1]}


def test_floating_point_images_and_views_are_compared_by_their_pixels():
    values = images(0.5, 0.25, 0.5, 0.25, dtype=np.float32)
    assert numbers(train=values[::2]) == {"train": [0, 0]}


def test_twins_are_told_by_split_with_examples():
    found = twins([3, 1, 1, 0], [9, 1, 3], [7])["train_validation"]
    assert found.first.tolist() == [True, True, True, False]
    assert found.second.tolist() == [False, True, True]
    assert found.examples == ((1, 1), (0, 2))


def test_no_more_than_five_examples_are_kept():
    found = twins(range(9), range(9), [])["train_validation"]
    assert found.examples == ((0, 0), (1, 1), (2, 2), (3, 3), (4, 4))
