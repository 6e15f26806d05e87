"""Prefect flows: order, parallelism and names. No computation."""
