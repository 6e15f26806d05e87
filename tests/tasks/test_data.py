import numpy as np
import pytest

from conf.schema import Configuration
from ripieno.data.dataset import LabelledImages
from ripieno.data.splits import Splits
from ripieno.errors import ConfigurationError
from tasks.data import check_members


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
