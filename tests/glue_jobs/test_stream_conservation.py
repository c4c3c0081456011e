"""Whatever is sent, and whatever goes wrong on its way, is processed, a duplicate, quarantined, or among the errors: nothing is lost, nothing made up.

The verbs' own sender, the lake's own transform in a function, the local Kinesis and Firehose, and the job: what they do to one batch is added up.
"""

import base64
import hashlib
import io
import itertools
import json
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from cli.common.sending import Outgoing, Sender
from cli.stream import enveloped
from contracts.envelope import REFUSED
from lambdas.stream_transform.aggregated import split
from tests.glue_jobs.lake import Lake
from tests.glue_jobs.samples import streamed
from tests.lambdas.stream_transform.samples import aggregated
from tests.local_cloud.functions import POWERTOOLS, package
from tests.local_cloud.running import REPOSITORY, LocalCloud, free_port, until
from tests.local_cloud.streams import ENVELOPE, Delivery

NAME = "conserved"
NAPPING = """
import os, time
from lambdas.stream_transform.handler import handler as transform
def handler(event, context):
    try: os.unlink(os.environ["NAP"])
    except FileNotFoundError: return transform(event, context)
    time.sleep(60)
"""
"""The lake's transform, which now and then does not answer in time."""


def reading(number: int, level: object, **more: object) -> bytes:
    """Return a reading; several have one key."""
    record = {"station": f"station {number // 4}", "at": "2013-01-01T00:00:00Z", "level": level, **more}
    return enveloped(NAME, json.dumps(record))


GOOD: dict[str, Callable[[int], bytes]] = {
    "good": lambda number: reading(number, number + 1),
    "newline in a string": lambda number: reading(number, number + 1, note="a\nb"),
    "written over lines": lambda number: reading(number, number + 1).replace(b", ", b",\n "),
    "large": lambda number: reading(number, number + 1, note="x" * 300_000),
}
APART: dict[str, Callable[[int], bytes]] = {
    "a text for a number": lambda number: reading(number, f"high {number}"),
    "beyond a rule": lambda number: reading(number, 1000 + number),
    "without its key": lambda number: reading(number, number + 1, at=None),
}
BROKEN: dict[str, Callable[[int], bytes]] = {
    "not JSON": lambda number: f"{number} is no JSON".encode(),
    "no UTF-8": lambda number: b"\xff%d" % number,
    "glued": lambda number: reading(number, 1) * 2,
    "unknown dataset": lambda number: enveloped("nothing", f'{{"n": {number}}}'),
    "wrong type": lambda number: enveloped(NAME, f"[{number}]"),
    "nested too deeply": lambda number: enveloped(NAME, f'{{"n": {number}, "deep": {"[" * 100_000}{"]" * 100_000}}}'),
    "packed, with one that is broken": lambda number: aggregated([reading(number, number + 1), b"%d" % number]),
    "empty": lambda _: b"",
}
PACKED: dict[str, Callable[[int], bytes]] = {"packed": lambda number: aggregated([reading(number, number + 1), reading(number + 1, 2)])}
SHAPES = GOOD | APART | BROKEN | PACKED


@dataclass(frozen=True)
class Batch:
    """What is sent, in its order, and what goes wrong on the way.

    Attributes:
        twice: whether all of it is sent a second time.
        late: how often the transform does not answer in time.
        lost: how many of its answers are lost.
        repeated: how many objects are delivered twice.
        throttled: how many records are turned away at first.
        together: whether what was delivered twice is refreshed at once.
    """

    shapes: Sequence[str]
    twice: bool
    late: bool
    lost: int
    repeated: int
    throttled: int
    together: bool


BATCHES = st.builds(
    Batch,
    st.lists(st.sampled_from(sorted(SHAPES)), max_size=40).map(lambda shapes: ["good", *shapes]),  # a table of nothing breaks its own rule
    twice=st.booleans(),
    late=st.booleans(),
    lost=st.integers(0, 1),
    repeated=st.integers(0, 2),
    throttled=st.integers(0, 6),
    together=st.booleans(),
)


