from dataclasses import replace

import numpy as np

from ripieno.report.facts import Pictures
from ripieno.report.sections.images import images


def test_pictures_say_what_was_predicted_and_what_they_are(facts):
    pictures = Pictures(
        np.zeros((2, 4, 4, 1), dtype=np.uint8), np.array([0, 1]), np.array([1, 2]),
        np.array([2, 1]), n_total=40,
    )  # fmt: skip
    wrong, mended = images(replace(facts, all_wrong=pictures, only_ensemble=pictures)).galleries
    assert wrong.note.startswith("40 test images that no member and not the ensemble gets right; 2")
    assert wrong.pictures[0].lines == ("predicted Trouser,", "is T-shirt/top")
    assert wrong.pictures[0].description == "ensemble predicted Trouser, is T-shirt/top"
    assert mended.pictures[0].lines == ("predicted Pullover,", "is T-shirt/top")
    assert mended.note.endswith(
        "Below each: what convnet_batchnorm, the best member on validation, predicted."
    )
