"""What ./lake deploy and ./lake diff learn of the warehouse before a deploy changes anything."""

from collections.abc import Callable
from typing import Any

import pytest
import typer
from botocore.exceptions import ClientError

from cli import deploy, diff
from cli.common import migrations
from cli.common.errors import UserError
from cli.common.session import Lake
from config.settings import Settings
from config.warehouse import WarehouseSettings
from warehouse.plan import Migration, digest

MINE = (
    Migration(name="0001_a", statements=("select 1",), checksum=digest("a")),
    Migration(name="0002_b", statements=("select 2",), checksum=digest("b")),
)
SAME = {migration.name: migration.checksum for migration in MINE}
EDITED = SAME | {"0001_a": digest("as it was")}


def lake(*, enabled: bool = True) -> Lake:
    settings = Settings(account="123456789012", region="eu-west-1", notify=("a@example.com",), warehouse=WarehouseSettings(enabled=enabled))
    return Lake("prod", settings)


def recorded(checksums: dict[str, str]) -> dict[str, Any]:
    return {"records": [{"name": name, "kind": "migration", "checksum": checksum} for name, checksum in checksums.items()]}


class Function:
    """Answers like the function that keeps the warehouse; an answer that is an error is raised."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = answers, []  # type: ignore[var-annotated]

    def __call__(self, _: Lake, action: str) -> Any:
        self.asked.append(action)
        if isinstance(answer := self.answers[action], Exception):
            raise answer
        return answer


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Function]:
    def made(**answers: Any) -> Function:
        answering = Function(**answers)
        monkeypatch.setattr(migrations, "ask", answering)
        monkeypatch.setattr(migrations, "_is_deployed", lambda _: True)
        monkeypatch.setattr(migrations, "read", lambda: MINE)
        return answering

    return made


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "not for you"}}, "Invoke")


def test_what_was_deployed_last_unchanged_wakes_no_warehouse(function: Callable[..., Function]) -> None:
    answering = function(plan={"migrations": SAME})
    assert migrations.changed(lake()) == []
    assert answering.asked == ["plan"]


def test_an_edited_applied_migration_is_told_by_what_the_warehouse_recorded(function: Callable[..., Function]) -> None:
    answering = function(plan={"migrations": EDITED}, status=recorded(EDITED))
    (problem,) = migrations.changed(lake())
    assert problem.startswith("0001_a was changed after it was applied")
    assert answering.asked == ["plan", "status"]


def test_one_that_a_deploy_applied_before_it_was_rolled_back_is_told_too(function: Callable[..., Function]) -> None:
    function(plan={"migrations": {"0001_a": SAME["0001_a"]}}, status=recorded(SAME | {"0002_b": digest("other")}))
    (problem,) = migrations.changed(lake())
    assert problem.startswith("0002_b was changed after it was applied")


def test_a_new_migration_is_no_problem_and_a_late_one_is(function: Callable[..., Function]) -> None:
    function(plan={"migrations": {}}, status=recorded({"0001_a": SAME["0001_a"]}))
    assert migrations.changed(lake()) == []
    function(plan={"migrations": {}}, status=recorded({"0002_b": SAME["0002_b"]}))
    (problem,) = migrations.changed(lake())
    assert problem.startswith("0001_a comes before 0002_b, which is applied already")


def test_a_lake_without_a_warehouse_or_with_none_yet_is_not_asked(
    function: Callable[..., Function], monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = function()
    assert migrations.changed(lake(enabled=False)) == []
    monkeypatch.setattr(migrations, "_is_deployed", lambda _: False)
    assert migrations.changed(lake()) == []
    assert answering.asked == []


def test_a_stack_that_failed_before_it_had_its_function_has_applied_nothing(function: Callable[..., Function]) -> None:
    function(plan=refusal("ResourceNotFoundException"))
    assert migrations.changed(lake()) == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refusal("AccessDeniedException"), "the warehouse was not asked whether a migration was changed: not for you"),
        (UserError("the warehouse: action is 'plan', expected one of status, migrate"), "deployed by a version that does not tell"),
        (
            UserError("the warehouse: No module named 'sqlglot'"),
            "nobody could say whether a migration was changed: the warehouse: No module",
        ),
    ],
)
def test_where_nobody_can_say_it_is_told_and_the_deploy_goes_on(
    answer: Exception, told: str, function: Callable[..., Function], capsys: pytest.CaptureFixture[str]
) -> None:
    function(plan=answer)
    with pytest.raises(migrations.UnknownError, match=told):
        migrations.changed(lake())
    deploy.check_migrations(lake())
    assert told in " ".join(capsys.readouterr().err.split())


def test_a_warehouse_that_does_not_answer_stops_the_deploy_with_its_words(function: Callable[..., Function]) -> None:
    function(plan={"migrations": {}}, status=UserError("the warehouse: Query was refused: the limit of the day is reached"))
    with pytest.raises(UserError, match="the limit of the day is reached"):
        deploy.check_migrations(lake())


def test_a_deploy_stops_before_the_cdk_is_asked_for_anything(function: Callable[..., Function], monkeypatch: pytest.MonkeyPatch) -> None:
    function(plan={"migrations": EDITED}, status=recorded(EDITED))
    monkeypatch.setattr("cli.deploy.cdk.run", lambda *_: pytest.fail("the CDK was asked"))
    with pytest.raises(UserError, match=r"0001_a was changed after it was applied[^\n]*\nnothing was deployed"):
        deploy.deploy(lake(), lambda _: None)


def test_a_diff_shows_it_and_fails_where_it_is_to(
    function: Callable[..., Function], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    function(plan={"migrations": EDITED}, status=recorded(EDITED))
    monkeypatch.setattr(diff, "connect", lambda _: lake())
    monkeypatch.setattr(diff, "diff", lambda _: ["Number of stacks with differences: 0"])
    diff.run("prod", fail=False)
    assert "./lake deploy --env prod would be refused: 0001_a was changed after it was applied" in " ".join(capsys.readouterr().err.split())
    with pytest.raises(typer.Exit):
        diff.run("prod", fail=True)
