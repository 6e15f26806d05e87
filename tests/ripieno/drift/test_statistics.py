import numpy as np
import pytest

from ripieno.drift.statistics import image_statistics, prediction_statistics


def one(image):
    return np.array([image], np.uint8)


def test_grey_images_have_three_statistics_worked_out_by_hand():
    images = one([[[0], [4]], [[8], [4]]])
    found = image_statistics(images)
    assert found["brightness"].tolist() == [4.0]
    assert found["contrast"][0] == pytest.approx(np.sqrt(8), abs=1e-6)
    assert found["sharpness"].tolist() == [(4 + 4 + 8 + 0) / 4]
    assert found.keys() == {"brightness", "contrast", "sharpness"}


def test_colour_images_have_the_mean_of_every_channel():
    found = image_statistics(np.full((2, 3, 3, 3), [10, 20, 60], np.uint8))
    assert [found[name][1] for name in ("red", "green", "blue", "brightness")] == [10, 20, 60, 30]


def test_an_image_of_one_pixel_has_no_sharpness():
    assert image_statistics(one([[[7]]]))["sharpness"].tolist() == [0.0]


def test_the_batches_do_not_matter():
    images = np.random.default_rng(0).integers(0, 256, (40, 200, 200, 1), dtype=np.uint8)
    together = image_statistics(images)
    for name, values in together.items():
        assert values.tolist() == [image_statistics(images[[i]])[name][0] for i in range(40)]


def test_no_image_has_no_statistic():
    assert image_statistics(np.empty((0, 4, 4, 1), np.uint8))["brightness"].shape == (0,)


def test_a_certain_prediction_has_no_entropy_and_an_even_one_the_most():
    proba = np.array([[1.0, 0.0], [0.5, 0.5]])
    found = prediction_statistics(proba, proba[np.newaxis])
    assert found["confidence"].tolist() == [1.0, 0.5]
    assert found["entropy"] == pytest.approx([0.0, np.log(2)], abs=1e-6)
    assert "disagreement" not in found


def test_disagreement_is_the_share_of_pairs_that_differ():
    members = np.zeros((4, 3, 3))
    for member, classes in enumerate([(0, 0, 0), (0, 0, 1), (0, 1, 2), (0, 1, 2)]):
        members[member, np.arange(3), classes] = 1.0
    found = prediction_statistics(members.mean(axis=0), members)
    assert found["disagreement"] == pytest.approx([0.0, 4 / 6, 5 / 6], abs=1e-6)
