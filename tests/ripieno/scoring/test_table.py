from dataclasses import replace

import numpy as np
import pytest

from ripieno.data.pixel_range import PixelRange
from ripieno.data.unreadable import Unreadable
from ripieno.pooling.prediction_sets import PredictionSets
from ripieno.scoring.inputs import Batch
from ripieno.scoring.table import score

WHITE, BLACK = np.full((4, 5, 1), 255, np.uint8), np.zeros((4, 5, 1), np.uint8)


def scored(ensemble, *images):
    batch = Batch([f"{i}.png" for i in range(len(images))], [None] * len(images), list(images))
    return score(batch, ensemble, ensemble.load())


def test_a_row_holds_the_pooled_and_the_members_predictions(ensemble):
    row = scored(ensemble, WHITE).to_pylist()[0]
    assert (row["source"], row["row"], row["label"], row["error"]) == (
        "0.png",
        None,
        "bright",
        None,
    )
    assert row["proba_bright"] == pytest.approx(0.9)
    assert row["confidence"] == pytest.approx(0.9)
    assert (row["label_one"], row["label_other"]) == ("bright", "dark")
    assert (row["disagreement"], row["brightness"]) == (1.0, 255.0)


def test_an_unreadable_image_has_a_row_without_scores(ensemble):
    table = scored(ensemble, BLACK, Unreadable("1.png", "empty file"), WHITE)
    assert table["label"].to_pylist() == ["dark", None, "bright"]
    assert table["proba_dark"].to_pylist() == pytest.approx([0.9, None, 0.1])
    assert table["error"].to_pylist() == [None, "empty file", None]


def test_a_batch_without_readable_images_has_the_same_columns(ensemble):
    table = scored(ensemble, Unreadable("0.png", "empty file"))
    assert table.schema == scored(ensemble, WHITE).schema
    assert table["label"].to_pylist() == [None]


def test_an_image_of_another_scale_has_a_row_that_says_so(ensemble):
    settings = replace(ensemble.images, pixels=PixelRange(0, 16, whole=True))
    table = scored(replace(ensemble, images=settings), BLACK, WHITE, Unreadable("2.png", "empty"))
    assert table["label"].to_pylist() == ["dark", None, None]
    reasons = table["error"].to_pylist()
    assert (reasons[0], reasons[2]) == (None, "empty")
    assert "from 0 to 16, received whole numbers from 255 to 255" in reasons[1]


def test_an_ensemble_with_prediction_sets_has_a_column_of_them(ensemble):
    def sets(threshold):
        pool = replace(ensemble.pool, prediction_sets=PredictionSets(0.9, threshold, 100))
        table = scored(
            replace(ensemble, pool=pool), WHITE, Unreadable("1.png", "empty file"), BLACK
        )
        return table["prediction_set"].to_pylist()

    assert sets(0.5) == [["bright"], None, ["dark"]]
    assert sets(0.05) == [["bright", "dark"], None, ["dark", "bright"]]
    assert sets(0.95) == [[], None, []]


def test_an_ensemble_without_prediction_sets_has_no_such_column(ensemble):
    assert "prediction_set" not in scored(ensemble, WHITE).column_names
