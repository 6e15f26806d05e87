"""What the figures rest on, and what was found amiss with it."""

from ripieno.report.blocks import Section, Table
from ripieno.report.facts import ReportFacts
from ripieno.report.members import Summary
from ripieno.report.words import count, plural

_PAIRS = {
    "train_validation": "validation images that are in train",
    "train_test": "test images that are in train",
    "validation_test": "test images that are in validation",
}


def data(facts: ReportFacts) -> Section:
    """Source, splits, images that stand in two splits, and findings."""
    summary = facts.summary
    findings = summary["data"]["findings"]
    return Section(
        "data",
        "Data",
        text=[] if findings else ["Nothing was found amiss."],
        findings=findings,
        tables=[data_table(summary), overlap_table(summary)],
        folded=[class_list(summary)],
    )


def data_table(summary: Summary) -> Table:
    """Where the images come from and how many there are."""
    facts = summary["data"]
    height, width, channels = facts["image_shape"]
    rows = [
        ["source", facts["source"]],
        ["fingerprint", facts["fingerprint"]],
        ["images", f"{height} by {width} pixels, {plural(channels, 'channel')}"],
        ["classes", count(len(facts["classes"]))],
        *([f"{split} images", count(n)] for split, n in facts["sizes"].items()),
        *_folds_rows(summary),
        ["dropped from train", count(facts.get("dropped_from_train"))],
        ["constant features", count(facts.get("constant_features"))],
    ]
    return Table("Images and splits", ("fact", "value"), rows, words=("value",))


def _folds_rows(summary: Summary) -> list[list[str]]:
    """Where members were trained in folds: on what, and in how many."""
    folds = summary["data"].get("folds")
    if not folds:
        return []
    rest = f"train and validation together, {count(folds['n_images'])} images"
    return [["folds", f"{folds['n']} of {rest}, seed {folds['seed']}"]]


def overlap_table(summary: Summary) -> Table:
    """Images that stand in two splits."""
    identical = summary["data"]["duplicates_across_splits"]
    near = summary["data"].get("near_duplicates_across_splits", {})
    rows = [
        [words, count(identical.get(pair)), count(near.get(pair))] for pair, words in _PAIRS.items()
    ]
    return Table("Images in two splits", ("pair", "identical", "nearly identical"), rows)


def class_list(summary: Summary) -> Table:
    """Every class by its number."""
    names = summary["data"]["classes"]
    rows = [[str(i), name] for i, name in enumerate(names)]
    return Table("Classes", ("number", "class"), rows, words=("class",))
