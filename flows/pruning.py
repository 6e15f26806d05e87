"""List what nobody needs any more, and remove it when told."""

from collections import Counter

from conf.schema import Configuration
from flows.closing import shown
from ripieno.errors import ConfigurationError
from ripieno.runtime.progress_line import now_doing
from tasks.retention import find_superfluous


def run(
    configuration: Configuration, n_recent: int, delete: bool, whole_workspace: bool = True
) -> int:
    """List, and with `delete` remove, what no version, running flow or recent run needs.

    Args:
        configuration: Names the workspace, and the experiment that pruning is limited to.
        n_recent: Newest runs to keep.
        delete: Whether to remove what is listed.
        whole_workspace: Whether to look at all experiments instead.

    Returns:
        0 done.

    Raises:
        ConfigurationError: If the number of runs to keep is below 1.
    """
    if n_recent < 1:
        raise ConfigurationError(f"--keep: expected an integer > 0, received {n_recent}.")
    now_doing("Looking for what nobody needs any more")
    found = find_superfluous(configuration, n_recent, whole_workspace=whole_workspace)
    if delete:
        now_doing("Removing it")
    sizes: Counter[str] = Counter()
    for each in found:
        print(f"{each.kind:<12}{each.n_bytes / 1e6:10.2f} MB  {shown(each.path)}")
        sizes[each.kind] += each.n_bytes
        if delete:
            each.remove()
    total = f"{len(found)} things, {sum(sizes.values()) / 1e6:.1f} MB"
    if not found:
        print("Nothing to remove: everything belongs to a version, a running flow or a recent run.")
    elif delete:
        print(f"Removed {total}.")
    else:
        print(f"{total} could go. Nothing was removed; --delete removes it.")
    return 0
