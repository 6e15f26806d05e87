"""The settings of an architecture, read from the signatures of its functions."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ripieno.errors import ConfigurationError, unknown_name
from ripieno.models.architecture import Architecture


def settings_of(architecture: Architecture) -> dict[str, inspect.Parameter]:
    """The keyword-only parameters of `build` and `fit`, in this order."""
    return {**_keyword_only(architecture.build), **_keyword_only(architecture.fit)}


def split_settings(
    architecture: Architecture, settings: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings for `build` and settings for `fit`.

    Raises:
        ConfigurationError: If a setting belongs to neither.
    """
    known = settings_of(architecture)
    for name in settings:
        if name not in known:
            raise ConfigurationError(unknown_name("setting", name, known))
    of_build = _keyword_only(architecture.build)
    build = {name: value for name, value in settings.items() if name in of_build}
    fit = {name: value for name, value in settings.items() if name not in of_build}
    return build, fit


def with_defaults(function: Callable[..., Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword-only settings of a function: those given, and its defaults for the rest."""
    parameters = _keyword_only(function)
    return {name: settings.get(name, parameters[name].default) for name in parameters}


def _keyword_only(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(function).parameters
    return {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
