import json

import numpy as np
import pytest

from conf.workspace import Workspace
from ripieno.data.pixel_range import PixelRange
from ripieno.drift.reference import describe, write_reference
from ripieno.errors import ConfigurationError, DataError
from ripieno.pooling.pool import Pool
from ripieno.runtime.store import Store
from tasks.scoring_model import find_ensemble
from tasks.training_record import REFERENCE

POOL = Pool("linear_pool", np.array([0.7, 0.0, 0.3]), np.ones(3))
NAMES = ["forest", "idle", "svm"]


@pytest.fixture
def workspace(tmp_path):
    """A finished run of three members, one without weight, and their artefacts."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (20, 4, 4, 1), dtype=np.uint8)
    run = tmp_path / "runs" / "digits-1"
    run.mkdir(parents=True)
    reference = describe(
        images, rng.dirichlet(np.ones(2), (3, 20)), POOL, ("a", "b"), PixelRange.of(images)
    )
    write_reference(reference, run / REFERENCE)
    dataset = {"source": "image_folder", "background": 40}
    summary = {
        "run": {"configuration": {"dataset": dataset, "tracking": {"experiment": "digits"}}},
        "data": {"fingerprint": "f"},
        "members": [{"name": name, "architecture": "scikit_learn", "key": name} for name in NAMES],
        "pool": POOL.to_dict() | {"members": NAMES},
    }
    (run / "summary.json").write_text(json.dumps(summary))
    (run.parent / "latest").symlink_to("digits-1")
    for name in NAMES:
        with Store(tmp_path / "store").write("member", name, {}) as folder:
            (folder / "model.skops").write_text(name)
    return tmp_path


@pytest.mark.parametrize("name", ["latest", "digits-1", "runs/latest", "run:/latest"])
def test_a_run_is_found_by_its_names(name, workspace):
    assert find_ensemble(name, Workspace(workspace)).name == "digits-1"


def test_a_run_is_found_by_its_folder(workspace, tmp_path_factory):
    elsewhere = Workspace(tmp_path_factory.mktemp("other"))
    assert find_ensemble(str(workspace / "runs" / "digits-1"), elsewhere).name == "digits-1"


def test_members_without_weight_are_left_out(workspace):
    ensemble = find_ensemble("latest", Workspace(workspace))
    assert ensemble.members == ("forest", "svm")
    assert ensemble.pool.weights.tolist() == [0.7, 0.3]


def test_pictures_are_read_as_the_source_was_told_to(workspace):
    images = find_ensemble("latest", Workspace(workspace)).images
    assert (images.shape, images.dtype, images.background) == ((4, 4, 1), "uint8", 40)


def test_the_range_of_the_training_pixels_comes_with_the_run(workspace):
    assert find_ensemble("latest", Workspace(workspace)).images.pixels == PixelRange(
        0, 255, whole=True
    )


def test_a_run_of_before_the_range_was_kept_is_found_without_one(workspace):
    path = workspace / "runs" / "digits-1" / REFERENCE
    record = json.loads(path.read_text())
    del record["pixels"]
    path.write_text(json.dumps(record))
    assert find_ensemble("latest", Workspace(workspace)).images.pixels is None


def test_what_retrains_the_ensemble_of_a_copied_workspace_belongs_into_the_copy(workspace):
    assert find_ensemble("latest", Workspace(workspace)).configuration["workspace"] == str(
        workspace
    )


def test_an_unknown_run_is_told_with_those_there_are(workspace):
    with pytest.raises(ConfigurationError, match=r"Unknown run 'digits-2'\. Nearest: digits-1"):
        find_ensemble("digits-2", Workspace(workspace))


def test_a_workspace_without_runs_says_what_to_do(tmp_path):
    with pytest.raises(ConfigurationError, match="Train an ensemble first"):
        find_ensemble("latest", Workspace(tmp_path))


def test_an_unknown_kind_of_model_is_refused(workspace):
    with pytest.raises(ConfigurationError, match="Unknown kind of model 'modls'"):
        find_ensemble("modls:/digits@champion", Workspace(workspace))


def test_a_damaged_member_is_refused(workspace):
    (workspace / "store" / "member" / "svm" / "model.skops").write_text("altered")
    with pytest.raises(DataError, match="missing or damaged"):
        find_ensemble("latest", Workspace(workspace))


def test_a_run_without_a_training_record_says_what_to_do(workspace):
    (workspace / "runs" / "digits-1" / REFERENCE).unlink()
    with pytest.raises(DataError, match="Run the training again"):
        find_ensemble("latest", Workspace(workspace))
