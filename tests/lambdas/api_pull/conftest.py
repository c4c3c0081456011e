from collections.abc import Iterator

import pytest

from tests.lambdas.api_pull.api import Api, flights, serving
from tests.local_cloud.running import LocalCloud, free_port

TABLE, BUCKET = "ledger", "raw"


@pytest.fixture
def served() -> Iterator[Api]:
    """An API with three pages of flights."""
    with serving(flights(250)) as api:
        yield api


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A local cloud with a ledger and a raw bucket that keeps versions."""
    cloud = LocalCloud(tmp_path_factory.mktemp("cloud"), free_port())
    cloud.start()
    cloud.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "dataset", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("dataset", "item")],
        BillingMode="PAY_PER_REQUEST",
    )
    cloud.client("s3").create_bucket(Bucket=BUCKET)
    cloud.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    yield cloud
    cloud.end()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts a local cloud takes the time of an end-to-end test."""
    for item in items:
        if "lake" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.end_to_end)
