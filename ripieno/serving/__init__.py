"""The ensemble as one thing that answers for raw images: checked, compiled, without a pipeline."""
