"""One training at a time for each data set, whoever started it and on whatever machine.

Prefect's global concurrency limits hold the turns, so that its UI shows and changes them. A turn is
a lease: that of a process that was killed runs out by itself.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from conf.schema import Configuration, DatasetSection
from conf.services import lasting_prefect_api

logger = logging.getLogger("ripieno.turns")

LEASE_SECONDS = 60.0
WHERE = ("name", "directory", "path")
"""Settings of sources that tell one data set from another."""


@contextmanager
def own_turn(configuration: Configuration) -> Iterator[None]:
    """Wait until no other training uses the data set; under a temporary server nobody else can."""
    if not lasting_prefect_api():
        yield
        return
    name = limit_name(configuration.dataset)
    if limit_is_reached(name):
        logger.warning("Another training uses these data (%s): waiting for its end", name)
    with concurrency(name, lease_duration=LEASE_SECONDS, raise_on_lease_renewal_failure=False):
        yield


def limit_is_reached(name: str) -> bool:
    """Whether all turns are taken; makes the limit of one turn where there is none."""
    with get_client(sync_client=True) as client:
        try:
            limit = client.read_global_concurrency_limit_by_name(name)
        except ObjectNotFound:
            with suppress(ObjectAlreadyExists):
                client.create_global_concurrency_limit(
                    GlobalConcurrencyLimitCreate(name=name, limit=1)
                )
            return False
    return limit.active_slots >= limit.limit


def limit_name(dataset: DatasetSection) -> str:
    """What the data set's limit is called: `data-keras-fashion_mnist`."""
    parts = [dataset.source] + [str(dataset.settings[n]) for n in WHERE if n in dataset.settings]
    return "-".join(["data", *(re.sub(r"[^\w.]+", "-", part).strip("-") for part in parts)])
