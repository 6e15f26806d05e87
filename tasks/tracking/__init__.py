"""The only package that talks to MLflow, but for the two models that MLflow runs."""

from tasks.tracking.registry import CHALLENGER, CHAMPION, Registry, Version, open_registry
from tasks.tracking.tracker import Tracker, flatten, open_tracker

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "Registry",
    "Tracker",
    "Version",
    "flatten",
    "open_registry",
    "open_tracker",
]
