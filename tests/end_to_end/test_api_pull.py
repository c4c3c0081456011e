"""An API that is pulled by schedule, from the deployed function to the table, with a kill and a wrong secret on the way."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest
import yaml

from tests.end_to_end.lake import ROOT, Lake, closes, eventually
from tests.lambdas.api_pull.api import SECRET, Api, flights, serving
from tests.local_cloud.running import LocalCloud, free_port

SPEED = 120  # five minutes of the schedule take two and a half seconds, the minute before a repetition half a one, an hour thirty
FLIGHTS, FUNCTION = 950, "lake-pull-departures"
ANSWER = "select count(*) as departures, count(distinct carrier) as carriers, sum(dep_delay) as delay from lake_processed.departures"
CONTRACT = ROOT / "tests" / "end_to_end" / "datasets" / "departures" / "contract.yaml"


@dataclass
class Pulled:
    """A lake that pulls from an API of the tests."""

    lake: Lake
    cloud: LocalCloud
    api: Api
    killed: list[bool] = field(default_factory=list)

    def schedule(self, state: str) -> None:
        scheduler = self.cloud.client("scheduler")
        found = scheduler.get_schedule(Name=FUNCTION)
        kept = {name: found[name] for name in ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
        scheduler.update_schedule(**kept, State=state)

    def state(self) -> dict[str, Any]:
        return next(iter(self.lake.ledger("_pull#departures", "state")), {})

    def set_secret(self, secret: str) -> None:
        self.cloud.client("secretsmanager").put_secret_value(SecretId="lake/departures", SecretString=secret)

    def set_aside(self) -> int:
        sqs = self.cloud.client("sqs")
        url = sqs.get_queue_url(QueueName="lake-pulls-set-aside")["QueueUrl"]
        asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(asked["Attributes"]["ApproximateNumberOfMessages"])

    def alarm(self, name: str) -> str:
        (found,) = self.cloud.client("cloudwatch").describe_alarms(AlarmNames=[f"lake-{name}"])["MetricAlarms"]
        return str(found["StateValue"])

    def measured(self) -> float:
        """Return the sum of the metric that the alarm on nothing pulled watches."""
        cloudwatch = self.cloud.client("cloudwatch")
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=["lake-nothing-pulled-departures"])["MetricAlarms"]
        now = datetime.now(UTC)
        watched = {name: alarm[name] for name in ("Namespace", "MetricName", "Dimensions", "Period")}
        found = cloudwatch.get_metric_statistics(
            **watched, StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1), Statistics=["Sum"]
        )
        return float(sum(point["Sum"] for point in found["Datapoints"]))

    def kill_at(self, cursor: str) -> None:
        """Kill the process of the function when it first asks with a cursor."""
        page = self.api.page

        def killing(path: str, parameters: dict[str, str]) -> Any:
            if parameters.get("cursor") == cursor and not self.killed:
                self.killed.append(self.kill())
            return page(path, parameters)

        self.api.page = killing  # type: ignore[method-assign]

    def kill(self) -> bool:
        """Kill the process of the function; return whether there was one."""
        for process in psutil.Process(self.cloud.running.pid).children(recursive=True):
            if process.environ().get("AWS_LAMBDA_FUNCTION_NAME") == FUNCTION:
                process.kill()
                return True
        return False


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulled]:
    folder = tmp_path_factory.mktemp("pulled")
    with serving(flights(FLIGHTS)) as api:
        dataset = folder / "departures"
        dataset.mkdir()
        contract = (
            CONTRACT.read_text(encoding="utf-8")
            .replace("https://api.example.com", api.url)
            .replace("rate(15 minutes)", "rate(5 minutes)\n        quietHours: 1")
        )
        (dataset / "contract.yaml").write_text(contract, encoding="utf-8")
        port = free_port()
        settings = yaml.safe_load((ROOT / "config" / "local.yaml").read_text(encoding="utf-8"))
        settings |= {"endpoint_url": f"http://127.0.0.1:{port}", "datasets": [os.path.relpath(dataset, ROOT)]}
        environment = folder / "pulled.yaml"
        environment.write_text(yaml.safe_dump(settings), encoding="utf-8")
        cloud = LocalCloud(folder / "home", port, SPEED)
        cloud.start()
        try:
            cloud.client("secretsmanager").create_secret(Name="lake/departures", SecretString=SECRET)
            lake = Lake(environment, settings["endpoint_url"])
            pulled = Pulled(lake, cloud, api)
            pulled.kill_at("300")  # the schedule may start before the deploy has ended
            lake.run("deploy")
            yield pulled
        finally:
            cloud.end()


@pytest.mark.matrix  # it takes a lake of its own; tests/lambdas/api_pull/test_kills.py is there each time
def test_a_pull_by_schedule_whose_process_is_killed_is_in_the_table_once(pulled: Pulled) -> None:
    eventually(lambda: "last" in pulled.state(), "the end of a pull")
    pulled.schedule("DISABLED")
    assert pulled.killed == [True]
    eventually(lambda: pulled.measured() > 0, "the metric of the run that came to the end")
    pulled.lake.wait()
    wanted = flights(FLIGHTS)
    answer = {"departures": FLIGHTS, "carriers": len({r["carrier"] for r in wanted}), "delay": sum(r["dep_delay"] or 0 for r in wanted)}
    assert pulled.lake.query(ANSWER) == [answer]
    objects = pulled.lake.ledger("departures", "object#")
    assert closes(objects)
    assert {item["state"] for item in objects} == {"accounted"}
    assert sum(item["inserted"] for item in objects) == FLIGHTS
    assert len({item["object"] for item in objects}) == len(objects)


@pytest.mark.matrix
def test_a_pull_by_hand_says_what_it_brought(pulled: Pulled) -> None:
    pulled.api.records.append({**flights(1)[0], "flight": 9999, "time_hour": "2013-07-01T00:00:00Z"})
    assert "(1 new) on 1 pages" in pulled.lake.run("pull", "departures").stdout
    assert "the next pull asks from 2013-07-01T00:00:00Z on" in pulled.lake.run("pull", "departures").stdout


@pytest.mark.matrix
def test_pulls_with_a_wrong_secret_are_set_aside_after_all_repetitions_and_made_up_for_with_the_right_one(pulled: Pulled) -> None:
    pulled.set_secret("guessed")
    failed = pulled.lake.run("pull", "departures", fails=True).stderr
    assert "status 401" in failed
    assert "see whether the secret of lake.pull.authentication" in failed
    pulled.cloud.client("lambda").invoke(FunctionName=FUNCTION, InvocationType="Event", Payload=json.dumps({}))
    eventually(lambda: pulled.set_aside() == 1, "a message in the queue")
    for alarm in ("pull-failed-departures", "pulls-set-aside", "nothing-pulled-departures"):
        eventually(lambda alarm=alarm: pulled.alarm(alarm) == "ALARM", alarm)  # type: ignore[misc]
    pulled.lake.run("pull", "--set-aside", fails=True)
    eventually(lambda: pulled.set_aside() == 1, "the message that stays")
    pulled.set_secret(SECRET)
    pulled.api.records.append({**flights(1)[0], "flight": 9998, "time_hour": "2013-07-02T00:00:00Z"})
    assert "pulled again: departures" in pulled.lake.run("pull", "--set-aside").stderr
    for alarm in ("nothing-pulled-departures", "pull-failed-departures", "pulls-set-aside"):
        eventually(lambda alarm=alarm: pulled.alarm(alarm) == "OK", f"the end of {alarm}")  # type: ignore[misc]
    assert pulled.set_aside() == 0
    assert "nothing was set aside" in pulled.lake.run("pull", "--set-aside").stderr


@pytest.mark.matrix
def test_a_pull_without_a_permission_says_which(pulled: Pulled) -> None:
    iam = pulled.cloud.client("iam")
    (role,) = [found["RoleName"] for found in iam.list_roles()["Roles"] if found["Description"] == f"Runs {FUNCTION}."]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    needed = {"PutPages": "s3:PutObject", "KeepState": "dynamodb:UpdateItem", "ReadSecret": "secretsmanager:GetSecretValue"}
    for sid, denied in needed.items():
        less = {**document, "Statement": [held for held in document["Statement"] if held["Sid"] != sid]}
        assert len(less["Statement"]) == len(document["Statement"]) - 1
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(less))
        assert denied in pulled.lake.run("pull", "departures", fails=True).stderr
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    pulled.lake.run("pull", "departures")
