import numpy as np
import pytest

from conf.schema import Configuration
from ripieno.data.dataset import LabelledImages
from ripieno.data.splits import Splits
from ripieno.errors import ConfigurationError, DataError
from tasks.data import check_members, prepare_data


@pytest.fixture
def splits():
    images = np.zeros((4, 8, 8, 1), dtype=np.uint8)
    split = LabelledImages(images, np.array([0, 1, 0, 1]))
    return Splits(split, split, split, ("cat", "dog"))


def configuration(**member):
    members = {"net": {"architecture": "dense_batchnorm"} | member}
    return Configuration.model_validate({"dataset": {"source": "digits"}, "members": members})


def test_members_that_fit_pass(splits):
    check_members(configuration(class_weights={"cat": 2.0}), splits)


@pytest.mark.parametrize(
    ("member", "sentence"),
    [
        ({"class_weights": {"cow": 2.0}}, r"members\.net\.class_weights: Unknown class 'cow'"),
        ({"augmentation": {"shift": 9}}, r"members\.net\.augmentation\.shift: expected fewer"),
    ],
)
def test_a_member_that_does_not_fit_is_named(member, sentence, splits):
    with pytest.raises(ConfigurationError, match=sentence):
        check_members(configuration(**member), splits)


def prepared(folder, **split):
    """What is prepared of 120 digits, of which 8 are of a class, 4 of them to develop on."""
    path = folder / "digits.npz"
    if not path.exists():
        rng = np.random.default_rng(0)
        labels = np.repeat([0, 1, 2], [60, 52, 8])
        images = rng.integers(0, 256, (120, 8, 8, 1), np.uint8)
        images[5:10] = images[:5]
        np.savez(path, images=images, labels=labels)
    return prepare_data.fn(
        Configuration.model_validate(
            {
                "dataset": {"source": "npz", "path": str(path)},
                "split": {"validation": 0.3, "test": 0.5, "seed": 1} | split,
                "members": {"net": {"architecture": "dense_batchnorm"}},
                "workspace": str(folder / "workspace"),
            }
        )
    )


def result(state):
    return state.result() if hasattr(state, "result") else state


def test_the_data_and_the_sealed_test_split_are_the_same_with_folds_as_without(tmp_path):
    plain = result(prepared(tmp_path))
    folded = result(prepared(tmp_path, folds=3, member="average"))
    assert folded.sealed == plain.sealed
    assert folded.training.directory == plain.training.directory
    assert folded.reused
    assert plain.training.folds is None
    assert (folded.training.folds.n_folds, folded.training.folds.member) == (3, "average")
    assert len(list((tmp_path / "workspace/store/sealed").glob("[0-9a-f]*"))) == 1


def test_folds_are_drawn_once_and_others_by_another_number(tmp_path):
    first, again, other = (result(prepared(tmp_path, folds=n)).training.folds for n in (3, 3, 2))
    assert first == again
    assert other.digest != first.digest
    assert len(list((tmp_path / "workspace/store/folds").glob("[0-9a-f]*"))) == 2


def test_copies_in_the_development_images_are_told(tmp_path):
    findings = result(prepared(tmp_path, folds=2)).findings
    assert any("all copies of an image share a fold" in finding for finding in findings)


def test_auto_does_without_folds_where_a_class_is_too_small_and_says_so(tmp_path):
    found = result(prepared(tmp_path, folds="auto"))
    assert found.training.folds is None
    assert found.findings[-1].startswith("split.folds auto: none. split.folds: expected at most 4")


def test_more_folds_than_the_smallest_class_has_images_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"expected at most 4, .*Add images of '2' \(4\)"):
        result(prepared(tmp_path, folds=5))