@dataclass
class Way:
    """The way of records, from the stream to the table.

    Attributes:
        nap: the file that makes the transform miss its time once.
        numbers: of the records, which make them differ from batch to batch.
        seen: digests of the objects of earlier batches.
        stations: that are in the table.
    """

    delivery: Delivery
    lake: Lake
    nap: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)
    seen: set[str] = field(default_factory=set)
    stations: set[str] = field(default_factory=set)

    def send(self, batch: Batch) -> list[tuple[str, bytes]]:
        """Send a batch, and return shape and bytes of what was sent."""
        made = [(shape, SHAPES[shape](next(self.numbers))) for shape in batch.shapes]
        sent = made * 2 if batch.twice else made
        faults = {"lost_answers": batch.lost, "repeated_deliveries": batch.repeated, "throttled_records": batch.throttled}
        (self.delivery.cloud.home / "faults.json").write_text(json.dumps(faults))
        if batch.late:
            self.nap.touch()
        sender = Sender(self.delivery.cloud.client("kinesis"), self.delivery.name)
        report = sender.send(Outgoing(number, data) for number, (_, data) in enumerate(sent))
        assert (report.accepted, report.refused) == (len(sent), [])
        return sent

    def arrived(self, sent: Sequence[tuple[str, bytes]]) -> tuple[dict[str, list[bytes]], Counter[bytes]]:
        """Wait until all is delivered or an error, and return the new objects by their digests, and the records among the errors."""

        def all_there() -> tuple[dict[str, list[bytes]], Counter[bytes]] | None:
            objects, errors, refused = self.objects(f"{NAME}/"), self.objects("_errors/"), self.objects(f"{REFUSED}/")
            apart = Counter(document["rawData"] for copies in errors.values() for document in documents(copies[0]))
            apart += Counter(base64.b64decode(raw) for copies in refused.values() for raw in parquet(copies[0], "rawdata"))
            rows = sum(len(parquet(copies[0])) for copies in objects.values())
            there = rows + sum(weight(data) * number for data, number in apart.items())
            if there < sum(weight(data) for _, data in sent):
                return None
            self.seen |= objects.keys() | errors.keys() | refused.keys()
            return objects, apart

        return until(all_there, 60)

    def objects(self, prefix: str) -> dict[str, list[bytes]]:
        """Return the objects of this batch: a delivery that is repeated makes two of one content."""
        found: dict[str, list[bytes]] = {}
        for key in self.delivery.keys(prefix):
            body = self.delivery.read(key)
            digest = hashlib.sha256(body).hexdigest()
            if digest not in self.seen:
                found.setdefault(digest, []).append(body)
        return found

    def refresh(self, objects: Sequence[bytes]) -> Counter[str]:
        """Land objects, run the job, and return the sums of its accounts, which close."""
        for body in objects:
            self.lake.deliver(f"{next(self.numbers)}.parquet", body)
        facts = self.lake.refresh().facts
        accounts = Counter({name: int(str(facts.get(name, 0))) for name in ("read", *ENDS)})
        assert accounts["read"] == sum(accounts[name] for name in ENDS)
        return accounts


ENDS = ("inserted", "updated", "unchanged", "duplicate", "quarantined")


def documents(body: bytes) -> list[dict[str, bytes]]:
    return [{"rawData": base64.b64decode(json.loads(line)["rawData"])} for line in body.splitlines()]


def parquet(body: bytes, column: str = "record") -> list[str]:
    """Return the text of each record in an object."""
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(body)
        file.flush()
        return [record for (record,) in duckdb.sql(f"select {column} from '{file.name}'").fetchall()]


def weight(data: bytes) -> int:
    """Return how many records a producer meant by one of the stream."""
    return len(split(data) or [data])


