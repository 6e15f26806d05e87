"""The colours of the report, in light and in dark, and how figures follow them.

Figures are drawn in the light colours, which a PNG keeps. Inlined in the page, each of these
becomes the CSS variable of its role, so that a figure changes with the reader's theme.

Blue and orange are those of Okabe & Ito (2008), which stay apart with every common colour
blindness; orange is darkened on white paper, where text needs a contrast of 4.5.
"""

import re
from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "paper": "#ffffff",
    "raised": "#f4f5f7",  # behind code, table heads and notices
    "ink": "#1b1e23",
    "muted": "#59616b",
    "rule": "#d5d9df",
    "faint": "#b9c0c9",  # marks that only give context
    "accent": "#0072b2",
    "warm": "#b34a00",  # what needs attention
}
DARK: Mapping[str, str] = {
    "paper": "#14171b",
    "raised": "#1e2228",
    "ink": "#e7e9ec",
    "muted": "#a3abb5",
    "rule": "#363c44",
    "faint": "#59616c",
    "accent": "#56b4e9",
    "warm": "#e69f00",
}
HEAT = (0x00, 0x72, 0xB2)
"""Blue of a heat map's cells; the value is their opacity, so that the paper shows through zero."""
MAX_HEAT = 0.8
"""Opacity of the highest value: in both themes ink on it keeps a contrast of 4.5."""

_ROLES = {colour: f"var(--{role})" for role, colour in LIGHT.items()}
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")


def css_variables(colours: Mapping[str, str]) -> str:
    """The declarations of a theme, for a CSS rule."""
    return " ".join(f"--{role}: {colour};" for role, colour in colours.items())


def follow_theme(style: str) -> str:
    """A CSS style whose light colours are the variables of their roles; others stay."""
    return _COLOUR.sub(lambda match: _ROLES.get(match[0], match[0]), style)
