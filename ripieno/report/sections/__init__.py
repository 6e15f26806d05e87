"""One function a section: from the facts to a `Section`, or None where there is nothing to say."""

from collections.abc import Callable

from ripieno.report.blocks import Section
from ripieno.report.facts import ReportFacts
from ripieno.report.sections.calibration import calibration
from ripieno.report.sections.classes import classes
from ripieno.report.sections.comparisons import comparisons
from ripieno.report.sections.confusion import confusion
from ripieno.report.sections.contributions import contributions
from ripieno.report.sections.costs import costs
from ripieno.report.sections.data import data
from ripieno.report.sections.diversity import diversity
from ripieno.report.sections.images import images
from ripieno.report.sections.label_errors import label_errors
from ripieno.report.sections.leaderboard import leaderboard
from ripieno.report.sections.prediction_sets import prediction_sets
from ripieno.report.sections.run import configuration, versions
from ripieno.report.sections.search import search
from ripieno.report.sections.training import training
from ripieno.report.sections.weights import weights

SECTIONS: tuple[Callable[[ReportFacts], Section | None], ...] = (
    leaderboard,
    weights,
    training,
    confusion,
    calibration,
    prediction_sets,
    diversity,
    costs,
    images,
    label_errors,
    classes,
    search,
    contributions,
    comparisons,
    data,
    configuration,
    versions,
)
"""In the order of the report: people look before they read."""
