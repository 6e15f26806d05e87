from ripieno.drift.detection import Drift, Shift
from ripieno.drift.markdown import drift_markdown, verdict_sentence

CALM = Shift("kolmogorov_smirnov", 0.03, 0.4, 0.8, 0.02, False)
LOUD = Shift("kolmogorov_smirnov", 0.6, 1e-9, 2e-9, 0.9, True)


def test_calm_is_told_with_the_numbers_of_images():
    drift = Drift(2000, 300, True, {"brightness": CALM})
    assert verdict_sentence(drift) == "No drift: 2,000 images against 300 held out in training."


def test_drift_names_what_moved():
    drift = Drift(80, 300, True, {"contrast": CALM, "brightness": LOUD})
    assert "Drift in brightness (PSI 0.90)" in verdict_sentence(drift)


def test_few_images_are_no_verdict():
    assert "too few" in verdict_sentence(Drift(3, 300, False, {"brightness": CALM}))


def test_nothing_readable_is_said():
    assert "No image" in verdict_sentence(Drift(0, 300, False, {}))


def test_the_table_has_a_row_a_statistic_the_largest_first():
    text = drift_markdown(Drift(80, 300, True, {"contrast": CALM, "brightness": LOUD}), "r", "x")
    rows = [line for line in text.splitlines() if line.startswith(("| brightness", "| contrast"))]
    assert [row.split("|")[1].strip() for row in rows] == ["brightness", "contrast"]
    assert "**yes**" in rows[0]
