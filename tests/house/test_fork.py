"""A company takes the checkout as it is, and writes under company/ alone."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]  # cfn-lint ships no types

ROOT = Path(__file__).parents[2]
TAGS = {"team": "data", "cost-centre": "4711"}
REGION = "eu-central-1"
SETTINGS = f"""\
account: "333333333333"
region: {REGION}
name: acme
notify: [data@acme.example]
tags: {json.dumps(TAGS)}
permissions_boundary: acme-boundary
datasets: [orders]
"""
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: urn:acme:orders
name: orders
version: 1.0.0
status: active
domain: shop
team: {name: shop}
servers: [{server: files, type: s3, location: orders/files/, format: csv}]
schema:
  - name: orders
    logicalType: object
    properties:
      - {name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
customProperties: [{property: lake, value: {zone: processed, load: upsert}}]
"""
ENVIRONMENT = {"PATH": f"{ROOT / '.venv' / 'bin'}:/usr/bin:/bin", "PYTHONPATH": ".:constructs", "HOME": str(Path.home())}
SYNTH = """
import json
from pathlib import Path
from tests.stacks.synthesis import synthesise
synthesise("acme-prod", Path("synthesised"), Path.cwd())
"""


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def fork(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fork")
    for name in git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    (folder / "company" / "config").mkdir(exist_ok=True)
    (folder / "company" / "config" / "acme-prod.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "company" / "config" / "dev.yaml").write_text(SETTINGS, encoding="utf-8")
    orders = folder / "company" / "datasets" / "orders"
    orders.mkdir(parents=True)
    (orders / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-c", SYNTH],
        cwd=folder,
        check=True,
        env=ENVIRONMENT,
    )
    return folder


@pytest.fixture(scope="module")
def resources(fork: Path) -> list[dict[str, Any]]:
    templates = [json.loads(path.read_text()) for path in (fork / "synthesised").glob("*.template.json")]
    return [resource for template in templates for resource in template["Resources"].values()]


def is_taggable(kind: str) -> bool:
    return "Tags" in PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema["properties"]


def tags_of(resource: dict[str, Any]) -> dict[str, str]:
    tags = resource.get("Properties", {}).get("Tags", {})
    return tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}


def test_every_role_has_the_permissions_boundary(resources: list[dict[str, Any]]) -> None:
    roles = [resource for resource in resources if resource["Type"] == "AWS::IAM::Role"]
    assert len(roles) >= 4
    assert all("policy/acme-boundary" in json.dumps(role["Properties"]["PermissionsBoundary"]) for role in roles)


def test_every_resource_that_takes_tags_has_both(resources: list[dict[str, Any]]) -> None:
    taggable = [resource for resource in resources if is_taggable(resource["Type"])]
    assert len(taggable) >= 15
    assert [resource["Type"] for resource in taggable if not TAGS.items() <= tags_of(resource).items()] == []


def test_the_company_s_dataset_is_deployed_under_the_company_s_name_and_no_sample_is(resources: list[dict[str, Any]]) -> None:
    jobs = [resource["Properties"]["Name"] for resource in resources if resource["Type"] == "AWS::Glue::Job"]
    assert jobs == ["acme-orders"]


def test_no_file_outside_company_changed(fork: Path) -> None:
    changed = [line[3:] for line in git(fork, "status", "--porcelain").splitlines() if not line.startswith("A ")]
    assert [path for path in changed if not path.startswith(("company/", "synthesised/"))] == []


@pytest.mark.end_to_end  # it takes long, not for a lake
def test_the_shipped_tests_stay_green_beside_a_company_environment_of_a_shipped_name(fork: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "snapshots or unknown", "tests/stacks", "tests/config"]
    done = subprocess.run(command, cwd=fork, env=ENVIRONMENT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
