import json
from pathlib import Path

import pytest

from cli.common.drafting import names
from cli.common.drafting.contract_text import written
from cli.common.drafting.guess import Draft, draft
from cli.common.errors import UserError
from cli.new_dataset import check_names, next_steps, sample, write
from contracts.contract import Contract, Load
from tests.cli import awkward


def drafted(file: Path) -> Draft:
    return draft(sample(file))


def contract_of(file: Path, tmp_path: Path) -> Contract:
    return write(tmp_path / "datasets" / "drafted", written(drafted(file), "drafted", "main"))


def sources(contract: Contract) -> dict[str, tuple[str | None, str, bool]]:
    return {column.name: (column.source, column.type, column.required) for column in contract.columns}


def csv_file(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_nested_json_lines_are_taken_apart_by_path_and_lists_stay_texts(tmp_path: Path) -> None:
    contract = contract_of(awkward.events(tmp_path), tmp_path)
    assert (contract.load, contract.key) == (Load.UPSERT, ("id",))
    assert sources(contract) == {
        "id": ("id", "string", True),
        "type": ("type", "string", True),
        "actor_id": ("$.actor.id", "bigint", False),
        "actor_login": ("$.actor.login", "string", False),
        "actor_display_login": ("$.actor['display login']", "string", False),
        "payload_size": ("$.payload.size", "int", True),
        "payload_commits": ("$.payload.commits", "string", True),
        "public": ("public", "boolean", True),
        "created_at": ("created_at", "timestamp", True),
        "score": ("score", "double", True),
        "ref": ("ref", "string", True),
        "org_id": ("$.org.id", "int", False),
    }


def test_a_csv_of_odd_names_keeps_them_and_gets_legal_ones_its_null_word_and_its_codes(tmp_path: Path) -> None:
    contract = contract_of(awkward.inspections(tmp_path), tmp_path)
    assert contract.source is not None
    assert (contract.source.delimiter, contract.source.null_value, contract.source.header) == (";", "N/A", True)
    assert (contract.load, contract.key) == (Load.UPSERT, ("camis",))
    assert sources(contract) == {
        "camis": ("CAMIS", "int", True),
        "name_dba": ("Name / DBA", "string", False),
        "zip_code": ("ZIP CODE", "string", True),
        "percent_score": ("% Score", "int", False),
        "grosse_m2": ("Größe (m²)", "double", True),
        "c_2nd_visit": ("2nd visit?", "date", False),
        "order_": ("order", "string", False),
        "inspection_date": ("INSPECTION DATE", "string", True),
        "gepruft_am": ("geprüft am", "timestamp", True),
        "latitude": ("Latitude", "double", True),
    }


def test_parquet_says_its_types_and_without_an_identity_every_record_is_a_row(tmp_path: Path) -> None:
    contract = contract_of(awkward.trips(tmp_path), tmp_path)
    assert (contract.load, contract.key, contract.partition_by) == (Load.APPEND, (), ("month(tpep_pickup_datetime)",))
    assert sources(contract) == {
        "vendor_id": ("VendorID", "int", True),
        "tpep_pickup_datetime": ("tpepPickupDatetime", "timestamp", True),
        "pu_location_id": ("PULocationID", "bigint", True),
        "passenger_count": ("passenger count", "double", False),
        "fare_total_amount": ("$.fare['total amount']", "decimal(22,2)", False),
        "fare_tolls": ("$.fare.tolls", "float", False),
        "stops": ("stops", "string", True),
        "store_and_fwd_flag": ("store_and_fwd_flag", "string", False),
        "raw": ("raw", "string", True),
    }


def test_every_guess_says_why(tmp_path: Path) -> None:
    found = drafted(awkward.inspections(tmp_path))
    why = {column.name: column.why for column in found.columns}
    assert why["zip_code"] == "string: 400 values begin with a zero that a number would lose; never missing"
    assert why["inspection_date"].startswith("string: dates, but not as 2013-12-31; transformLogic: to_date(`...`, 'MM/dd/yyyy')")
    assert why["order_"] == "string: no record has a value; missing in 400 of 400"
    assert "load upsert by camis: each of 400 records has another one, and it reads like an identity" in found.why
    assert "gepruft_am tells the time of a record: it is the first timestamp that is always there" in found.why
    assert any(text.startswith("nullValue 'N/A'") for text in found.why)


def test_among_few_records_nothing_is_taken_for_a_key_nor_for_always_there(tmp_path: Path) -> None:
    found = drafted(csv_file(tmp_path, "id,amount", *(f"{number},{number}" for number in range(9))))
    assert (found.key, [column.required for column in found.columns]) == ([], [False, False])
    assert found.why[0].startswith("load append: among 9 records anything is unique")


def test_what_is_unique_by_chance_is_no_key_and_an_identity_with_a_time_is(tmp_path: Path) -> None:
    rows = [f"{number % 4},{number * 1.5},2024-0{number % 3 + 1}-0{number // 4 + 1}" for number in range(12)]
    assert drafted(csv_file(tmp_path, "pieces,price,day", *rows)).key == []
    found = drafted(csv_file(tmp_path, "shop_id,price,day", *rows))
    assert (found.key, found.partition_by) == (["shop_id", "day"], ["month(day)"])


def test_a_csv_without_a_header_has_its_columns_numbered_and_lines_that_are_no_records_counted(tmp_path: Path) -> None:
    found = drafted(csv_file(tmp_path, *(f"{number},2024-01-01,{number / 2}" for number in range(20)), "1,2"))
    assert [column.name for column in found.columns] == ["column_1", "column_2", "column_3"]
    assert not found.sample.header
    assert "1 lines are no records of 3 fields: the lake sets them apart in quarantine" in found.why


def test_line_breaks_in_quotes_make_a_contract_that_says_so(tmp_path: Path) -> None:
    rows = [f'{number},"one\ntwo"' for number in range(20)]
    file = csv_file(tmp_path, "id,words", *rows)
    assert "20 records have a line break inside quotes: multiline, so each object is read whole by one worker" in drafted(file).why
    source = contract_of(file, tmp_path).source
    assert source is not None
    assert source.multiline


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", "a,b\n1,2\n".encode("utf-16"), "is UTF-16, the lake reads UTF-8; iconv"),
        ("a.csv.zip", b"PK", r"a sample in \.zip is not read; unpack it"),
        ("a.csv.gz", b"a,b\n", "cannot be read"),
        ("a.csv", b"a,,c\n1,2,3\n4,5,6\n", "field 2 has no name in the header"),
        ("a.csv", b"id,ID\n1,2\n3,4\n", "the header has id, ID, which Spark takes for one name"),
        ("a.json", b'[{"a": 1}]', r"is one JSON list; .* duckdb -c"),
        ("a.json", b'{\n "a": 1\n}\n', "its first line is no whole JSON object"),
        ("a.json", b'{"a": 1}\n{"a": \n', "not JSON lines to its end"),
        ("a.json", b'{"a": 1, "A": 2}\n', r"differ in upper and lower case alone \(a\)"),
        ("a.parquet", b"PAR1 and nothing else", "not a readable Parquet file"),
    ],
)
def test_a_file_that_the_lake_would_not_read_is_refused_with_what_to_do(tmp_path: Path, name: str, body: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(body)
    with pytest.raises(UserError, match=told):
        drafted(tmp_path / name)


def test_an_object_of_many_keys_is_data_and_stays_a_text(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"counts": {f"k{number}": number for number in range(60)}}) + "\n", encoding="utf-8")
    (column,) = drafted(path).columns
    assert (column.source, column.type) == ("counts", "string")
    assert "an object with 60 keys, kept as JSON text" in column.why


