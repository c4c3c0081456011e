"""Three files as the public ones are that nobody prepared for a lake."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

BEGIN = datetime(2024, 1, 28, 23, 30, tzinfo=UTC)
ROWS = 400


def events(folder: Path) -> Path:
    """Events of a code host: objects in objects, lists, a value of two types, a field that some have, letters of any script."""
    path = folder / "2024-01-28-23.json"
    with path.open("w", encoding="utf-8") as file:
        for number in range(ROWS):
            event: dict[str, Any] = {
                "id": str(35_000_000_000 + number),
                "type": ["PushEvent", "WatchEvent", "IssuesEvent"][number % 3],
                "actor": {"id": 7_000_000_000 + number % 17, "login": f"Zoë-{number % 17}", "display login": "本"},
                "payload": {"size": number % 5, "commits": [{"sha": f"{number:040x}", "author": {"name": 'A "B" C'}}]},
                "public": number % 2 == 0,
                "created_at": f"{BEGIN + timedelta(seconds=number):%Y-%m-%dT%H:%M:%SZ}",
                "score": number if number % 4 else number / 8,
                "ref": number if number % 10 == 0 else f"refs/heads/{number}",
            }
            if number % 9 == 0:
                event["org"] = {"id": number}
            if number % 50 == 1:
                event["actor"] = None
            file.write(json.dumps(event, ensure_ascii=number % 2 == 0) + "\n")
    return path


def inspections(folder: Path) -> Path:
    """Inspections of restaurants: a byte order mark, semicolons, Windows line ends, names no database takes, codes that look like numbers."""
    path = folder / "Inspection Results (2024).csv"
    names = ["CAMIS", "Name / DBA", "ZIP CODE", "% Score", "Größe (m²)", "2nd visit?", "order", "INSPECTION DATE", "geprüft am", "Latitude"]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(names)
        for number in range(ROWS):
            day = BEGIN + timedelta(days=number)
            visit = "N/A" if number % 6 == 0 else f"{day:%Y-%m-%d}"
            name = f'Café "{number}"; Bar' if number % 7 else ""
            score = "N/A" if number % 11 == 0 else str(number % 40)
            latitude = f"{40 + number / 1000:.6f}"
            writer.writerow(
                [
                    50_000_000 + number,
                    name,
                    f"{number % 90:05d}",
                    score,
                    number / 4,
                    visit,
                    "",
                    f"{day:%m/%d/%Y}",
                    f"{day:%Y-%m-%d %H:%M:%S}",
                    latitude,
                ]
            )
    return path


TRIPS = """
    select (1 + n % 2)::integer as "VendorID",
           timestamp '2024-01-28 23:30:00' + to_hours((n // 3)::integer) + to_microseconds(n // 3) as "tpepPickupDatetime",
           (n // 3 % 260)::bigint as "PULocationID",
           case when n % 8 <> 0 then (n % 5)::double end as "passenger count",
           case when n % 20 <> 0 then struct_pack(
               "total amount" := (12345678901234567.01::decimal(22, 2) + n % 50)::decimal(22, 2), "tolls" := (n / 2)::float
           ) end as "fare",
           [(n % 3)::smallint, 2::smallint] as "stops",
           ['N', 'Y', ''][1 + n % 3] as "store_and_fwd_flag",
           '\\x00\\xFF'::blob as "raw"
    from range({rows}) as rows(n)
"""


def trips(folder: Path) -> Path:
    """Taxi trips: no key, columns in camel case, a structure, a list, decimals beyond a double, bytes, times without a zone."""
    path = folder / "yellow_tripdata_2024-01.parquet"
    duckdb.sql(TRIPS.format(rows=ROWS)).write_parquet(str(path))
    return path
