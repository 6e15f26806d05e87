import shutil
from dataclasses import replace

import numpy as np
import pytest

from ripieno.data.pixel_range import PixelRange
from ripieno.errors import PublicationError
from ripieno.models.model_folders import fold_folder
from ripieno.pooling.pool import Pool
from ripieno.serving.bundle import Bundle, BundledMember
from ripieno.serving.ensemble import Ensemble
from ripieno.serving.onnx.ensemble import convert, export

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")
pytest.importorskip("skl2onnx")
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation"),  # Keras 3.15 with NumPy 2.4
    pytest.mark.filterwarnings("ignore::DeprecationWarning:tf2onnx"),
    pytest.mark.filterwarnings("ignore::FutureWarning:tf2onnx"),
]


def bundle_of(trained, members):
    pool = Pool("linear_pool", np.full(len(members), 1 / len(members)), np.full(len(members), 2.0))
    pixels = PixelRange.of(trained.images)
    return Bundle.of(members, pool, trained.class_names, (8, 8, 1), trained.images.dtype, pixels)


def test_the_onnx_model_says_what_the_ensemble_says(trained, tmp_path):
    ensemble = Ensemble(bundle_of(trained, trained.members))
    assert export(ensemble, trained.images, tmp_path / "e.onnx") <= 1e-5
    session = onnxruntime.InferenceSession(tmp_path / "e.onnx")
    (proba,) = session.run(None, {"images": trained.images[:5]})
    np.testing.assert_allclose(proba, ensemble.predict(trained.images[:5]).proba, atol=1e-5)
    assert session.get_modelmeta().custom_metadata_map == {
        "classes": "top\nmiddle\nbottom",
        "pixels": "whole numbers from 0 to 254",
    }


def test_a_member_that_cannot_be_converted_is_named(trained, tmp_path):
    from sklearn.gaussian_process import GaussianProcessClassifier
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    from ripieno.models import MODELS

    rows = trained.images[:30].reshape(30, -1).astype(np.float32)
    steps = [("normaliser", StandardScaler()), ("classifier", GaussianProcessClassifier())]
    MODELS["scikit_learn"].save(Pipeline(steps).fit(rows, trained.labels[:30]), tmp_path)
    odd = BundledMember("gaussian", "scikit_learn", tmp_path)
    ensemble = Ensemble(bundle_of(trained, [trained.members[2], odd]))
    with pytest.raises(PublicationError, match="gaussian cannot be converted to ONNX: "):
        export(ensemble, trained.images, tmp_path / "e.onnx")
    assert not (tmp_path / "e.onnx").exists()


def test_a_member_of_all_folds_is_refused_in_one_line(trained, tmp_path):
    (member,) = trained.members[2:]
    for fold in range(2):
        shutil.copytree(member.directory, fold_folder(tmp_path, fold))
    with pytest.raises(PublicationError, match=r"^scikit_learn: .*split.member: refit.$"):
        convert(bundle_of(trained, [replace(member, directory=tmp_path)]))
