"""Where the models of a member lie: one in its folder, or one a fold in folders below it."""

from pathlib import Path

_FOLD = "fold-"


def fold_folder(directory: Path, fold: int) -> Path:
    """The folder of a fold's model in the member that is the models of all folds."""
    return directory / f"{_FOLD}{fold:03d}"


def model_folders(directory: Path) -> list[Path]:
    """The folders of a member's models: its own, or those of the folds in their order."""
    return sorted(directory.glob(f"{_FOLD}*")) or [directory]
