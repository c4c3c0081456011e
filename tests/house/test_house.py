"""Rules of the house that no tool of its own checks."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from cli.common import forbidden, locks
from cli.common.forbidden import findings, project_files

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = {
    path.parent.name for path in project_files() if path.name == "__init__.py" and path.parent.parent in (ROOT, ROOT / "constructs")
}


def imports(path: Path) -> set[str]:
    """The top-level packages that a file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {module.partition(".")[0] for module in modules}


def test_no_file_holds_what_it_may_not() -> None:
    assert list(findings(project_files())) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://files." + "python" + "hosted.org/x", "hosted.org is the host of a package index"),
        ("a\n# " + "TO" + "DO later", "a.txt:2:"),
        ("open('" + "/home" + "/ann/x')", "is a path of one person's machine"),
    ],
)
def test_what_a_file_may_not_hold_is_found(tmp_path: Path, text: str, found: str) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    (finding,) = findings([tmp_path / "a.txt"])
    assert found in finding


def test_every_package_stands_in_a_rule_on_who_imports_whom() -> None:
    rules = PYPROJECT["tool"]["importlinter"]["contracts"]
    assert {package for rule in rules for package in rule["source_modules"]} == PACKAGES
    assert set(PYPROJECT["tool"]["importlinter"]["root_packages"]) == PACKAGES


@pytest.mark.parametrize("package", sorted(PACKAGES - {"local_cloud"}))
def test_no_package_may_import_the_local_cloud(package: str) -> None:
    rules = [rule for rule in PYPROJECT["tool"]["importlinter"]["contracts"] if package in rule["source_modules"]]
    assert any("local_cloud" in rule["forbidden_modules"] for rule in rules)


def test_the_app_imports_no_verb_no_job_and_no_local_cloud() -> None:
    assert not imports(ROOT / "app.py") & {"cli", "glue_jobs", "local_cloud"}


def test_settings_and_contracts_are_read_without_starting_cdk() -> None:
    files = [*(ROOT / "config").glob("*.py"), *(ROOT / "contracts").glob("*.py")]
    assert files
    assert not [path for path in files if "aws_cdk" in imports(path)]


def test_settings_are_read_without_the_environment() -> None:
    assert not [path for path in (ROOT / "config").glob("*.py") if re.search(r"\benviron\b|getenv", path.read_text(encoding="utf-8"))]


def test_the_locks_are_what_pyproject_asks_for() -> None:
    assert locks.stale() == []


def test_a_changed_dependency_makes_its_lock_stale() -> None:
    changed = {**PYPROJECT, "dependency-groups": {**PYPROJECT["dependency-groups"], "local": ["duckdb"]}}
    assert locks.fingerprint("local", changed) != locks.fingerprint("local")
    assert locks.fingerprint("dev", changed) == locks.fingerprint("dev")


def test_every_locked_package_has_a_hash() -> None:
    for group in locks.GROUPS:
        text = (locks.LOCKS / f"{group}.txt").read_text(encoding="utf-8")
        packages = re.findall(r"^[a-z0-9].*", text, re.MULTILINE)
        assert packages
        assert all(package.endswith("\\") for package in packages)


def test_ci_runs_what_a_person_runs() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert commands == ["./lake check", "./lake test"]
    assert set(commands) <= {line.removesuffix(' "$@"') for line in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()}


def test_ci_pins_actions_by_commit_and_holds_no_secret() -> None:
    text = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    used = re.findall(r"uses: (\S+)", text)
    assert used
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in used)
    assert "secrets." not in text


def test_constructs_stays_free_of_an_init_file() -> None:
    assert not (ROOT / "constructs" / "__init__.py").exists()


def test_the_words_that_are_looked_for_do_not_find_themselves() -> None:
    assert list(findings([Path(forbidden.__file__)])) == []
