"""The typed configuration, and the experiments that people run as YAML."""
