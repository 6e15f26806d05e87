import numpy as np
import pytest

from ripieno.report.facts import choose_pictures

# Seven images of classes 0 and 1; two members. Each cell is the probability of class 1.
LABELS = np.array([1, 1, 1, 1, 0, 0, 1])
FIRST = [0.9, 0.1, 0.4, 0.3, 0.8, 0.2, 0.2]
SECOND = [0.2, 0.2, 0.1, 0.4, 0.6, 0.1, 0.45]
ENSEMBLE = [0.8, 0.3, 0.2, 0.6, 0.7, 0.1, 0.7]
IMAGES = np.arange(7, dtype=np.uint8).reshape(7, 1, 1, 1)


def two_classes(of_class_one):
    ones = np.array(of_class_one)
    return np.stack([1 - ones, ones], axis=-1)


MEMBERS = np.stack([two_classes(FIRST), two_classes(SECOND)])


def chosen(best=0, n_shown=24, images=IMAGES):
    return choose_pictures(images, LABELS, MEMBERS, two_classes(ENSEMBLE), best, n_shown)


def test_images_that_nobody_gets_right_start_with_the_most_confident_mistake():
    all_wrong, _ = chosen()
    assert all_wrong.images.ravel().tolist() == [2, 1, 4]  # 0.8, then 0.7 twice, in order
    assert all_wrong.labels.tolist() == [1, 1, 0]
    assert all_wrong.ensemble_labels.tolist() == [0, 0, 1]
    assert all_wrong.best_member_labels.tolist() == [0, 0, 1]
    assert all_wrong.n_total == 3


@pytest.mark.parametrize(("best", "order"), [(0, [6, 3]), (1, [3, 6])])
def test_images_that_only_the_ensemble_gets_right_follow_the_best_members_confidence(best, order):
    _, only_ensemble = chosen(best)
    assert only_ensemble.images.ravel().tolist() == order
    assert only_ensemble.ensemble_labels.tolist() == [1, 1]
    assert only_ensemble.best_member_labels.tolist() == [0, 0]


def test_those_not_shown_are_counted():
    all_wrong, _ = chosen(n_shown=1)
    assert len(all_wrong.images) == 1
    assert all_wrong.n_total == 3


def test_none_are_chosen_where_all_is_right():
    proba = two_classes([0.9, 0.1])
    all_wrong, only_ensemble = choose_pictures(
        IMAGES[:2], np.array([1, 0]), proba[np.newaxis], proba, best=0
    )
    assert all_wrong.images.shape == only_ensemble.images.shape == (0, 1, 1, 1)
    assert all_wrong.n_total == only_ensemble.n_total == 0


def test_images_may_be_a_memory_map(tmp_path):
    np.save(tmp_path / "images.npy", IMAGES)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    assert chosen(images=mapped)[0].images.ravel().tolist() == [2, 1, 4]


def test_unequal_numbers_of_samples_are_refused():
    with pytest.raises(ValueError, match="equal numbers of samples"):
        choose_pictures(IMAGES[:3], LABELS, MEMBERS, two_classes(ENSEMBLE), best=0)


def test_a_best_member_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="expected a member in"):
        chosen(best=2)
