from pathlib import Path

import pytest

from contracts.contract import Contract, Load, Refresh, Severity
from contracts.document import ContractError
from contracts.read import read, read_one
from contracts.zone import Zone
from tests.contracts.conftest import Dataset

ROOT = Path(__file__).parents[2]


def problem_of(*folders: Path) -> str:
    with pytest.raises(ContractError) as raised:
        read(folders)
    (problem,) = raised.value.problems
    return problem


def test_the_shipped_contracts_are_valid_and_survive_json() -> None:
    contracts = read(path.parent for path in (ROOT / "datasets").glob("*/contract.yaml"))
    assert len(contracts) >= 3
    assert [Contract.from_json(contract.to_json()) for contract in contracts.values()] == list(contracts.values())


def test_a_table_takes_its_zone_load_key_and_fields_from_its_contract(dataset: Dataset) -> None:
    contract = read_one(dataset("orders"))
    assert (contract.zone, contract.load, contract.key) == (Zone.PROCESSED, Load.UPSERT, ("id",))
    assert contract.source is not None
    assert [(field.name, field.type) for field in contract.source.fields] == [("id", "int"), ("amount", "double")]


def test_a_table_that_every_record_is_appended_to_needs_no_key_and_is_partitioned_by_any_column(dataset: Dataset) -> None:
    no_key = (", primaryKey: true, primaryKeyPosition: 1", "")
    contract = read_one(dataset("orders", no_key, ("load: upsert}", 'load: append, partitionBy: ["bucket(4, amount)"]}')))
    assert (contract.load, contract.key, contract.partition_by) == (Load.APPEND, (), ("bucket(4, amount)",))


def test_a_table_is_crawled_on_demand_or_when_its_contract_says(dataset: Dataset) -> None:
    assert read_one(dataset("orders")).crawl is None
    daily = ("load: upsert}", 'load: upsert, crawl: "cron(15 4 * * ? *)"}')
    assert read_one(dataset("returns", daily)).crawl == "cron(15 4 * * ? *)"


def test_a_product_that_wants_to_be_crawled_is_refused(dataset: Dataset) -> None:
    product = dataset(
        "totals", ("refresh: full}", 'refresh: full, crawl: "cron(15 4 * * ? *)"}'), sql="select sum(amount) as total from orders"
    )
    assert "but no file of totals is in raw" in problem_of(dataset("orders"), product)


def test_a_product_takes_its_inputs_from_its_sql(dataset: Dataset) -> None:
    product = read([dataset("orders"), dataset("totals", sql="select sum(amount) as total from orders")])["totals"]
    assert (product.zone, product.refresh, product.inputs) == (Zone.CONSUMER, Refresh.FULL, ("orders",))


def test_a_derived_column_is_no_field_and_a_dropped_field_is_no_column(dataset: Dataset) -> None:
    derived = "logicalType: number, transformLogic: price * pieces}"
    dropped = "load: upsert, source: {dropped: {price: double, pieces: int}}}"
    contract = read_one(dataset("orders", ("logicalType: number}", derived), ("load: upsert}", dropped)))
    assert contract.source is not None
    assert [field.name for field in contract.source.fields] == ["id", "price", "pieces"]
    assert [(column.name, column.source, column.expression) for column in contract.columns] == [
        ("id", "id", None),
        ("amount", None, "price * pieces"),
    ]


