"""Each odd file of the table through the whole lake: one refresh of a dataset takes in all of its files."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from awsglue.bookmark import Position, S3Object
from tests.end_to_end.bad_files import BAD_FILES, COLUMNS, BadFile, oslo, sent
from tests.end_to_end.lake import Lake, Rows, closes, eventually

OTHERS = tuple(dataset for dataset in COLUMNS if dataset != "shipments")
LATE, AGAIN = "shipments/files/ingest_date=2026-01-01/late.csv", "shipments/files/ingest_date=2026-01-02/again.csv"


@dataclass(frozen=True)
class Taken:
    """What the lake made of the odd files of a dataset."""

    objects: dict[str, dict[str, Any]]
    rows: dict[str, Rows]
    apart: dict[str, list[str]]
    told: dict[str, dict[str, Any]]
    shown: str


def put(lake: Lake, files: Iterable[tuple[str, bytes]]) -> None:
    s3, bucket = lake.client("s3"), lake.output("RawBucket")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda file: s3.put_object(Bucket=bucket, Key=file[0], Body=file[1]), files))


def take_in(lake: Lake, datasets: Iterable[str]) -> dict[str, Taken]:
    """Land the odd files of some datasets and return what the lake made of them."""
    files = [file for file in BAD_FILES if file.dataset in datasets]
    put(lake, [(file.key, file.before) for file in files if file.before is not None])
    put(lake, [(file.key, file.body) for file in files])
    for dataset in datasets:
        versions = sum(1 + (file.before is not None) for file in files if file.dataset == dataset)
        wait_for(lake, dataset, "object#", versions)
    lake.wait()
    return {dataset: taken(lake, dataset) for dataset in datasets}


def wait_for(lake: Lake, dataset: str, prefix: str, items: int) -> None:
    """Return when the ledger has some items."""
    eventually(lambda: len(lake.ledger(dataset, prefix)) == items, f"the record of {items} objects")


def taken(lake: Lake, dataset: str) -> Taken:
    rows, apart = defaultdict(list), defaultdict(list)
    for row in lake.query(f"select _object, {COLUMNS[dataset]} from lake_processed.{dataset}"):
        rows[row.pop("_object")].append(row)
    for row in lake.query(f"select _object, array_join(_reasons, '; ') as why from lake_processed.{dataset}_quarantine"):
        apart[row["_object"]].append(row["why"])
    objects = lake.ledger(dataset, "object#")
    told = json.loads(lake.run("runs", dataset, "--format", "json").stdout)["objects"]
    return Taken(
        objects={item["object"]: item for item in objects if item["state"] != "superseded"},
        rows=rows,
        apart=apart,
        told={item["object"]: item for item in told if item["state"] != "superseded"},
        shown=lake.run("runs", dataset).stdout,
    )


@pytest.fixture(scope="module")
def shipments(lake: Lake) -> Taken:
    return take_in(lake, ["shipments"])["shipments"]


@pytest.fixture(scope="module")
def others(lake: Lake, shipments: Taken) -> dict[str, Taken]:
    return take_in(lake, OTHERS)


def check(file: BadFile, found: Taken) -> None:
    item = found.objects[file.key]
    assert item["state"] == ("refused" if file.refused else "accounted")
    columns = [name.strip() for name in COLUMNS[file.dataset].split(",")]
    assert sorted(tuple(row[name] for name in columns) for row in found.rows[file.key]) == sorted(file.rows)
    assert sorted(found.apart[file.key]) == sorted(file.apart)
    told = found.told.get(file.key, {}).get("reason", "")
    assert bool(told) == bool(file.refused or file.apart)
    assert all(reason in told for reason in [file.refused or "", *file.apart])
    if told:
        assert file.name in found.shown


def of(*datasets: str) -> pytest.MarkDecorator:
    files = [file for file in BAD_FILES if file.dataset in datasets]
    return pytest.mark.parametrize("file", files, ids=[file.what for file in files])


@of("shipments")
def test_an_odd_file_gets_what_the_table_says(file: BadFile, shipments: Taken) -> None:
    check(file, shipments)


def test_nothing_is_lost_and_the_accounts_close(shipments: Taken) -> None:
    objects = shipments.objects.values()
    assert len(objects) == sum(file.dataset == "shipments" for file in BAD_FILES)
    assert closes([*objects])


def test_what_was_overwritten_before_it_was_read_is_told(lake: Lake, shipments: Taken) -> None:
    (item,) = [item for item in lake.ledger("shipments", "object#") if item["state"] == "superseded"]
    assert item["object"].endswith("/overwritten.csv")
    assert "overwritten before it was read" in shipments.shown


def in_order(found: Mapping[str, Sequence[Any]]) -> dict[str, list[str]]:
    """Return what was found of each object, in whatever order the lake gave it."""
    return {key: sorted(map(str, values)) for key, values in found.items() if values}


@pytest.mark.matrix
def test_what_was_set_apart_is_taken_in_again_once_or_dropped_and_the_accounts_close(lake: Lake, shipments: Taken) -> None:
    refused = next(file for file in BAD_FILES if file.dataset == "shipments" and file.refused)
    broken = next(file for file in BAD_FILES if file.dataset == "shipments" and file.apart)
    listed = json.loads(lake.run("quarantine", "shipments", "--most", "500", "--format", "json").stdout)
    assert {item["object"] for item in listed["objects"]} == set(shipments.told)
    assert len(listed["rows"]) == sum(map(len, shipments.apart.values()))
    lake.run("quarantine", "shipments", "drop", "--object", broken.key, "--because", "a test")
    lake.run("quarantine", "shipments", "redrive", "--object", refused.key)
    for _ in range(2):  # the contract is what it was, so that all is set apart again
        lake.run("quarantine", "shipments", "redrive")
        lake.wait()
    found = taken(lake, "shipments")
    assert in_order(found.rows) == in_order(shipments.rows)
    assert in_order(found.apart) == in_order({key: why for key, why in shipments.apart.items() if key != broken.key})
    dropped, again = found.objects[broken.key], found.objects[refused.key]
    assert (dropped["quarantined"], dropped["dropped"], dropped["dropped_because"]) == (0, len(broken.apart), "a test")
    assert (again["state"], again["reason"]) == ("refused", shipments.objects[refused.key]["reason"])
    assert closes([*found.objects.values()])
    assert lake.ledger("shipments", "asked#") == []


@pytest.mark.matrix
@of(*OTHERS)
def test_an_odd_file_with_line_breaks_or_of_json_gets_what_the_table_says(file: BadFile, others: dict[str, Taken]) -> None:
    check(file, others[file.dataset])


def an_hour_later(lake: Lake, job: str) -> Position:
    """Let an hour pass for the bookmark of a job, and return it."""
    path = lake.home / "bookmarks" / f"{job}.json"
    entries = json.loads(path.read_text(encoding="utf-8"))
    (source,) = (bookmarks := json.loads(entries[-1]["JobBookmark"])).values()
    reached = datetime.fromisoformat(source["timestamps"]["CURR_RUN_START_TIME"]) + timedelta(hours=1)
    source["timestamps"]["CURR_RUN_START_TIME"] = reached.isoformat()
    path.write_text(json.dumps([*entries[:-1], {**entries[-1], "JobBookmark": json.dumps(bookmarks)}]), encoding="utf-8")
    return Position.from_state(source)


@pytest.mark.matrix
def test_a_large_object_that_becomes_visible_long_after_its_date_is_found_by_the_ledger(lake: Lake, shipments: Taken) -> None:
    s3, raw = lake.client("s3"), lake.output("RawBucket")
    upload = {"Bucket": raw, "Key": LATE, "UploadId": s3.create_multipart_upload(Bucket=raw, Key=LATE)["UploadId"]}
    tags = [s3.upload_part(**upload, PartNumber=1, Body=sent("L1", "L2"))["ETag"]]
    bookmark = an_hour_later(lake, "lake-shipments")
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag} for tag in tags]})
    dated = s3.head_object(Bucket=raw, Key=LATE)["LastModified"]
    assert bookmark.covers(S3Object(round(dated.timestamp() * 1000), f"s3://{raw}/{LATE}", 1))  # so the bookmark passes over it for ever
    wait_for(lake, "shipments", f"object#{LATE}#", 1)
    lake.wait()
    (item,) = lake.ledger("shipments", f"object#{LATE}#")
    assert (item["state"], item["read"], item["inserted"]) == ("accounted", 2, 2)


@pytest.mark.matrix
def test_an_object_that_is_rewritten_after_it_was_read_is_read_again(lake: Lake, shipments: Taken) -> None:
    for versions, weight in enumerate((b"7", b"8"), start=1):
        put(lake, [(AGAIN, sent("M1", "M2").replace(b"M2|Oslo|7", b"M2|Oslo|" + weight))])
        wait_for(lake, "shipments", f"object#{AGAIN}#", versions)
        lake.wait()
    rows = lake.query("select id, place, weight from lake_processed.shipments where id in ('M1', 'M2') order by id")
    assert [tuple(row.values()) for row in rows] == [*oslo("M1"), ("M2", "Oslo", 8)]
    counts = sorted((item["inserted"], item["updated"], item["unchanged"]) for item in lake.ledger("shipments", f"object#{AGAIN}#"))
    assert counts == [(0, 1, 1), (2, 0, 0)]
