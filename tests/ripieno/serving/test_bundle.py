import json
from dataclasses import replace

import numpy as np
import pytest

from ripieno.data.pixel_range import PixelRange
from ripieno.errors import DataError
from ripieno.pooling.pool import Pool
from ripieno.serving.bundle import Bundle, bundle_key, open_bundle, write_bundle

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation"
)  # Keras 3.15 with NumPy 2.4

PIXELS = PixelRange(0, 255, whole=True)


@pytest.fixture
def bundle(trained):
    pool = Pool("linear_pool", np.array([0.25, 0.0, 0.75]), np.array([1.0, 2.0, 3.0]))
    return Bundle.of(
        trained.members, pool, trained.class_names, (8, 8, 1), np.dtype("uint8"), PIXELS
    )


def test_a_bundle_comes_back_as_it_was_written(bundle, tmp_path):
    write_bundle(bundle, "# Card", "key", tmp_path)
    assert open_bundle(tmp_path).to_dict() == bundle.to_dict()
    assert open_bundle(tmp_path).pixels == PIXELS
    assert (tmp_path / "model_card.md").read_text() == "# Card"


def test_altered_weights_are_refused(bundle, tmp_path):
    write_bundle(bundle, "", "key", tmp_path)
    facts = json.loads((tmp_path / "ensemble.json").read_text())
    facts["pool"]["weights"] = [0.75, 0.25]
    (tmp_path / "ensemble.json").write_text(json.dumps(facts))
    with pytest.raises(DataError, match=r"ensemble\.json was altered"):
        open_bundle(tmp_path)


def test_an_altered_member_is_refused(bundle, tmp_path):
    write_bundle(bundle, "", "key", tmp_path)
    path = tmp_path / "members" / "convnet_batchnorm" / "model.keras"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(DataError, match=r"model\.keras was altered"):
        open_bundle(tmp_path)


def test_a_bundle_holds_stock_model_files_and_json_alone(bundle, tmp_path):
    write_bundle(bundle, "", "key", tmp_path)
    suffixes = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert suffixes == {".keras", ".skops", ".json", ".md"}


def test_the_key_follows_members_and_weights(bundle, trained):
    keys = {member.name: "k" for member in trained.members}
    other = Pool("linear_pool", np.array([0.5, 0.0, 0.5]), np.ones(3))
    moved = Bundle.of(trained.members, other, trained.class_names, (8, 8, 1), bundle.dtype)
    retrained = keys | {"convnet_batchnorm": "l"}
    known = {bundle_key(bundle, keys), bundle_key(moved, keys), bundle_key(bundle, retrained)}
    assert len(known) == 3


def test_the_key_does_not_follow_members_of_weight_zero(bundle, trained):
    keys = {member.name: "k" for member in trained.members}
    assert bundle_key(bundle, keys) == bundle_key(bundle, keys | {"dense_batchnorm": "l"})


def test_a_bundle_of_before_the_range_was_kept_opens_and_has_the_same_key(bundle, tmp_path):
    before = replace(bundle, pixels=None)
    write_bundle(before, "", "key", tmp_path)
    assert "pixels" not in json.loads((tmp_path / "ensemble.json").read_text())
    assert open_bundle(tmp_path).pixels is None
    keys = {member.name: "k" for member in bundle.members}
    assert bundle_key(before, keys) == bundle_key(bundle, keys)
