"""`report.html`: one file that needs no network and no script."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ripieno.report.blocks import Section
from ripieno.report.facts import ReportFacts
from ripieno.report.members import failed
from ripieno.report.sections import SECTIONS
from ripieno.report.sections.key_figures import KeyFigure, key_figures
from ripieno.report.sections.run import configuration_of
from ripieno.report.sections.search import section_of
from ripieno.report.theme import DARK, LIGHT, css_variables
from ripieno.report.words import listed, plural

TEMPLATE = "report.html.j2"


def render(facts: ReportFacts) -> str:
    """The report of a run; equal facts give equal bytes.

    Args:
        facts: What the run found.

    Returns:
        A page whose every figure, picture and style is inside it. Text that came from outside,
        such as names and errors, is escaped.
    """
    built = [section(facts) for section in SECTIONS]
    return _page(
        facts.summary["run"],
        facts.summary["ensemble"]["headline"],
        [section for section in built if section is not None],
        key_figures=key_figures(facts.summary),
        failed=failed(facts.summary),
    )


def render_tuning(tuning: Mapping[str, Any]) -> str:
    """The page of a run that only searched.

    Args:
        tuning: What `tuning.json` holds.
    """
    entries = tuning["search"]
    members = listed([entry["member"] for entry in entries])
    n_trials = sum(sum(entry["counts"].values()) for entry in entries)
    headline = f"{plural(n_trials, 'trial')} of {members}"
    return _page(tuning["run"], headline, [section_of(entries), configuration_of(tuning)])


def _page(
    run: Mapping[str, Any],
    headline: str,
    sections: Sequence[Section],
    key_figures: Sequence[KeyFigure] = (),
    failed: Sequence[Mapping[str, Any]] = (),
) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = breakable
    page = environment.get_template(TEMPLATE).render(
        run=run,
        headline=headline,
        key_figures=key_figures,
        failed=failed,
        sections=sections,
        light=css_variables(LIGHT),
        dark=css_variables(DARK),
    )
    return page.encode("utf-8", "replace").decode("utf-8")  # file names may hold stray surrogates


def breakable(text: str) -> Markup:
    """The text, escaped, that may break behind an underscore."""
    return Markup(str(escape(text)).replace("_", "_<wbr>"))  # noqa: S704  escaped on this line
