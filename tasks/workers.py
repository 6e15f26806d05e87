"""The worker processes that a configuration asks for."""

from conf.schema import Configuration
from ripieno.models import MODELS
from ripieno.runtime.devices import GpuSettings
from ripieno.runtime.workers import InlineWorkers, WorkerPool, Workers, n_workers


def open_workers(configuration: Configuration) -> Workers:
    """Workers that import TensorFlow at once, while the flow process loads the data.

    Never more than there is to train at once: an idle worker still costs an import.
    """
    runner = configuration.runner
    architectures = [MODELS[member.architecture] for member in configuration.members.values()]
    tensorflow = any(architecture.needs_tensorflow for architecture in architectures)
    gpus = GpuSettings.model_validate(runner.gpu.model_dump())
    if runner.kind == "inline":
        return InlineWorkers(runner.threads, tensorflow=tensorflow, gpus=gpus)
    count = n_workers(runner.workers)
    if configuration.tuning is None:
        count = min(count, len(architectures))
    return WorkerPool(count, runner.threads, tensorflow=tensorflow, gpus=gpus)