@pytest.mark.parametrize(
    ("source", "legal"),
    [("VendorID", "vendor_id"), ("HTTPStatus", "http_status"), ("2nd", "c_2nd"), ("%", "percent"), ("Ünïcode Ñame", "unicode_name"), ("user", "user_"), ("日本", "column_1")],
)  # fmt: skip
def test_a_name_becomes_one_that_needs_no_quotes(source: str, legal: str) -> None:
    assert names.legal([source]) == [legal]


def test_names_that_become_one_are_numbered() -> None:
    assert names.legal(["a b", "a-b", "A_B"]) == ["a_b", "a_b_2", "a_b_3"]


@pytest.mark.parametrize(("name", "told"), [("Orders", "lower-case"), ("a_quarantine", "_quarantine"), ("flights", "is there already")])
def test_a_name_that_cannot_be_or_is_taken_is_refused(name: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        check_names(name, "main")


def test_an_environment_that_names_its_datasets_must_name_this_one_too(tmp_path: Path) -> None:
    environment = tmp_path / "acme.yaml"
    text = 'account: "000000000000"\nregion: us-east-1\nendpoint_url: http://127.0.0.1:4566\nstorage: {protected: false}\n'
    environment.write_text(text + "datasets: [orders]\n", encoding="utf-8")
    assert next_steps("sales", tmp_path / "a.csv", str(environment))[0].startswith("add sales to `datasets:` of")
    environment.write_text(text, encoding="utf-8")
    assert next_steps("sales", tmp_path / "a.csv", str(environment))[0].startswith("./lake deploy --env")
