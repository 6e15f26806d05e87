"""The repository's automations on a Prefect server: made where they are missing, else updated."""

from pathlib import Path

import httpx
from prefect.client.orchestration import get_client
from prefect.events.schemas.automations import AutomationCore

import conf
from conf.dialect import parse
from ripieno.errors import ConfigurationError

AUTOMATIONS = Path(conf.__file__).parent / "automations"


def apply_automations(folder: Path = AUTOMATIONS) -> list[str]:
    """Bring every automation of a folder to the server at `PREFECT_API_URL`.

    One of the same name is replaced; whether it is switched on stays as it is on the server.

    Returns:
        Their names.

    Raises:
        ConfigurationError: If the server cannot be reached.
    """
    wanted = [read_automation(path) for path in sorted(folder.glob("*.yaml"))]
    try:
        for automation in wanted:
            _apply(automation)
    except httpx.TransportError as error:
        raise ConfigurationError(f"The Prefect server cannot be reached: {error}.") from error
    return [automation.name for automation in wanted]


def read_automation(path: Path) -> AutomationCore:
    """The automation of a YAML file."""
    return AutomationCore.model_validate(parse(path.read_text(encoding="utf-8")))


def _apply(automation: AutomationCore) -> None:
    with get_client(sync_client=True) as client:
        there = client.read_automations_by_name(automation.name)
        if not there:
            client.create_automation(automation)
            return
        kept = automation.model_copy(update={"enabled": there[0].enabled})
        client.update_automation(there[0].id, kept)
        for duplicate in there[1:]:
            client.delete_automation(duplicate.id)
