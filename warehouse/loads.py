"""The transaction by which a copy follows its product. What a load knows only when it runs stands in braces."""

import re

from contracts.contract import Contract
from contracts.zone import Zone
from warehouse.definitions import ADMIN, NATIVE
from warehouse.sql import name, text

PARTS = re.compile(r"(year|month|day|hour)s?\((\w+)\)")
WIDTH = re.compile(r"(?:bucket|truncate)\(\d+, ?(\w+)\)")
AS_OF, ROWS, SNAPSHOT, RUN = "{as_of}", "{rows}", "{snapshot}", "{run}"
"""The moment at which the announced snapshot was the lake's, in UTC, and its rows; the snapshot; the run that loads it."""


def statements(contract: Contract) -> list[str]:
    """Return the statements of one transaction, after which the copy holds the rows of the announced snapshot, and nothing else.

    The parts in which the copy differs from the snapshot are deleted and inserted, so that a load does the same however often it is run, whatever the copy
    held before, and a part that became empty is empty. Rows have a unique key, so what `except` gives is every difference. The last
    condition fails the transaction where the number of rows is another one than the job published: a text that is no number cannot be cast.
    """
    columns = ", ".join(name(column.name) for column in contract.columns)
    copy, there, changed = (
        f"{NATIVE}.{name(contract.name)}",
        f"{Zone.CONSUMER}.{name(contract.name)} as of timestamp '{AS_OF}'",
        name(f"changed_{contract.name}"),
    )
    of_copy, of_lake, part = f"select {columns} from {copy}", f"select {columns} from {there}", part_of(contract)
    wrong = f"'{NATIVE}.{contract.name} has ' || cast(count(*) as varchar) || ' rows after the load, and its snapshot has {ROWS}'"
    return [
        (
            f"create temp table {changed} as select distinct {part} as part"
            f" from (({of_copy} except {of_lake}) union all ({of_lake} except {of_copy})) as difference"
        ),
        f"delete from {copy} where {part} in (select part from {changed})",
        f"insert into {copy} ({columns}) {of_lake} where {part} in (select part from {changed})",
        f"drop table {changed}",
        f"select cast(case when count(*) = {ROWS} then '0' else {wrong} end as integer) as rows_agree from {copy}",
        (
            f"insert into {ADMIN}.loads (dataset, snapshot, row_count, run, loaded_at)"
            f" values ({text(contract.name)}, '{SNAPSHOT}', {ROWS}, '{RUN}', getdate())"
        ),
    ]


def part_of(contract: Contract) -> str:
    """Return what tells the parts of a product that are loaded anew each as a whole: its first partition; without one it is all one part.

    A partition's column belongs to the key, and is never null.
    """
    for transform in contract.partition_by:
        if found := PARTS.fullmatch(transform):
            return f"date_trunc('{found[1]}', {name(found[2])})"
        width = WIDTH.fullmatch(transform)
        return name(width[1] if width else transform)
    return "1"
