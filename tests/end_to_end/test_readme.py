"""The commands of the README's table, typed one after the other."""

import re
import shlex
from pathlib import Path

from tests.end_to_end.files import first_rows, months
from tests.end_to_end.lake import ROOT, Lake

COMMAND = re.compile(r"^\| [^|]+ \| `\./lake ([^`]+)`", re.MULTILINE)

ELSEWHERE = (
    "alarms",
    "new-dataset",
    "destroy",
    "smoke",
    "pull",
    "cost",
    "drill",
)  # tests of their own look at alarms, which end the verb with 1 where one is on, draft, deploy and destroy, land other rows, have an API to pull from, synthesise, and drill alarms for minutes


def test_every_command_of_the_table_works_as_it_stands(lake: Lake, tmp_path: Path) -> None:
    found = COMMAND.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    commands = [command for command in found if command.split()[0] not in ELSEWHERE]
    assert len(commands) >= 5
    file = first_rows(months()[0], tmp_path, 20)
    for command in commands:
        words = [str(file) if word == "FILE.csv" else word for word in shlex.split(command)]
        lake.run(*(["local", "status"] if words[0] == "local" else words))
    page = (ROOT / ".lake" / "status.html").read_text(encoding="utf-8")
    assert re.search(r'data-label="Rows" class="number">20<', page)
    assert "in quarantine" in (ROOT / ".lake" / "catalogue" / lake.environment.stem / "flights.html").read_text(encoding="utf-8")
    assert lake.query("select count(*) as flights from lake_processed.flights") == [{"flights": 20}]
