"""The datasets of an environment."""

import difflib

from cli.common.errors import UserError
from cli.common.session import Lake
from config.datasets import dataset_folders
from contracts import read
from contracts.contract import Contract


def contracts(lake: Lake) -> dict[str, Contract]:
    """Return the contracts of an environment by name."""
    return read.read(dataset_folders(lake.settings))


def contract(lake: Lake, dataset: str) -> Contract:
    """Return one contract.

    Raises:
        UserError: no such dataset.
    """
    known = contracts(lake)
    if dataset not in known:
        near = difflib.get_close_matches(dataset, known, 1)
        raise UserError(
            f"no dataset {dataset!r} in {lake.environment}; {f'did you mean {near[0]}?' if near else 'datasets: ' + ', '.join(known)}"
        )
    return known[dataset]
