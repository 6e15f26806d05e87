"""The Prefect server, the MLflow server and the worker that `ripieno up` keeps running."""