@pytest.mark.parametrize(
    ("replaced", "line", "told"),
    [
        pytest.param(("status: active", "state: active"), 6, "unknown key 'state'; did you mean status? known keys:", id="unknown-key"),
        pytest.param(
            ("load: upsert}", "load: upsert, laod: 1}"),
            19,
            "unknown key 'laod' under `lake`; known keys: zone, load",
            id="unknown-lake-key",
        ),
        pytest.param(("load: upsert}", "load: upserts}"), 19, "lake.load is 'upserts'", id="unknown-load"),
        pytest.param((", primaryKey: true, primaryKeyPosition: 1", ""), 14, "load upsert needs a key", id="missing-key"),
        pytest.param(("logicalType: number", "logicalType: nomber"), 16, "'nomber' is not one of", id="unknown-logical-type"),
        pytest.param(("load: upsert}", "load: append}"), 14, "so the key (id) would not hold", id="append-with-a-key"),
        pytest.param(
            ("number}", "number, physicalType: money}"),
            16,
            "physicalType 'money', expected one of string, boolean",
            id="unknown-physical-type",
        ),
        pytest.param(("name: amount", "name: Amount"), 16, "column 'Amount' is not lower-case", id="upper-case-column"),
        pytest.param(("name: amount", "name: id"), 14, "column id stands twice", id="column-twice"),
        pytest.param(("format: csv", "format: xml"), 10, "format is 'xml', expected one of csv, json", id="unknown-format"),
        pytest.param(("location: orders/", "location: others/"), 10, "expected a prefix of raw as orders/files/", id="foreign-location"),
        pytest.param(
            ("load: upsert}", "load: upsert, latestBy: [at]}"), 19, "latestBy names at, which is no column", id="unknown-latest-by"
        ),
        pytest.param(
            ("load: upsert}", 'load: upsert, partitionBy: ["bucket(4, amount)"]}'),
            19,
            "is not computed from a key column (id)",
            id="partition-off-key",
        ),
        pytest.param(
            ("load: upsert}", "load: upsert, partitionBy: [weekly(id)]}"), 19, "is no transform of a column", id="unknown-transform"
        ),
        pytest.param(
            ("load: upsert}", 'load: upsert, crawl: "cron(* * * * ? *)"}'),
            19,
            "starts every 1 min, expected 5 min or more",
            id="crawl-often",
        ),
        pytest.param(
            ("load: upsert}", 'load: upsert, crawl: "rate(1 day)"}'), 19, "crawl 'rate(1 day)' is no schedule, expected cron(", id="no-cron"
        ),
        pytest.param(("load: upsert}", "load: changes}"), 19, "lake.load is 'changes'", id="load-that-is-not-there"),
        pytest.param(("number}", "number, physicalType: 'decimal(50,60)'}"), 16, "physicalType 'decimal(50,60)'", id="impossible-decimal"),
        pytest.param(("domain: shop", "domain: shop\ndomain: store"), 8, "key 'domain' stands twice", id="key-twice"),
        pytest.param(("number}", "number, transformLogic: 'prize * 2'}"), 16, "names prize, which is no field", id="unknown-field"),
        pytest.param(("number}", "number, transformLogic: '(id'}"), 16, "is not Spark SQL", id="expression-that-is-none"),
        pytest.param(("name: orders\nversion", "name: other\nversion"), 4, "in a folder named 'orders'", id="name-and-folder-differ"),
    ],
)
def test_a_contract_that_cannot_be_used_names_file_line_and_what_is_allowed(
    replaced: tuple[str, str], line: int, told: str, dataset: Dataset
) -> None:
    folder = dataset("orders", replaced)
    with pytest.raises(ContractError) as raised:
        read([folder])
    first = next(problem for problem in raised.value.problems if told in problem)
    assert first.startswith(f"{folder / 'contract.yaml'}:{line}: ")


def test_a_folder_without_a_contract_is_named(tmp_path: Path) -> None:
    assert problem_of(tmp_path) == f"{tmp_path / 'contract.yaml'}:1: no such file; a dataset folder holds contract.yaml"


def test_a_contract_that_is_not_utf_8_names_the_line_of_the_byte(tmp_path: Path) -> None:
    (tmp_path / "contract.yaml").write_bytes(b"name: a\ndomain: caf\xe9\n")
    assert problem_of(tmp_path) == f"{tmp_path / 'contract.yaml'}:2: byte 0xe9 is not UTF-8; save the file as UTF-8"


def test_a_dataset_may_not_have_the_name_of_another_one_s_quarantine(dataset: Dataset) -> None:
    assert "as the tables of rows that are set apart do" in problem_of(dataset("orders"), dataset("orders_quarantine"))


def test_yaml_that_cannot_be_parsed_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "contract.yaml").write_text("a: 1\nb: [\n")
    assert problem_of(tmp_path).startswith(f"{tmp_path / 'contract.yaml'}:3: not YAML: ")


def test_a_product_that_reads_an_unknown_dataset_names_the_line_of_its_sql_and_the_datasets_there_are(dataset: Dataset) -> None:
    folder = dataset("totals", sql="select sum(amount) as total\nfrom ordres")
    assert problem_of(dataset("orders"), folder) == (
        f"{folder / 'transform.sql'}:2: totals reads ordres, which is no dataset; datasets: orders, totals"
    )


