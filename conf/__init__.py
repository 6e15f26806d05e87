"""The typed configuration, and the experiments that people run as YAML."""

DEFAULT = "digits"
"""The configuration that is meant where none is named."""
