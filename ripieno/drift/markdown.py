"""The verdict on a batch, for people."""

from ripieno.drift.detection import Drift
from ripieno.report.markdown import escaped
from ripieno.report.words import number


def verdict_sentence(drift: Drift) -> str:
    """What came out, in one sentence."""
    if not drift.shifts:
        return "No image could be read: there is nothing to compare with training."
    if not drift.enough:
        return f"{drift.n_images:,} images are too few for a verdict on drift."
    compared = f"{drift.n_images:,} images against {drift.n_reference:,} held out in training"
    if not drift.drifted:
        return f"No drift: {compared}."
    shifts = [f"{name} (PSI {drift.shifts[name].psi:.2f})" for name in drift.drifted]
    return f"Drift in {', '.join(shifts)}: {compared}."


def drift_markdown(drift: Drift, ensemble: str, images: str) -> str:
    """The sentence, and a table of all statistics."""
    lines = [
        f"**{escaped(verdict_sentence(drift))}**",
        "",
        f"{escaped(images)}, scored by {escaped(ensemble)}.",
    ]
    if drift.shifts:
        header = ["statistic", "PSI", "distance", "adjusted p", "drifted"]
        lines += ["", f"| {' | '.join(header)} |", "|" + " --- |" * len(header)]
    for name, shift in sorted(drift.shifts.items(), key=lambda item: -item[1].psi):
        cells = [escaped(name), number(shift.psi, ".3f"), number(shift.distance, ".3f")]
        cells += [number(shift.adjusted_p_value, ".2g"), "**yes**" if shift.drifted else "no"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
