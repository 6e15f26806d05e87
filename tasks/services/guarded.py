"""`python -m tasks.services.guarded MODULE ...`: run a module whose children end with it.

MLflow's server is a parent and a child that listens: were the parent killed alone, the child would
keep the port from whatever is started in its place.
"""

import runpy
import sys

from ripieno.runtime.guard import guarded_children


def main() -> None:
    """Run the module as `python -m MODULE ...` does, under guard."""
    sys.argv = sys.argv[1:]
    with guarded_children():
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
