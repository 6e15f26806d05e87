"""One training at a time for each data set, whoever started it and on whatever machine.

Prefect's global concurrency limits hold the turns, so that its UI shows and changes them. A turn is
a lease: that of a process that was killed runs out by itself. First come, first served: whoever
waits shows as *AwaitingConcurrencySlot*, with who it is in its labels, and tries for the turn only
when nobody alive has waited longer.
"""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateName,
)
from prefect.client.schemas.objects import FlowRun, State
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Crashed, Pending, Running

from conf.schema import Configuration, DatasetSection
from conf.services import lasting_prefect_api
from ripieno.errors import CancellationError
from ripieno.report.words import plural
from tasks.owner import BEAT_SECONDS, is_gone, this_process

logger = logging.getLogger("ripieno.turns")

LEASE_SECONDS = 60.0
LOOK_SECONDS = 2.0
WHERE = ("name", "directory", "path")
"""Settings of sources that tell one data set from another."""
TAKEN = httpx.codes.LOCKED
WAITING = "AwaitingConcurrencySlot"
"""Prefect's own name of the state. Of the kind *pending*: a worker would start a scheduled run."""
LABEL = "ripieno.turn"
"""Before the labels of a flow run that waits: for which turn, and which process it is."""


@contextmanager
def own_turn(configuration: Configuration) -> Iterator[None]:
    """Wait until no other training uses the data set; under a temporary server nobody else can.

    Raises:
        CancellationError: If the run is cancelled while it waits.
    """
    if not lasting_prefect_api() or flow_run.id is None:
        yield
        return
    name = limit_name(configuration.dataset)
    with ExitStack() as turn:
        with get_client(sync_client=True) as client:
            make_limit(client, name)
            if waiting(client, name) or not take(client, name, turn):
                wait_for_turn(client, name, turn)
        yield


def wait_for_turn(client: SyncPrefectClient, name: str, turn: ExitStack) -> None:
    """Show that this flow run waits, take the turn when it is first, and show that it runs.

    Raises:
        CancellationError: If it is cancelled meanwhile.
    """
    own = UUID(flow_run.id)
    beat(client, name)
    state: State[Any] = Pending(name=WAITING, message=f"Another training uses these data ({name}).")
    client.set_flow_run_state(own, state, force=True)  # Prefect lets no run go back by itself
    ahead = len(waiting(client, name)) - 1
    behind = f", after {plural(ahead, 'other')}" if ahead else ""
    logger.warning("Another training uses these data (%s): waiting for its end%s", name, behind)
    beaten = time.monotonic()
    while True:
        run = client.read_flow_run(own)
        if run.state is not None and run.state.name != WAITING:
            raise CancellationError(f"{run.state.name} while it waited for its turn ({name}).")
        if waiting(client, name)[0].id == run.id and take(client, name, turn):
            break
        time.sleep(LOOK_SECONDS)
        if time.monotonic() - beaten > BEAT_SECONDS:
            beat(client, name)
            beaten = time.monotonic()
    # Prefect would count running again as a retry, and there may be one only.
    policy = run.empirical_policy.model_copy(update={"resuming": True})
    client.update_flow_run(own, empirical_policy=policy)
    client.set_flow_run_state(own, Running(), force=True)
    logger.info("It is this run's turn (%s)", name)


def waiting(client: SyncPrefectClient, name: str) -> list[FlowRun]:
    """The flow runs that wait for a turn, the first that came first.

    Those whose process is gone are marked as crashed and left out.
    """
    named = FlowRunFilterState(name=FlowRunFilterStateName(any_=[WAITING]))
    found = client.read_flow_runs(flow_run_filter=FlowRunFilter(state=named))
    queue = [run for run in found if run.labels.get(LABEL) == name and run.state is not None]
    alive = []
    for run in queue:
        if is_gone({key: run.labels[f"{LABEL}.{key}"] for key in this_process()}):
            gone: State[Any] = Crashed(message="Its process ended while it waited for its turn.")
            client.set_flow_run_state(run.id, gone, force=True)
        else:
            alive.append(run)
    return sorted(alive, key=lambda run: (run.state.timestamp, run.id))  # type: ignore[union-attr]


def beat(client: SyncPrefectClient, name: str) -> None:
    """Say in the flow run's labels for which turn it waits, and that its process lives."""
    process = {f"{LABEL}.{key}": value for key, value in this_process().items()}
    client.update_flow_run_labels(UUID(flow_run.id), {LABEL: name, **process})


def take(client: SyncPrefectClient, name: str, turn: ExitStack) -> bool:
    """Whether the turn could be had at once; it ends with the stack."""
    limit = client.read_global_concurrency_limit_by_name(name)
    if limit.active_slots >= limit.limit:  # Prefect logs an error for every try in vain
        return False
    lease = concurrency(
        name, max_retries=0, lease_duration=LEASE_SECONDS, raise_on_lease_renewal_failure=False
    )
    try:
        turn.enter_context(lease)
    except ConcurrencySlotAcquisitionError as error:
        cause = error.__cause__
        if isinstance(cause, httpx.HTTPStatusError) and cause.response.status_code == TAKEN:
            return False
        raise
    return True


def make_limit(client: SyncPrefectClient, name: str) -> None:
    """Make the limit of one turn where there is none."""
    try:
        client.read_global_concurrency_limit_by_name(name)
    except ObjectNotFound:
        with suppress(ObjectAlreadyExists):
            client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=1))


def limit_name(dataset: DatasetSection) -> str:
    """What the data set's limit is called: `data-keras-fashion_mnist`."""
    parts = [dataset.source] + [str(dataset.settings[n]) for n in WHERE if n in dataset.settings]
    return "-".join(["data", *(re.sub(r"[^\w.]+", "-", part).strip("-") for part in parts)])
