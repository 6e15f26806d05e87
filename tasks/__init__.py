"""Prefect tasks: read paths, call one pure function, record, write, return a record."""
