"""Whatever is sent, and whatever goes wrong on its way, is delivered or among the errors: with the lake's own transform and the verbs' own sender."""

import io
import itertools
import json
import zipfile
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cli.common.sending import Outgoing, Sender
from cli.stream import enveloped
from tests.local_cloud.functions import POWERTOOLS, package
from tests.local_cloud.running import REPOSITORY, LocalCloud, free_port, until
from tests.local_cloud.streams import Delivery

SHAPES: dict[str, Callable[[int], bytes]] = {
    "good": lambda number: enveloped("weather", f'{{"n": {number}}}'),
    "newline in a string": lambda number: enveloped("weather", f'{{"n": {number}, "text": "a\\nb"}}'),
    "written over lines": lambda number: enveloped("weather", f'{{\n "n": {number}\n}}'),
    "large": lambda number: enveloped("weather", f'{{"n": {number}, "text": "{"x" * 300_000}"}}'),
    "not JSON": lambda number: f"{number} is no JSON".encode(),
    "no UTF-8": lambda number: b"\xff%d" % number,
    "glued": lambda number: enveloped("weather", f'{{"n": {number}}}') * 2,
    "unknown dataset": lambda number: enveloped("nothing", f'{{"n": {number}}}'),
    "wrong type": lambda number: enveloped("weather", f"[{number}]"),
    "nested too deeply": lambda number: enveloped("weather", f'{{"n": {number}, "deep": {"[" * 100_000}{"]" * 100_000}}}'),
    "empty": lambda _: b"",
}
DELIVERED = frozenset(list(SHAPES)[:4])
_numbers = itertools.count()


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivery]:
    cloud = LocalCloud(tmp_path_factory.mktemp("conservation"), free_port())
    cloud.start()
    yield Delivery(
        cloud,
        "conserved",
        "",
        Code={"ZipFile": transform()},
        Handler="lambdas.stream_transform.handler.handler",
        Layers=[POWERTOOLS],
        Environment={"Variables": {"POWERTOOLS_METRICS_NAMESPACE": "Lake/Stream"}},
    )
    cloud.end()


def transform() -> bytes:
    """Return the package of the lake's transform, for one dataset."""
    written = io.BytesIO(package())
    modules = ["lambdas/__init__.py", "contracts/__init__.py", "contracts/envelope.py"]
    modules += [path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / "lambdas" / "stream_transform").glob("*.py")]
    with zipfile.ZipFile(written, "a") as archive:
        for module in modules:
            archive.write(REPOSITORY / module, module)
        archive.writestr("lambdas/stream_transform/datasets.json", json.dumps(["weather"]))
    return written.getvalue()


@pytest.mark.end_to_end
@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    shapes=st.lists(st.sampled_from(sorted(SHAPES)), min_size=1, max_size=60),
    twice=st.booleans(),
    lost=st.integers(0, 1),
    repeated=st.integers(0, 2),
    throttled=st.integers(0, 6),
)
def test_what_is_sent_is_delivered_or_among_the_errors(
    shapes: list[str], twice: bool, lost: int, repeated: int, throttled: int, delivery: Delivery
) -> None:
    made = [(shape, SHAPES[shape](next(_numbers))) for shape in shapes]
    sent = made * 2 if twice else made
    faults = {"lost_answers": lost, "repeated_deliveries": repeated, "throttled_records": throttled}
    (delivery.cloud.home / "faults.json").write_text(json.dumps(faults))
    sender = Sender(delivery.cloud.client("kinesis"), delivery.name)
    report = sender.send(Outgoing(number, data) for number, (_, data) in enumerate(sent))
    assert (report.accepted, report.refused) == (len(sent), [])
    wanted = [data for shape, data in sent if shape in DELIVERED]
    broken = {data for shape, data in sent if shape not in DELIVERED}
    ours = {json.dumps(json.loads(data)["record"]) for data in wanted}

    def arrived() -> bool:
        rows = {row["sequence_number"]: json.dumps(json.loads(row["record"])) for row in delivery.rows("weather")}
        found = [record for record in rows.values() if record in ours]
        return len(found) == len(wanted) and broken <= {error["rawData"] for error in delivery.errors()}

    until(arrived)
    # none of the good ones was set apart, none of the broken ones delivered
    assert not set(wanted) & {error["rawData"] for error in delivery.errors()}


def test_a_record_that_is_too_large_for_the_stream_is_named_and_those_beside_it_arrive(delivery: Delivery) -> None:
    small = enveloped("weather", '{"small": true}')
    sender = Sender(delivery.cloud.client("kinesis"), delivery.name)
    report = sender.send([Outgoing(1, small), Outgoing(2, b"x" * 1_048_577), Outgoing(3, small)])
    assert report.accepted == 2
    ((number, why),) = report.refused
    assert number == 2
    assert "1,048,609 bytes" in why