def test_products_that_read_each_other_in_a_circle_are_named(dataset: Dataset) -> None:
    told = problem_of(dataset("first", sql="select total from second"), dataset("second", sql="select total from first"))
    assert "read each other in a circle" in told
    assert "first" in told
    assert "second" in told


@pytest.mark.parametrize(
    ("sql", "line", "told"),
    [
        pytest.param("select total\nform orders", 2, "not Spark SQL", id="not-sql"),
        pytest.param("select\n  rand() as total\nfrom orders", 2, "gives another answer each time", id="random"),
        pytest.param("select current_timestamp() as total from orders", 1, "gives another answer each time", id="now"),
        pytest.param(
            "select sum(amount) as total\nfrom lake_processed.orders", 2, "name an input by its dataset alone, as orders", id="database"
        ),
        pytest.param("select 1 as total; select 2 as total", 1, "expected one query, got 2 statements", id="two-statements"),
    ],
)
def test_sql_that_no_product_can_be_made_of_names_its_line(sql: str, line: int, told: str, dataset: Dataset) -> None:
    folder = dataset("totals", sql=sql)
    problem = problem_of(folder)
    assert problem.startswith(f"{folder / 'transform.sql'}:{line}: ")
    assert told in problem


def test_a_product_whose_sql_gives_other_columns_than_its_contract_is_refused(dataset: Dataset) -> None:
    assert "gives sum" in problem_of(dataset("orders"), dataset("totals", sql="select sum(amount) as sum from orders"))


def test_every_problem_of_every_contract_is_told_at_once(dataset: Dataset) -> None:
    with pytest.raises(ContractError) as raised:
        read([dataset("orders", ("format: csv", "format: xml")), dataset("returns", ("name: amount", "name: Amount"))])
    assert len(raised.value.problems) == 2


@pytest.mark.parametrize(
    ("quality", "value", "wanted", "scope"),
    [
        ("metric: nullValues, mustBeLessThan: 10, unit: percent", "100.0 * count_if(`amount` is null) / count(*)", "value < 10", "batch"),
        (
            "metric: invalidValues, arguments: {validValues: [1, 2]}, mustBe: 0",
            "count_if(not cast(`amount` as string) in ('1', '2'))",
            "value = 0",
            "batch",
        ),
        ("metric: duplicateValues, mustBe: 0", "count(*) - count(distinct `amount`)", "value = 0", "table"),
        ("metric: rowCount, mustBeBetween: [1, 9]", "count(*)", "value between 1 and 9", "table"),
        ("type: sql, query: 'select max(amount) from {table}', mustNotBe: 3", "select max(amount) from {table}", "value <> 3", "table"),
    ],
)
def test_a_quality_rule_becomes_one_aggregate_and_what_is_wanted_of_it(
    quality: str, value: str, wanted: str, scope: str, dataset: Dataset
) -> None:
    contract = read_one(dataset("orders", ("number}", f"number, quality: [{{{quality}, severity: error}}]}}")))
    (rule,) = contract.rules
    assert (rule.value, rule.wanted, rule.scope, rule.severity) == (value, wanted, scope, Severity.ERROR)


def test_a_rule_of_severity_quarantine_and_a_bound_become_conditions_on_one_row(dataset: Dataset) -> None:
    quality = "number, logicalTypeOptions: {minimum: 0}, quality: [{name: known, metric: invalidValues, arguments: {validValues: [1]}, mustBe: 0, severity: quarantine}]}"
    contract = read_one(dataset("orders", ("number}", quality)))
    assert contract.rules == ()
    assert [(rule.name, rule.broken) for rule in contract.row_rules] == [
        ("amount minimum 0", "`amount` < 0"),
        ("known", "not cast(`amount` as string) in ('1')"),
    ]


