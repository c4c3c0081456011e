import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from contracts import released
from contracts.document import ContractError
from contracts.read import read_one
from tests.contracts.conftest import Dataset

ROOT = Path(__file__).parents[2]


def changed(dataset: Dataset, *replaced: tuple[str, str], version: str = "1.0.0", released_with: Sequence[tuple[str, str]] = ()) -> Path:
    """Return the folder of a dataset that was released, and whose contract is another since."""
    folder = dataset("orders", *released_with)
    (folder / released.FILE).write_text(released.to_text(read_one(folder)), encoding="utf-8")
    path = folder / "contract.yaml"
    text = path.read_text(encoding="utf-8").replace("version: 1.0.0", f"version: {version}")
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return folder


def problem_of(folder: Path) -> str:
    with pytest.raises(ContractError) as raised:
        read_one(folder)
    (problem,) = raised.value.problems
    return str(problem)


AMOUNT = "      - {name: amount, logicalType: number}\n"
BREAKING = [
    pytest.param((AMOUNT, ""), "column amount is gone", id="removed"),
    pytest.param((AMOUNT, AMOUNT.replace("number", "number, physicalType: float")), "column amount was double and is float", id="narrowed"),
    pytest.param((AMOUNT, AMOUNT.replace("number", "string")), "column amount was double and is string", id="other-type"),
    pytest.param(("required: true, ", ""), "column id may be null now", id="may-be-null"),
    pytest.param((AMOUNT, AMOUNT.replace("number", "number, required: true")), "column amount is required of producers now", id="required"),
    pytest.param(
        (AMOUNT, AMOUNT + AMOUNT.replace("amount", "tax").replace("number", "number, required: true")),
        "column tax is new and required of producers",
        id="new-and-required",
    ),
    pytest.param(
        (AMOUNT, AMOUNT.replace("number", "number, physicalName: sum")),
        "column amount was the field amount of the source and is sum",
        id="other-field",
    ),
    pytest.param(("number}", "number, primaryKey: true, primaryKeyPosition: 2}"), "key was id and is id, amount", id="key"),
    pytest.param(("load: upsert", "load: snapshot"), "load was upsert and is snapshot", id="load"),
    pytest.param(("load: upsert", "load: upsert, source: {nullValue: NA}"), "how files come is another: nullValue", id="null-value"),
    pytest.param(("load: upsert", "load: upsert, source: {multiline: true}"), "how files come is another: multiline", id="multiline"),
    pytest.param(("format: csv", "format: json"), "how files come is another: format", id="format"),
]


@pytest.mark.parametrize(("replaced", "told"), BREAKING)
def test_what_breaks_readers_or_producers_needs_a_new_major_version(dataset: Dataset, replaced: tuple[str, str], told: str) -> None:
    folder = changed(dataset, replaced, version="1.9.0")
    problem = problem_of(folder)
    assert problem.startswith(f"{folder / 'contract.yaml'}:5: version is 1.9.0, and 1.0.0 was released: ")
    assert told in problem
    assert problem.endswith("make it 2.0.0")


@pytest.mark.parametrize(("replaced", "told"), BREAKING)
def test_with_a_new_major_version_it_is_taken(dataset: Dataset, replaced: tuple[str, str], told: str) -> None:
    assert read_one(changed(dataset, replaced, version="2.0.0")).version == "2.0.0", told


def test_a_renamed_column_breaks_readers_and_is_known_for_the_one_it_was(dataset: Dataset) -> None:
    renamed = (
        (AMOUNT, AMOUNT.replace("name: amount", "name: total, physicalName: amount")),
        ("load: upsert}", "load: upsert, renamed: {total: amount}}"),
    )
    assert "column amount is renamed to total. This breaks" in problem_of(changed(dataset, *renamed))


@pytest.mark.parametrize(
    "replaced",
    [
        pytest.param((AMOUNT, AMOUNT + AMOUNT.replace("amount", "tax")), id="added"),
        pytest.param(("logicalType: integer", "logicalType: integer, physicalType: bigint"), id="widened"),
    ],
)
def test_what_breaks_nobody_needs_a_higher_version(dataset: Dataset, tmp_path: Path, replaced: tuple[str, str]) -> None:
    folder = changed(dataset, replaced)
    assert problem_of(folder).endswith("version is 1.0.0, and 1.0.0 was released with other columns or sources: make it 1.1.0")
    path = folder / "contract.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("version: 1.0.0", "version: 1.1.0"), encoding="utf-8")
    assert read_one(folder).version == "1.1.0"


