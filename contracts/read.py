"""Contracts from YAML: valid by the standard, checked by the lake, and against each other."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from contracts import lineage, released, standard
from contracts.contract import Contract
from contracts.document import ContractError, Document, load
from contracts.translate import Translation

CONTRACT_FILE = "contract.yaml"
SQL_FILE = "transform.sql"


def read(folders: Iterable[Path], anew: Collection[str] = ()) -> dict[str, Contract]:
    """Return the contracts of the dataset folders by name, in order of name.

    Args:
        folders: one folder per dataset, with contract.yaml, and transform.sql for a product.
        anew: names of folders whose release is not looked at, since it is about to be written.

    Raises:
        ContractError: with every problem of every contract, each with file and line.
    """
    contracts: dict[str, Contract] = {}
    paths: dict[str, Path] = {}
    problems: list[str] = []
    for folder in sorted(folders, key=lambda folder: folder.name):
        try:
            contract = read_one(folder, is_compared=folder.name not in anew)
        except ContractError as error:
            problems += error.problems
            continue
        if contract.name in contracts:
            problems.append(f"{folder / CONTRACT_FILE}:1: dataset {contract.name} stands in {paths[contract.name]} too; rename one of them")
        contracts[contract.name], paths[contract.name] = contract, folder
    if not problems:  # a contract that could not be read would be an unknown dataset here
        problems = [*_unknown_inputs(contracts, paths), *_circle(contracts, paths)]
    if problems:
        raise ContractError(problems)
    return contracts


def read_one(folder: Path, *, is_compared: bool = True) -> Contract:
    """Return the contract of one dataset folder.

    Args:
        is_compared: with the release beside it.

    Raises:
        ContractError: with every problem that shows without the other contracts.
    """
    path = folder / CONTRACT_FILE
    if not path.is_file():
        raise ContractError([f"{path}:1: no such file; a dataset folder holds {CONTRACT_FILE}"])
    document = load(path)
    if found := standard.problems(document):
        raise ContractError(found)
    contract = Translation(document).contract()
    try:
        told = list(released.problems(contract, folder)) if is_compared else []
    except released.ReleaseError as error:
        raise ContractError([str(error)]) from error
    if told:
        raise ContractError([document.problem(("version",), problem) for problem in told])
    return _with_sql(contract, document, folder / SQL_FILE)


def _with_sql(contract: Contract, document: Document, path: Path) -> Contract:
    if contract.refresh is None:
        if path.exists():
            raise ContractError([f"{path}:1: dataset {contract.name} is loaded from raw, so its SQL would never run; remove it"])
        return contract
    if not path.is_file():
        raise ContractError([f"{path}:1: no such file; a product is made by its {SQL_FILE}"])
    sql = path.read_text(encoding="utf-8")
    try:
        query = lineage.parse(sql)
        inputs = lineage.inputs(query)
    except lineage.SqlError as error:
        raise ContractError([f"{path}:{error.line}: {error}"]) from error
    columns = [column.name for column in contract.columns]
    if lineage.outputs(query) != columns:
        given = ", ".join(lineage.outputs(query))
        raise ContractError([document.problem(("schema", 0, "properties"), f"columns are {', '.join(columns)}, but {path} gives {given}")])
    return replace(contract, sql=sql, inputs=tuple(sorted(inputs)))


def _unknown_inputs(contracts: Mapping[str, Contract], paths: Mapping[str, Path]) -> list[str]:
    return [
        f"{paths[contract.name] / SQL_FILE}:{line}: {contract.name} reads {name}, which is no dataset; datasets: {', '.join(contracts)}"
        for contract in contracts.values()
        for name, line in (lineage.inputs(lineage.parse(contract.sql)) if contract.sql else {}).items()
        if name not in contracts
    ]


def _circle(contracts: Mapping[str, Contract], paths: Mapping[str, Path]) -> list[str]:
    if not (circle := lineage.first_cycle(contracts)):
        return []
    return [f"{paths[circle[0]] / SQL_FILE}:1: products read each other in a circle: {' <- '.join(circle)}; break it at one of them"]
