from dataclasses import replace
from pathlib import Path

import pytest

from config.datasets import dataset_folders
from config.read import ROOT, SettingsError, environments, settings
from config.settings import Settings, ZoneRetention

MINIMAL = "account: '111111111111'\nregion: eu-west-1\nstorage: {protected: false}\n"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "acme.yaml"


def problems(written: Path, text: str) -> tuple[str, ...]:
    written.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        settings(written)
    return tuple(problem.removeprefix(f"{written}:") for problem in caught.value.problems)


@pytest.mark.parametrize("environment", ["local", "dev", "prod"])
def test_the_shipped_environments_are_valid(environment: str) -> None:
    assert isinstance(settings(ROOT / "config" / f"{environment}.yaml"), Settings)


def test_a_yaml_holds_only_what_differs(written: Path) -> None:
    written.write_text(MINIMAL.replace("false", "false, raw: {cold_after_days: 60}"), encoding="utf-8")
    read = settings(written)
    assert read.storage.raw == ZoneRetention(cold_after_days=60)
    assert read.storage.raw.noncurrent_days == ZoneRetention().noncurrent_days
    assert read.storage.processed == ZoneRetention()


def test_a_company_environment_takes_the_place_of_a_shipped_one_of_that_name(tmp_path: Path) -> None:
    for folder, name in {"config": "ours", "company/config": "theirs"}.items():
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "dev.yaml").write_text(f"{MINIMAL}name: {name}\n", encoding="utf-8")
    assert settings("dev", tmp_path).name == "theirs"
    assert list(environments(tmp_path)) == ["dev"]


def test_an_unknown_environment_is_told_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    for name in ("dev", "local", "prod"):
        (tmp_path / "config" / f"{name}.yaml").write_text(MINIMAL, encoding="utf-8")
    with pytest.raises(SettingsError, match="no environment 'nope', expected one of dev, local, prod; write company/config/nope"):
        settings("nope", tmp_path)


def test_a_missing_file_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.yaml: no such file"):
        settings(tmp_path / "gone.yaml")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("storag: {}\n", "4: storag is no setting; did you mean storage?"),
        ("zzz: {}\n", "4: zzz is no setting; expected one of account, region, name"),
        ("query: {scan_limit: 1}\n", "4: query.scan_limit is no setting; did you mean scan_limit_gib?"),
        ("name: Acme-1\n", "4: name is 'Acme-1', expected up to 30 lower-case letters and digits"),
        ("logs: {retention_days: 8}\n", "4: logs.retention_days is 8, expected 1, 3, 5, 7,"),
        ("logs: {retention_days: '7'}\n", "4: logs.retention_days is '7', expected 1, 3, 5, 7,"),
        ("processing: {workers: 1}\n", "4: processing.workers is 1, expected greater than or equal to 2"),
        ("processing: {workers: '2'}\n", "4: processing.workers is '2', expected a whole number, without quotes"),
        ("processing: {glue_version: '4.0'}\n", "4: processing.glue_version is '4.0', expected '5.1'"),
        ("query:\n", "4: query is None, expected a mapping of keys to values"),
        ("tags: {'aws:owner': me}\n", "4: tags.aws:owner is 'aws:owner', expected a tag key"),
        ("tags: {cost: 7}\n", "4: tags.cost is 7, expected a text; put it in quotes"),
        ("notify:\n  - a@b.example\n  - nobody\n", "6: notify.1 is 'nobody', expected an e-mail address"),
        ("datasets: flights\n", "4: datasets is 'flights', expected a list, as [a, b]"),
        ("upkeep: {snapshots_kept: 1}\n", "4: upkeep.snapshots_kept is 1, expected greater than or equal to 5"),
        ("upkeep: {orphan_days: 1}\n", "4: upkeep.orphan_days is 1, expected greater than or equal to 2"),
        ("key_arn: alias/lake\n", "4: key_arn is 'alias/lake', expected the ARN of a KMS key"),
        ("permissions_boundary: 'a b'\n", "4: permissions_boundary is 'a b', expected the name or the ARN of an IAM managed policy"),
        ("bootstrap_qualifier: TOO-LONG-FOR-IT\n", "4: bootstrap_qualifier is 'TOO-LONG-FOR-IT', expected up to 10"),
        ("endpoint_url: http://example.com:80\n", "4: endpoint_url is 'http://example.com:80', expected an address on this machine"),
        ("endpoint_url: http://127.0.0.1:4566\n", "4: endpoint_url goes with account 000000000000 and with no other"),
    ],
)
def test_a_problem_is_told_with_line_key_value_and_what_is_allowed(written: Path, text: str, problem: str) -> None:
    (found,) = problems(written, MINIMAL + text)
    assert found.startswith(problem)


def test_an_account_without_quotes_is_told_to_need_them(written: Path) -> None:
    assert problems(written, MINIMAL.replace("'", "")) == ("1: account is 111111111111, expected a text; put it in quotes",)


def test_a_missing_account_is_told(written: Path) -> None:
    assert problems(written, MINIMAL.split("\n", 1)[1]) == ("1: account is missing; no default can be right for it",)


def test_a_protected_lake_without_anybody_to_notify_is_refused(written: Path) -> None:
    text = MINIMAL.replace("storage: {protected: false}\n", "notify: []\n")
    assert problems(written, text) == ("3: notify is empty though storage.protected is true: name at least one e-mail address",)


@pytest.mark.parametrize("setting", ["snapshot_days", "orphan_days"])
def test_upkeep_that_could_delete_what_a_job_writes_or_reads_is_refused(written: Path, setting: str) -> None:
    text = f"{MINIMAL}upkeep: {{{setting}: 5}}\n"
    (problem,) = problems(written, text + "processing: {timeout_minutes: 7140}\n")
    assert problem.startswith(f"4: upkeep.{setting} 5 is too short: a job may run 7140 minutes (processing.timeout_minutes) and wait 60")
    written.write_text(text + "processing: {timeout_minutes: 7139}\n", encoding="utf-8")
    settings(written)


def test_every_problem_is_told_at_once_in_order_of_lines(written: Path) -> None:
    found = problems(written, "account: x\nregion: mars\nname: 9\nstorage: {protected: maybe}\n")
    assert [problem.split(":")[0] for problem in found] == ["1", "2", "3", "4"]


def test_a_file_that_is_no_yaml_is_told_with_its_line(written: Path) -> None:
    (found,) = problems(written, "account: '1'\n  region: [\n")
    assert "not YAML" in found


def test_an_environment_that_names_no_datasets_deploys_all_there_are_and_the_fork_s_own_come_first(tmp_path: Path) -> None:
    for folder in ("datasets/flights", "datasets/orders", "company/datasets/orders", "company/datasets/sales"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "contract.yaml").touch()
    chosen = settings("dev")
    found = [str(path.relative_to(tmp_path)) for path in dataset_folders(chosen, tmp_path)]
    assert found == ["datasets/flights", "company/datasets/orders", "company/datasets/sales"]
    named = [str(path.relative_to(tmp_path)) for path in dataset_folders(replace(chosen, datasets=("sales",)), tmp_path)]
    assert named == ["company/datasets/sales"]
