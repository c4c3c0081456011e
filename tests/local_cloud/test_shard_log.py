"""The file behind a shard: what was written is read, from any place on, by whoever opens it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_cloud.streams import shard_log
from local_cloud.streams.shard_log import ShardLog

ALL = 1 << 60
batches = st.lists(
    st.lists(st.tuples(st.binary(max_size=3).map(bytes.hex).map(str.encode), st.binary(max_size=40)), max_size=5), max_size=8
)


@settings(deadline=None)  # it writes files
@given(written=batches, segment=st.integers(1, 200))
def test_every_record_is_read_in_order_from_every_place_on_also_after_it_is_opened_again(
    written: list[list[tuple[bytes, bytes]]], segment: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("log")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shard_log, "SEGMENT", segment)
        log = ShardLog(folder)
        places = [place for now, batch in enumerate(written) for place in log.append(batch, now * 10)]
        records = [record for batch in written for record in batch]
        for opened in (log, ShardLog(folder)):
            for number, place in enumerate(places):
                found = [(one.partition_key.encode(), one.data) for one in opened.read(place, ALL, ALL)]
                assert found == records[number:]
            for now in range(len(written) + 1):
                later = [record for batch in written[now:] for record in batch]
                assert [(one.partition_key.encode(), one.data) for one in opened.read(opened.since(now * 10), ALL, ALL)] == later


def test_a_record_that_was_left_half_written_is_cut_off(tmp_path: Path) -> None:
    log = ShardLog(tmp_path)
    log.append([(b"k", b"whole")], 1)
    end = log.end
    log.append([(b"k", b"half of it is lost")], 2)
    (file,) = tmp_path.glob("*.log")
    file.write_bytes(file.read_bytes()[:-3])
    log = ShardLog(tmp_path)
    assert (log.end, [one.data for one in log.read(0, ALL, ALL)]) == (end, [b"whole"])
    log.append([(b"k", b"next")], 3)
    assert [one.data for one in ShardLog(tmp_path).read(0, ALL, ALL)] == [b"whole", b"next"]


def test_a_file_whose_records_have_all_expired_is_deleted_and_no_place_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shard_log, "SEGMENT", 1)
    log = ShardLog(tmp_path)
    (old,), (new,) = log.append([(b"k", b"old")], 1), log.append([(b"k", b"new")], 5)
    log.trim(5)
    assert sorted(path.stem for path in tmp_path.glob("*.log")) == [f"{old:020d}", f"{new:020d}"]
    log.append([(b"k", b"newest")], 9)
    log.trim(6)
    assert [one.data for one in log.read(0, ALL, ALL)] == [b"new", b"newest"]
    assert [one.at for one in log.read(0, ALL, 1)] == [new]


def test_a_reading_ends_at_its_limits(tmp_path: Path) -> None:
    log = ShardLog(tmp_path)
    log.append([(b"k", b"x" * 10)] * 10, 1)
    assert len(list(log.read(0, 25, ALL))) == 3
    assert len(list(log.read(0, ALL, 4))) == 4