def test_a_version_that_is_none_is_told(dataset: Dataset) -> None:
    assert "version is 'next' and was '1.0.0'" in problem_of(changed(dataset, (AMOUNT, ""), version="next"))


def test_what_others_do_not_hold_on_to_may_change(dataset: Dataset) -> None:
    described = ("load: upsert}", "load: upsert, cadenceMinutes: 5}"), ("status: active", "status: draft")
    assert read_one(changed(dataset, *described)).cadence_seconds == 300


def test_the_order_of_fields_is_promised_where_no_header_names_them(dataset: Dataset) -> None:
    moved, back = (AMOUNT, ""), ("      - {name: id,", AMOUNT + "      - {name: id,")
    headerless = ("load: upsert", "load: upsert, source: {header: false}")
    told = problem_of(changed(dataset, moved, back, version="1.1.0", released_with=[headerless]))
    assert "how files come is another: fields. This breaks" in told


def test_the_order_of_fields_is_free_where_a_header_names_them(dataset: Dataset) -> None:
    moved, back = (AMOUNT, ""), ("      - {name: id,", AMOUNT + "      - {name: id,")
    assert read_one(changed(dataset, moved, back)).version == "1.0.0"


PROMISE: dict[str, object] = {"version": "1.0.0", "zone": "processed", "load": "upsert", "key": ["id"], "columns": {}, "sources": {}}
DAMAGED = [
    pytest.param('{\n<<<<<<< HEAD\n "version": "1.0.0"\n}', ":2: not a release: not JSON: ", id="merge"),
    pytest.param("", ":1: not a release: not JSON: ", id="empty"),
    pytest.param("[]", ":1: not a release: it is [], expected a mapping; ", id="list"),
    pytest.param("{}", ":1: not a release: version is missing, expected a text; ", id="nothing"),
    pytest.param(json.dumps(PROMISE | {"version": 1}), ":1: not a release: version is 1, expected a text; ", id="numeric-version"),
    pytest.param(json.dumps(PROMISE | {"key": "id"}), ':1: not a release: key is "id", expected a list of texts; ', id="key"),
    pytest.param(json.dumps(PROMISE | {"columns": []}), ":1: not a release: columns is [], expected a mapping; ", id="columns"),
    pytest.param(json.dumps(PROMISE | {"columns": {"id": 1}}), ":1: not a release: columns.id is 1, expected a mapping; ", id="column"),
    pytest.param(
        json.dumps(PROMISE | {"columns": {"id": {"type": "int", "required": "no", "field": None}}}),
        ':1: not a release: columns.id.required is "no", expected true or false; ',
        id="column-part",
    ),
    pytest.param(
        json.dumps(PROMISE | {"sources": {"files": {}}}),
        ":1: not a release: sources.files.location is missing, expected a text; ",
        id="source",
    ),
]


@pytest.mark.parametrize(("text", "told"), DAMAGED)
def test_a_damaged_release_is_told_with_what_to_do(dataset: Dataset, text: str, told: str) -> None:
    folder = changed(dataset)
    (folder / released.FILE).write_text(text, encoding="utf-8")
    problem = problem_of(folder)
    assert problem.startswith(f"{folder / released.FILE}{told}")
    assert problem.endswith("; take one side of the merge, or delete it and run ./lake release")


@pytest.mark.parametrize(
    ("old", "new", "is_wider"),
    [
        ("int", "bigint", True),
        ("float", "double", True),
        ("decimal(5,2)", "decimal(9,2)", True),
        ("decimal(5,2)", "decimal(9, 2)", True),
        ("decimal(5,2)", "decimal(9,3)", False),
        ("decimal(9,2)", "decimal(5,2)", False),
        ("bigint", "int", False),
        ("int", "double", False),
        ("date", "timestamp", False),
        ("int", "int", False),
    ],
)
def test_which_types_are_wider(old: str, new: str, is_wider: bool) -> None:
    assert released.is_wider(old, new) is is_wider


@pytest.mark.parametrize(("renamed", "told"), [("{total: id}", "total is no column"), ("{amount: id}", "id is a column still")])
def test_a_renaming_that_cannot_be_is_told(dataset: Dataset, renamed: str, told: str) -> None:
    assert told in problem_of(dataset("orders", ("load: upsert}", f"load: upsert, renamed: {renamed}}}")))


def test_every_dataset_that_is_shipped_is_released_as_it_is() -> None:
    folders = [path.parent for path in (ROOT / "datasets").glob("*/contract.yaml")]
    assert len(folders) >= 8
    for folder in folders:
        assert json.loads((folder / released.FILE).read_text(encoding="utf-8")) == released.promise(read_one(folder))
