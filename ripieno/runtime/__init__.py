"""Where and how work runs: the artefact store, worker processes, devices, progress.

Imports nothing: worker processes import this package before their thread counts are set.
"""
