"""The stack that takes in records: when it is there, and what its settings make of it."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from lake_constructs.delivery_plan import ImpossibleDeliveryError
from lake_constructs.validation.every import findings
from tests.stacks.mutate import graph
from tests.stacks.synthesis import Assembly, synthesise

DEV = """account: "111111111111"
region: eu-west-1
storage: {protected: false}
"""
Synth = Callable[[str], Assembly]


@pytest.fixture
def synth(tmp_path: Path) -> Synth:
    def run(more: str) -> Assembly:
        file = tmp_path / "env.yaml"
        file.write_text(DEV + more, encoding="utf-8")
        return synthesise(file, tmp_path / "out")

    return run


def one(assembly: Assembly, kind: str) -> dict[str, Any]:
    (resource,) = assembly.resources(kind).values()
    properties: dict[str, Any] = resource["Properties"]
    return properties


def test_a_lake_whose_contracts_have_no_stream_has_neither_the_stack_nor_its_alarms(synth: Synth) -> None:
    assembly = synth("datasets: [flights, airlines]\n")
    assert "Ingestion" not in assembly.templates
    names = {alarm["Properties"]["AlarmName"] for alarm in assembly.resources("AWS::CloudWatch::Alarm").values()}
    assert len(names) > 10
    assert [name for name in names if "stream" in name or "arrived" in name.replace("arrived-", "")] == []


def test_shards_consumers_retention_and_backup_are_as_the_settings_say_and_nag_has_nothing_to_say(synth: Synth) -> None:
    wanted = "{shards: 3, retention_hours: 48, consumers: [fraud], backup: true, buffer_seconds: 900, silence_hours: 2}"
    assembly = synth(f"stream: {wanted}\ndatasets: [weather]\n")
    stream, delivery = one(assembly, "AWS::Kinesis::Stream"), one(assembly, "AWS::KinesisFirehose::DeliveryStream")
    assert (stream["StreamModeDetails"], stream["ShardCount"], stream["RetentionPeriodHours"]) == ({"StreamMode": "PROVISIONED"}, 3, 48)
    assert one(assembly, "AWS::Kinesis::StreamConsumer")["ConsumerName"] == "fraud"
    target = delivery["ExtendedS3DestinationConfiguration"]
    assert target["BufferingHints"]["IntervalInSeconds"] == 900
    assert (target["S3BackupMode"], target["S3BackupConfiguration"]["Prefix"]) == (
        "Enabled",
        "_backup/stream/ingest_date=!{timestamp:yyyy-MM-dd}/",
    )
    (backup,) = [a["Properties"] for a in assembly.resources("AWS::CloudWatch::Alarm").values() if "backup" in a["Properties"]["AlarmName"]]
    assert (backup["MetricName"], "docs/runbook.md#backup-failing" in backup["AlarmDescription"]) == ("BackupToS3.Success", True)
    broken = deepcopy(assembly.templates["Ingestion"])
    (found,) = [r["Properties"] for r in broken["Resources"].values() if r["Type"] == "AWS::KinesisFirehose::DeliveryStream"]
    del found["ExtendedS3DestinationConfiguration"]["S3BackupConfiguration"]["ErrorOutputPrefix"]
    (told,) = findings(graph(assembly, {"Ingestion": broken}))
    assert "its backup's prefix has expressions" in str(told)
    (silence,) = [
        a["Properties"] for a in assembly.resources("AWS::CloudWatch::Alarm").values() if "nothing" in a["Properties"]["AlarmName"]
    ]
    assert (silence["EvaluationPeriods"], silence["DatapointsToAlarm"], silence["Period"]) == (2, 2, 3600)
    assert [violation for plugin in assembly.report["pluginReports"] for violation in plugin.get("violations", [])] == []


def test_a_plan_that_cannot_work_stops_the_synth(synth: Synth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lake_constructs.delivery_plan.DeliveryPlan.active_partitions", 502)
    with pytest.raises(ImpossibleDeliveryError, match="502 active partitions, expected 500 at most"):
        synth("datasets: [weather]\n")


def test_the_outputs_that_verbs_use_are_there(prod: Assembly) -> None:
    outputs = prod.templates["Ingestion"]["Outputs"]
    assert outputs["DeliveryStreamName"]["Value"] == "lake-delivery"
    assert outputs["ErrorPrefix"]["Value"] == "_errors/stream/"
    assert outputs["StreamName"]["Value"] == {"Ref": "RecordsStream8BA69C9E"}


def test_the_delivery_tells_of_its_failures_in_a_log_stream_that_is_there(prod: Assembly) -> None:
    there = {
        (resource["Properties"]["LogGroupName"]["Ref"], resource["Properties"]["LogStreamName"])
        for resource in prod.resources("AWS::Logs::LogStream").values()
    }
    ((_, delivery),) = prod.resources("AWS::KinesisFirehose::DeliveryStream").items()
    told = delivery["Properties"]["ExtendedS3DestinationConfiguration"]["CloudWatchLoggingOptions"]
    assert told["Enabled"] is True
    assert (told["LogGroupName"]["Ref"], told["LogStreamName"]) in there


def test_every_setting_of_the_stream_has_a_default() -> None:
    chosen = Settings(account="111111111111", region="eu-west-1", notify=("a@example.com",)).stream
    assert (chosen.shards, chosen.retention_hours, chosen.buffer_mib, chosen.consumers, chosen.backup) == (None, 168, 128, (), False)