@pytest.mark.parametrize(
    ("quality", "told"),
    [
        ("metric: freshnes, mustBe: 0, severity: error", "is not one of"),
        ("metric: rowCount, mustBe: 0, severity: severe", "has severity severe, expected one of error, warning, quarantine"),
        ("type: custom, engine: dqdl, implementation: x, severity: error", "has type custom, expected library or sql"),
        ("metric: invalidValues, mustBe: 0, severity: error", "needs arguments: validValues"),
        ("metric: rowCount, mustBe: 0, severity: quarantine", "severity quarantine goes with mustBe: 0 and one of"),
    ],
)
def test_a_quality_rule_that_the_lake_cannot_evaluate_is_refused(quality: str, told: str, dataset: Dataset) -> None:
    folder = dataset("orders", ("number}", f"number, quality: [{{{quality}}}]}}"))
    with pytest.raises(ContractError, match=told):
        read([folder])


def test_a_field_within_others_is_named_by_its_path(dataset: Dataset) -> None:
    nested = ("logicalType: number}", "logicalType: number, physicalName: \"$.sold['for us'].sum\"}")
    source = read_one(dataset("orders", ("format: csv", "format: json"), nested)).source
    assert source is not None
    assert [source.path(field.name) for field in source.fields] == [("id",), ("sold", "for us", "sum")]
    flat = read_one(dataset("flat", nested)).source
    assert flat is not None
    assert flat.path("$.sold['for us'].sum") == ("$.sold['for us'].sum",)


@pytest.mark.parametrize("form", ["json", "parquet"])
@pytest.mark.parametrize(
    ("name", "told"),
    [("$.sold.", "is no path to a field within others"), ("$.id.sum", "field $.id.sum lies within id, which is a field too")],
)
def test_a_path_that_leads_nowhere_is_told(dataset: Dataset, form: str, name: str, told: str) -> None:
    nested = ("logicalType: number}", f'logicalType: number, physicalName: "{name}"}}')
    assert told in problem_of(dataset("orders", ("format: csv", f"format: {form}"), nested))


SERVERS = "  - {server: files, type: s3, location: orders/files/, format: csv}\n"
STREAM = "  - {server: stream, type: kinesis, format: json}\n"


def test_a_table_may_arrive_by_the_stream_too_with_the_fields_of_its_files(dataset: Dataset) -> None:
    contract = read_one(dataset("orders", (SERVERS, SERVERS + STREAM), ("load: upsert}", "load: upsert, source: {nullValue: NA}}")))
    assert contract.source is not None
    assert contract.stream is not None
    assert (contract.stream.location, contract.stream.format, contract.stream.object_format) == ("orders/stream/", "json", "parquet")
    assert (contract.stream.fields, contract.stream.null_value) == (contract.source.fields, "NA")
    assert contract.sources == (contract.source, contract.stream)
    assert Contract.from_json(contract.to_json()) == contract


def test_a_table_may_arrive_by_the_stream_alone(dataset: Dataset) -> None:
    contract = read_one(dataset("orders", (SERVERS, STREAM)))
    assert contract.source is None
    assert contract.sources == (contract.stream,)


def test_an_object_belongs_to_the_source_in_whose_place_it_lies_and_else_to_the_first(dataset: Dataset) -> None:
    contract = read_one(dataset("orders", (SERVERS, SERVERS + STREAM)))
    places = ["orders/files/a.csv", "orders/stream/ingest_date=2013-01-01/b.parquet", "orders/c.csv"]
    assert [contract.source_of(key) for key in places] == [contract.source, contract.stream, contract.source]


@pytest.mark.parametrize(
    ("replaced", "line", "told"),
    [
        pytest.param(
            (STREAM, STREAM + STREAM), 12, "servers has 2 entries of type kinesis, expected one: the lake has one stream", id="two"
        ),
        pytest.param(
            ("format: json", "format: avro"), 11, "format is 'avro', expected json: a record of the stream is a JSON object", id="avro"
        ),
        pytest.param(("load: upsert", "load: snapshot"), 11, "load snapshot takes the newest object for the whole table", id="snapshot"),
        pytest.param(("orders/files/", "orders/stream/"), 10, "location is 'orders/stream/', where the stream is delivered", id="taken"),
    ],
)
def test_a_stream_that_cannot_be_is_refused_with_its_line(replaced: tuple[str, str], line: int, told: str, dataset: Dataset) -> None:
    problem = problem_of(dataset("orders", (SERVERS, SERVERS + STREAM), replaced))
    assert problem.split(":")[1] == str(line)
    assert told in problem
