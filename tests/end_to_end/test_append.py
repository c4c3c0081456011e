"""A dataset without a key, whose every record is a row; only the tests deploy it."""

import json
from pathlib import Path

from tests.end_to_end.lake import Lake, Rows, closes

TABLE = "select gate, words, hour(called_at) as hour, count(*) as calls from lake_processed.announcements group by 1, 2, 3 order by 1, 2, 3"
BOARDING = {"called_at": "2013-12-24T16:05:00Z", "gate": "B22", "text": "Boarding, row 1 to 10"}
LAST_CALL = {"called_at": "2013-12-24T17:40:00Z", "gate": "C4", "text": None}
NO_GATE = {"called_at": "2013-12-24T18:00:00Z", "text": "Mind the gap"}


def announcements(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("".join(f"{json.dumps(record)}\n" for record in (BOARDING, LAST_CALL, BOARDING, NO_GATE)), encoding="utf-8")
    return path


def calls(times: int) -> Rows:
    return [
        {"gate": "B22", "words": BOARDING["text"], "hour": 16, "calls": 2 * times},
        {"gate": "C4", "words": None, "hour": 17, "calls": times},
    ]


def test_every_good_record_of_a_dataset_without_a_key_is_a_row_and_the_same_file_again_brings_them_again(
    lake: Lake, tmp_path: Path
) -> None:
    for times, name in enumerate(("morning.json", "evening.json"), start=1):
        lake.land("announcements", announcements(tmp_path, name))
        lake.wait()
        assert lake.query(TABLE) == calls(times)
    objects = lake.ledger("announcements", "object#")
    assert closes(objects)
    assert [(item["read"], item["inserted"], item["quarantined"]) for item in objects] == [(4, 3, 1)] * 2
    apart = lake.query("select array_join(_reasons, '; ') as why from lake_processed.announcements_quarantine")
    assert apart == [{"why": "gate is missing"}] * 2