class Refusing(Delivery):
    """A delivery whose table has the columns of refused records, too, as that of the lake."""

    columns = (*ENVELOPE, "reason", "rawdata")


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession, buckets: Path) -> Iterator[Way]:
    cloud = LocalCloud(tmp_path_factory.mktemp("conservation"), free_port())
    cloud.start()
    nap = cloud.home / "nap"
    variables = {"POWERTOOLS_METRICS_NAMESPACE": "Lake/Stream", "NAP": str(nap)}
    delivery = Refusing(
        cloud, NAME, "", Code={"ZipFile": transform()}, Layers=[POWERTOOLS], Environment={"Variables": variables}, Timeout=5
    )
    yield Way(delivery, Lake(spark, buckets, streamed(NAME)), nap)
    cloud.end()


def transform() -> bytes:
    """Return the package of the lake's transform, for one dataset."""
    written = io.BytesIO(package(index=NAPPING))
    modules = ["lambdas/__init__.py", "contracts/__init__.py", "contracts/envelope.py"]
    modules += [path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / "lambdas" / "stream_transform").glob("*.py")]
    with zipfile.ZipFile(written, "a") as archive:
        for module in modules:
            archive.write(REPOSITORY / module, module)
        archive.writestr("lambdas/stream_transform/datasets.json", json.dumps([NAME]))
    return written.getvalue()


def conserved(batch: Batch, way: Way) -> None:
    """Send a batch, follow it to its end, and fail if the sums do not agree."""
    sent = way.send(batch)
    objects, apart = way.arrived(sent)
    firsts, copies = [copies[0] for copies in objects.values()], [one for copies in objects.values() for one in copies[1:]]
    copied = sum(len(parquet(body)) for body in copies)
    accounts = way.refresh([*firsts, *copies] if batch.together else firsts)
    errors = sum(weight(data) * number for data, number in apart.items())
    ended = sum(accounts[name] for name in ENDS) - (copied if batch.together else 0)
    assert ended + errors == sum(weight(data) for _, data in sent)

    # what is broken never arrives, and what is not ends among the errors only where a batch of the transform spent all its tries
    assert sum((apart - Counter(data for shape, data in sent if shape not in BROKEN)).values()) == sum(shape in BROKEN for shape, _ in sent)
    if not (batch.late and batch.lost):
        assert errors == sum(weight(data) for shape, data in sent if shape in BROKEN)
    keys = {json.loads(record)["station"] for body in firsts for record in parquet(body) if is_good(record)}
    assert accounts["inserted"] + accounts["updated"] <= len(keys)
    assert len(way.lake.rows("station")) == len(way.stations | keys)
    way.stations |= keys
    if copies and not batch.together:
        again = way.refresh(copies)
        assert (again["inserted"], again["updated"], again["read"]) == (0, 0, copied)


def is_good(record: str) -> bool:
    found = json.loads(record)
    return isinstance(found["level"], int) and found["level"] < 1000 and found["at"] is not None


CHOSEN = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    derandomize=True,
)


@pytest.mark.end_to_end
@settings(CHOSEN, max_examples=3)
@example(batch=Batch(["good", *SHAPES], twice=True, late=True, lost=0, repeated=2, throttled=5, together=True))
@given(batch=BATCHES)
def test_what_is_sent_is_processed_or_a_duplicate_or_quarantined_or_among_the_errors(batch: Batch, way: Way) -> None:
    conserved(batch, way)


@pytest.mark.end_to_end
@pytest.mark.matrix
@settings(CHOSEN, max_examples=25)
@given(batch=BATCHES)
def test_the_same_of_many_batches(batch: Batch, way: Way) -> None:
    conserved(batch, way)


@pytest.mark.end_to_end
def test_a_record_that_is_too_large_for_the_stream_is_named_and_those_beside_it_arrive(way: Way) -> None:
    sender = Sender(way.delivery.cloud.client("kinesis"), way.delivery.name)
    report = sender.send([Outgoing(1, reading(1, 1)), Outgoing(2, b"x" * 1_048_577), Outgoing(3, reading(2, 1))])
    assert report.accepted == 2
    ((number, why),) = report.refused
    assert number == 2
    assert "1,048,609 bytes" in why
