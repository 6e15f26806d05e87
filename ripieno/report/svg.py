"""A figure as SVG inside a page: text stays text, colours follow the theme, ids never clash."""

import re
from io import StringIO
from threading import Lock
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

from ripieno.report.figures.canvas import any_script
from ripieno.report.theme import follow_theme

_SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "ripieno"}  # text as text; equal ids each time
_LOCK = Lock()  # matplotlib's settings are global
_NAMESPACE = re.compile(r"\{[^}]*\}")
_REFERENCE = re.compile(r"#([A-Za-z_][\w.-]*)")
_LONG_DECIMAL = re.compile(r"-?\d+\.\d{3,}")
_FONT_FAMILY = re.compile(r"font-family:[^;]*;?\s*")


def inline_svg(figure: Any, name: str, label: str) -> Markup:
    """An `<svg>` element that scales with its container.

    Args:
        figure: A matplotlib figure drawn in the colours of `theme.LIGHT`.
        name: Unique in the page: prefixes the ids of the figure.
        label: What the figure shows, for those who do not see it.

    Returns:
        Markup without fixed size, namespaces, style sheet, font or colour of its own.
    """
    root = ElementTree.fromstring(_draw(figure))  # noqa: S314  matplotlib wrote it a moment ago
    for parent in list(root.iter()):
        for child in list(parent):
            if _NAMESPACE.sub("", child.tag) in ("metadata", "style"):
                parent.remove(child)
    referenced = {match for e in root.iter() for v in e.attrib.values() for match in _ids_in(v)}
    for element in root.iter():
        element.tag = _NAMESPACE.sub("", element.tag)
        element.attrib = _attributes(element.attrib, referenced, name)
        if element.tag != "text" and not (element.text or "").strip():
            element.text = None
        element.tail = None
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img", "aria-label": label}
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704  escaped by ElementTree


def _draw(figure: Any) -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = StringIO()
    with _LOCK, matplotlib.rc_context(_SETTINGS), any_script():
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})
    return buffer.getvalue()


def _attributes(attributes: dict[str, str], referenced: set[str], name: str) -> dict[str, str]:
    """The attributes as the page needs them; an id that nothing refers to goes."""
    kept = {}
    for key, value in attributes.items():
        key = _NAMESPACE.sub("", key)
        if key == "id":
            if value in referenced:
                kept[key] = f"{name}-{value}"
        elif key == "style":
            kept[key] = follow_theme(_FONT_FAMILY.sub("", _with_prefix(value, name)))
        elif not (key == "transform" and value.startswith("rotate(-0 ")):
            kept[key] = _shortened(_with_prefix(value, name))
    return kept


def _ids_in(value: str) -> list[str]:
    return _REFERENCE.findall(value) if value.startswith(("#", "url(#")) else []


def _with_prefix(value: str, name: str) -> str:
    return _REFERENCE.sub(rf"#{name}-\1", value) if _ids_in(value) else value


def _shortened(value: str) -> str:
    """Coordinates to a hundredth of a point; embedded images as they are."""
    if value.startswith("data:"):
        return value
    rounded = _LONG_DECIMAL.sub(lambda match: f"{float(match[0]):.2f}", value)
    return " ".join(rounded.split())
