"""The test images that are hardest, and those that make an ensemble worth it."""

from collections.abc import Sequence

from ripieno.report.blocks import Gallery, Section, Thumbnail
from ripieno.report.facts import Pictures, ReportFacts
from ripieno.report.members import on_held_out
from ripieno.report.pictures import data_uris
from ripieno.report.words import plural


def images(facts: ReportFacts) -> Section:
    """Images that all members get wrong, and those that only the ensemble gets right."""
    names = facts.summary["data"]["classes"]
    best = facts.summary["ensemble"]["best_member"]
    where = on_held_out(facts.summary)
    wrong, mended = facts.all_wrong, facts.only_ensemble
    return Section(
        "images",
        "Images",
        galleries=[
            Gallery(
                "Nobody is right",
                _note(wrong, "that no member and not the ensemble gets right",
                      "Below each: what the ensemble predicted."),
                _thumbnails(wrong, names, "ensemble", wrong.ensemble_labels.tolist()),
            ),
            Gallery(
                "Only the ensemble is right",
                _note(mended, "that the ensemble gets right and no member does",
                      f"Below each: what {best}, the best member {where}, predicted."),
                _thumbnails(mended, names, best, mended.best_member_labels.tolist()),
            ),
        ],
    )  # fmt: skip


def _note(pictures: Pictures, which: str, below: str) -> str:
    n_shown = len(pictures.images)
    if n_shown == 0:
        return f"There is no test image {which}."
    found = f"{plural(pictures.n_total, 'test image')} {which}"
    shown = f"; {n_shown} shown" if n_shown < pictures.n_total else ""
    return f"{found}{shown}, the most confident mistakes first. {below}"


def _thumbnails(
    pictures: Pictures, names: Sequence[str], who: str, predicted: Sequence[int]
) -> list[Thumbnail]:
    return [
        Thumbnail(
            uri,
            f"{who} predicted {names[wrong]}, is {names[true]}",
            (f"predicted {names[wrong]},", f"is {names[true]}"),
        )
        for uri, true, wrong in zip(
            data_uris(pictures.images), pictures.labels.tolist(), predicted, strict=True
        )
    ]
