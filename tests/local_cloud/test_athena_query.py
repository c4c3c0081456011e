"""What limits and stops a query."""

from typing import Any

import duckdb
import pytest

from local_cloud.athena import query
from local_cloud.athena.execution import InvalidRequestError, Settings
from local_cloud.athena.failure import ScanLimitError
from local_cloud.athena.statement import understand
from local_cloud.athena.translation import Translation, translate


def test_a_query_that_may_scan_more_than_its_workgroup_lets_it_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "translate", lambda *_: Translation("SELECT 1", bytes=11))
    with pytest.raises(ScanLimitError, match="Bytes scanned limit was exceeded: 11 of 10"):
        query.Query(understand("SELECT 1"), "words", most_bytes=10).answer()


def test_bytes_that_are_no_utf8_fail_no_query_as_on_athena() -> None:
    parsed = understand("SELECT from_utf8(from_base64('/0E=')) AS record").parsed
    assert parsed is not None
    assert duckdb.sql(translate(parsed, "words").sql).fetchall() == [("?A",)]


OWN: dict[str, Any] = {"ResultConfiguration": {"OutputLocation": "s3://workgroup/results"}, "BytesScannedCutoffPerQuery": 10_000_000}
ASKED = {"OutputLocation": "s3://asked/"}


def test_the_location_of_a_workgroup_that_is_enforced_goes_before_the_one_asked_for() -> None:
    assert Settings.of({"Configuration": OWN}, ASKED) == Settings("s3://workgroup/results/", {}, 10_000_000)
    free = OWN | {"EnforceWorkGroupConfiguration": False}
    assert Settings.of({"Configuration": free}, ASKED).location == "s3://asked/"
    assert Settings.of({"Configuration": free}, {}).location == "s3://workgroup/results/"


def test_a_query_without_a_place_for_its_result_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="No output location provided"):
        Settings.of({"Configuration": {}}, {})


def test_a_result_is_encrypted_as_its_workgroup_says() -> None:
    result = OWN["ResultConfiguration"] | {"EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": "key"}}
    assert Settings.of({"Configuration": {"ResultConfiguration": result}}, {}).put_parameters() == {
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "key",
    }
