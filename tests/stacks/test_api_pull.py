"""The stack of pulls, which no shipped dataset needs: synthesised for the tests' own, and checked as the others are."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from lake_constructs.validation.every import RULES, findings
from tests.stacks.metrics import names
from tests.stacks.mutate import Change, Mutation, depends_no_more_on, drop, graph, put, statement, swap, without
from tests.stacks.mutations import having
from tests.stacks.snapshots import normalised
from tests.stacks.synthesis import ROOT, Assembly
from tests.stacks.test_alarms import PARTS, alarms, dimensions, section
from tests.stacks.test_nag import unused
from tests.stacks.test_rules import RULES as KEPT
from tests.stacks.test_rules import function_is_bounded_and_logged, keeps
from tests.stacks.test_stream_permissions import lacking_one

STACK, FUNCTION = "ApiPull", "lake-pull-departures"
POLICY, START_POLICY = "departuresPullRoleDefaultPolicy", "departuresStartRoleDefaultPolicy"
NEW_KINDS = {
    "AWS::Lambda::Function",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Scheduler::Schedule",
    "AWS::SQS::Queue",
    "AWS::Logs::LogGroup",
}


def policy(assembly: Assembly, begins: str) -> list[dict[str, Any]]:
    (found,) = [r for (stack, name), r in assembly.resources("AWS::IAM::Policy").items() if stack == STACK and name.startswith(begins)]
    statements: list[dict[str, Any]] = found["Properties"]["PolicyDocument"]["Statement"]
    return statements


def test_a_lake_that_pulls_nothing_has_no_such_stack(prod: Assembly) -> None:
    assert STACK not in prod.templates
    assert [name for name in alarms(prod) if "pull" in name] == []


def test_the_stack_is_as_it_was(pulling: Assembly, snapshot: SnapshotAssertion) -> None:
    assert normalised(pulling.templates[STACK], "222222222222", "eu-west-1") == snapshot.use_extension(JSONSnapshotExtension)


def test_neither_nag_nor_a_rule_of_ours_has_a_finding_and_every_acknowledgement_is_used(pulling: Assembly) -> None:
    assert [violation for report in pulling.report["pluginReports"] for violation in report["violations"]] == []
    assert [str(finding) for finding in findings(graph(pulling))] == []
    assert {path for path, _ in unused(pulling) if path.startswith(STACK)} == set()
    assert {path for path, _ in pulling.acknowledged if path.startswith(STACK)} != set()


def test_the_resources_of_the_stack_keep_the_rules_of_their_types(pulling: Assembly) -> None:
    looked_at = set()
    of_types = [
        (kind, rule) for kind, _, rule, _ in KEPT if rule is not function_is_bounded_and_logged
    ]  # that is about Firehose's patience
    for kind, rule in of_types:
        for (stack, name), resource in pulling.resources(kind).items():
            if stack == STACK:
                looked_at.add(kind)
                assert keeps(rule, resource["Properties"]), f"{name} breaks {rule.__name__}"
    assert looked_at >= {"AWS::SQS::Queue", "AWS::Logs::LogGroup", "AWS::Scheduler::Schedule"}


def test_a_function_may_put_its_own_pages_keep_its_own_state_and_read_its_own_secret(pulling: Assembly) -> None:
    statements = {held["Sid"]: held for held in policy(pulling, POLICY)}
    assert statements.keys() == {"WriteLog", "PutPages", "KeepState", "HandOver", "SetAside", "UseKey", "ReadSecret"}
    assert str(statements["PutPages"]["Resource"]).count("/departures/api/*") == 1
    assert statements["KeepState"]["Action"] == "dynamodb:UpdateItem"
    assert statements["KeepState"]["Condition"]["ForAllValues:StringEquals"] == {"dynamodb:LeadingKeys": ["_pull#departures"]}
    assert str(statements["ReadSecret"]["Resource"]).count("secret:lake/departures-??????") == 1
    assert str(statements["HandOver"]["Resource"]).count(f"function:{FUNCTION}") == 1


def test_nothing_secret_stands_in_the_template(pulling: Assembly) -> None:
    (function,) = [resource for (stack, _), resource in pulling.resources("AWS::Lambda::Function").items() if stack == STACK]
    environment = function["Properties"]["Environment"]["Variables"]
    assert environment.keys() - {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"} == {
        *("DATASET", "FOLDER", "LEDGER_TABLE", "PULL", "RAW_BUCKET"),
    }
    assert '"secret": "lake/departures"' in environment["PULL"]


def test_a_run_has_less_time_than_lambda_gives_and_a_log(pulling: Assembly) -> None:
    (function,) = [resource["Properties"] for (stack, _), resource in pulling.resources("AWS::Lambda::Function").items() if stack == STACK]
    assert 60 <= function["Timeout"] <= 900
    assert "LogGroup" in function["LoggingConfig"]


def test_every_failure_is_tried_again_and_then_set_aside(pulling: Assembly) -> None:
    (rules,) = pulling.resources("AWS::Lambda::EventInvokeConfig").values()
    assert rules["Properties"]["MaximumRetryAttempts"] == 2
    assert "OnFailure" in rules["Properties"]["DestinationConfig"]


def test_the_alarms_watch_function_queue_and_what_was_pulled(pulling: Assembly) -> None:
    found = {name: alarm for name, alarm in alarms(pulling).items() if "pull" in name}
    assert found.keys() == {
        "lake-pull-failed-departures",
        "lake-nothing-pulled-departures",
        "lake-pulls-set-aside",
        "lake-log-errors-pull-departures",
    }
    failed, nothing, aside = (found[f"lake-{name}"] for name in ("pull-failed-departures", "nothing-pulled-departures", "pulls-set-aside"))
    assert dimensions(failed) == {"FunctionName": FUNCTION}
    assert FUNCTION in names(pulling, "AWS::Lambda::Function", "FunctionName")
    assert dimensions(aside)["QueueName"] in names(pulling, "AWS::SQS::Queue", "QueueName")
    assert dimensions(nothing) == {"service": FUNCTION}
    assert (nothing["TreatMissingData"], nothing["Period"], nothing["EvaluationPeriods"]) == ("breaching", 3600, 24)
    assert {name: part for name, alarm in found.items() for part in PARTS if part not in section(alarm)} == {}


def test_the_function_sends_the_metric_that_its_alarm_watches(pulling: Assembly) -> None:
    (function,) = [resource for (stack, _), resource in pulling.resources("AWS::Lambda::Function").items() if stack == STACK]
    nothing = alarms(pulling)["lake-nothing-pulled-departures"]
    environment = function["Properties"]["Environment"]["Variables"]
    assert environment["POWERTOOLS_METRICS_NAMESPACE"] == nothing["Namespace"]
    assert {"service": environment["POWERTOOLS_SERVICE_NAME"]} == dimensions(nothing)  # tests/lambdas shows that it sends just these
    assert nothing["MetricName"] == "NewRecords"


FAULTS: dict[str, tuple[str, Change, str]] = {
    "its role forgets the queue": (POLICY, without("SetAside"), "role-may-set-failures-aside"),
    "its role may send to another queue": (
        POLICY,
        statement("SetAside", having(Resource="arn:aws:sqs:eu-west-1:222222222222:other")),
        "role-may-set-failures-aside",
    ),
    "its role may not put pages": (POLICY, without("PutPages"), "pull-may-do-its-work"),
    "its role may put them into another folder": (
        POLICY,
        swap("Properties/PolicyDocument", "/departures/api/*", "/departures/files/*"),
        "pull-may-do-its-work",
    ),
    "its role may not keep its state": (POLICY, without("KeepState"), "pull-may-do-its-work"),
    "its role may not hand over": (POLICY, without("HandOver"), "pull-may-do-its-work"),
    "its role may not read its secret": (POLICY, without("ReadSecret"), "pull-may-do-its-work"),
    "its role may not use the key": (POLICY, without("UseKey"), "role-may-use-the-keys"),
    "its role may only decrypt": (POLICY, statement("UseKey", having(Action="kms:Decrypt")), "role-may-use-the-keys"),
    "its role misspells an action": (POLICY, statement("ReadSecret", having(Action="secretsmanager:GetSecret")), "actions-exist"),
    "the schedule's role may not start it": (START_POLICY, without("Start"), "role-may-start-the-target"),
    "the schedule's role may start another": (
        START_POLICY,
        statement("Start", having(Resource="arn:aws:lambda:eu-west-1:222222222222:function:other")),
        "role-may-start-the-target",
    ),
    "the schedule's role trusts rules": (
        "departuresStartRole",
        swap("Properties/AssumeRolePolicyDocument", "scheduler.amazonaws.com", "events.amazonaws.com"),
        "role-trusts-its-service",
    ),
    "the function's role trusts Glue": (
        "departuresPullRole",
        swap("Properties/AssumeRolePolicyDocument", "lambda.amazonaws.com", "glue.amazonaws.com"),
        "role-trusts-its-service",
    ),
    "the schedule does not wait for its role's policy": (
        "departuresSchedule",
        depends_no_more_on("StartRoleDefaultPolicy"),
        "policy-is-there-before-what-uses-it",
    ),
    "the function does not wait for its role's policy": (
        "departuresPullFunction",
        depends_no_more_on("RoleDefaultPolicy"),
        "policy-is-there-before-what-uses-it",
    ),
    "the schedule is none": ("departuresSchedule", put("ScheduleExpression", "rate(1 hours)"), "schedule-is-valid"),
    "the queue is called as another one": ("SetAside", put("QueueName", "lake-undelivered"), "physical-names-do-not-clash"),
    "the function is called as no alarm knows it": ("departuresPullFunction", drop("FunctionName"), "alarm-watches-what-exists"),
}


def logical_id(assembly: Assembly, begins: str) -> str:
    resources: dict[str, dict[str, Any]] = assembly.templates[STACK]["Resources"]
    return next(name for name, found in resources.items() if name.startswith(begins) and found["Type"] != "AWS::SQS::QueuePolicy")


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_caught_by_its_rule(what: str, pulling: Assembly) -> None:
    begins, change, name = FAULTS[what]
    mutation = Mutation(what, STACK, logical_id(pulling, begins), change, name)
    (rule,) = [rule for rule in RULES if rule.name == name]
    found = list(rule.findings(graph(pulling, {STACK: mutation.of(pulling.templates[STACK])})))
    assert found
    assert all(finding.problem and finding.mend for finding in found)


def test_a_rule_turns_red_for_each_action_of_each_statement_that_is_taken_away(pulling: Assembly) -> None:
    taken = dict(lacking_one(pulling.templates[STACK]))
    assert len(taken) >= 10
    assert findings(graph(pulling)) == []
    assert [what for what, broken in taken.items() if not findings(graph(pulling, {STACK: broken}))] == []


def test_the_code_of_the_function_is_its_own_and_what_it_imports(pulling: Assembly) -> None:
    archives = [set(zipfile.ZipFile(path).namelist()) for path in Path(pulling.folder).glob("asset.*.zip")]
    (files,) = [names for names in archives if "lambdas/api_pull/handler.py" in names]
    own = {f"lambdas/api_pull/{path.name}" for path in (ROOT / "lambdas" / "api_pull").glob("*.py")}
    assert files == own | {"lambdas/__init__.py", "contracts/__init__.py", "contracts/pull.py"}
