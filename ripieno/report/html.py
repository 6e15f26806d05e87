"""`report.html`: one file that needs no network and no script."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ripieno.report.facts import ReportFacts
from ripieno.report.members import failed
from ripieno.report.sections import SECTIONS
from ripieno.report.sections.key_figures import key_figures
from ripieno.report.theme import DARK, LIGHT, css_variables

TEMPLATE = "report.html.j2"


def render(facts: ReportFacts) -> str:
    """The report of a run; equal facts give equal bytes.

    Args:
        facts: What the run found.

    Returns:
        A page whose every figure, picture and style is inside it. Text that came from outside,
        such as names and errors, is escaped.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = breakable
    built = [section(facts) for section in SECTIONS]
    page = environment.get_template(TEMPLATE).render(
        run=facts.summary["run"],
        headline=facts.summary["ensemble"]["headline"],
        key_figures=key_figures(facts.summary),
        failed=failed(facts.summary),
        sections=[section for section in built if section is not None],
        light=css_variables(LIGHT),
        dark=css_variables(DARK),
    )
    return page.encode("utf-8", "replace").decode("utf-8")  # file names may hold stray surrogates


def breakable(text: str) -> Markup:
    """The text, escaped, that may break behind an underscore."""
    return Markup(str(escape(text)).replace("_", "_<wbr>"))  # noqa: S704  escaped on this line
