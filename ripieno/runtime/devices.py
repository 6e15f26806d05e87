"""Which GPU a worker gets and how much of its memory, through today's `tf.config`.

The session options of TensorFlow 1 (`per_process_gpu_memory_fraction`, `allow_growth`) have no
effect on Keras 3. Imports TensorFlow inside `configure_gpus` only.
"""

import ctypes
import logging
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ripieno.errors import ConfigurationError

logger = logging.getLogger(__name__)

MIB = 1 << 20


class GpuSettings(BaseModel):
    """How workers share the machine's GPUs; on a machine without one, nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory_fraction: Annotated[
        float,
        Field(
            gt=0,
            le=1,
            description="Share of each GPU's memory that its workers use together, in (0, 1].",
        ),
    ] = 0.9
    growth: Annotated[
        bool,
        Field(description="Take memory as it is needed, without a limit, in place of a share."),
    ] = False
    devices: Annotated[
        tuple[Annotated[int, Field(ge=0)], ...] | None,
        Field(
            min_length=1,
            description="Numbers of the GPUs to use, from 0; worker k gets number k of the list, "
            "over and over. All of them where null.",
        ),
    ] = None


def configure_gpus(settings: GpuSettings, slot: int, n_slots: int) -> str:
    """Give this process its GPU, before TensorFlow has used any.

    Args:
        settings: How the GPUs are shared.
        slot: This worker's number, in [0, n_slots).
        n_slots: Number of workers.

    Returns:
        What was done, in one sentence.

    Raises:
        ConfigurationError: If the settings name a GPU that this machine does not have.
    """
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "No GPU here: Keras members train on the CPU."
    number, n_sharing = assign_gpu(slot, n_slots, settings.devices or range(len(gpus)))
    if number >= len(gpus):
        raise ConfigurationError(
            f"runner.gpu.devices: expected numbers below {len(gpus)}, received {number}."
        )
    memory = None if settings.growth else total_memory(number)
    try:
        tf.config.set_visible_devices([gpus[number]], "GPU")
        if memory is None:
            tf.config.experimental.set_memory_growth(gpus[number], True)
            return f"Worker {slot} trains on GPU {number} and takes memory as it needs it."
        limit = int(memory * settings.memory_fraction / n_sharing) // MIB
        share = tf.config.LogicalDeviceConfiguration(memory_limit=limit)
        tf.config.set_logical_device_configuration(gpus[number], [share])
    except RuntimeError as error:  # possible in the flow process alone: workers are fresh
        return f"TensorFlow is in use already, so its GPUs stay as they are ({error})."
    return f"Worker {slot} trains on GPU {number} with {limit:,} MiB of its memory."


def assign_gpu(slot: int, n_slots: int, gpus: "tuple[int, ...] | range") -> tuple[int, int]:
    """The GPU of a worker, and how many workers it has.

    Args:
        slot: The worker's number, in [0, n_slots).
        n_slots: Number of workers.
        gpus: Numbers of the GPUs in use, at least one; a number may come twice.

    Returns:
        The GPU's number, and the number of workers on it, at least 1.
    """
    users = [gpus[k % len(gpus)] for k in range(n_slots)]
    return users[slot], users.count(users[slot])


def total_memory(number: int) -> int | None:
    """Bytes of memory of a GPU, numbered as TensorFlow numbers them.

    Asks the driver, which counts devices as TensorFlow does, `CUDA_VISIBLE_DEVICES` respected.

    Returns:
        None where the driver does not say.
    """
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
        device, n_bytes = ctypes.c_int(), ctypes.c_size_t()
        failed = (
            cuda.cuInit(0)
            or cuda.cuDeviceGet(ctypes.byref(device), number)
            or cuda.cuDeviceTotalMem_v2(ctypes.byref(n_bytes), device)
        )
    except (OSError, AttributeError):
        return None
    return None if failed else n_bytes.value
