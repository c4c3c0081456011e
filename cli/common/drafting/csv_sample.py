"""A CSV file as a sample."""

from collections import Counter
from pathlib import Path

import duckdb

from cli.common.drafting.sample import TABLE, Sample, SampleField, first_words, literal
from cli.common.errors import UserError

KINDS = ("boolean", "int", "bigint", "double", "date", "timestamp", "string")
QUOTES = ('"', "", "(empty)", "\0")


def read(file: Path, head: bytes) -> Sample:
    """Return a CSV file as a sample, its delimiter and header found by DuckDB.

    Raises:
        UserError: what the lake's own reader would not take apart as DuckDB does; with what to do.
    """
    connection = duckdb.connect()
    try:
        dialect = connection.sql(f"from sniff_csv({literal(file)}, sample_size=-1, ignore_errors=true)").fetchone()
    except duckdb.Error as error:
        raise UserError(f"{file}: DuckDB sees no CSV in it: {first_words(error)}") from error
    assert dialect is not None
    delimiter, quote, _, _, _, skipped, header, columns, *_ = dialect
    width = len(columns)
    if skipped:
        raise UserError(f"{file}: its first {skipped} lines are no records; the lake reads the header from the first line: remove them")
    if quote not in QUOTES:
        raise UserError(f'{file}: quotes with {quote}; the lake reads " alone: write the file again with it')
    names = _header(file, head, delimiter) if header else []
    _load(connection, file, delimiter, header, width)
    if header and len(names) != width:
        raise UserError(f"{file}: the header has {len(names)} names ({names}) and the records {width} fields; make them agree")
    names = names or [f"column_{position}" for position in range(1, width + 1)]
    return Sample(
        connection=connection,
        file=file,
        format="csv",
        fields=[SampleField(name=name, kinds=KINDS) for name in names],
        delimiter=delimiter,
        header=header,
        multiline=(lines := _records_over_lines(connection, width)) > 0,
        notes=list(_notes(connection, width, header, lines)),
    )


def _header(file: Path, head: bytes, delimiter: str) -> list[str]:
    """Return the names as the job takes the first line apart: at each delimiter, quoted or not."""
    line = head.splitlines()[0].decode("utf-8-sig", errors="replace")
    names = [name.strip('"') for name in line.split(delimiter)]
    if missing := [position for position, name in enumerate(names, start=1) if not name.strip()]:
        raise UserError(f"{file}: field {missing[0]} has no name in the header; give it one")
    lower = Counter(name.lower() for name in names)
    if twice := [name for name in names if lower[name.lower()] > 1]:
        raise UserError(f"{file}: the header has {', '.join(twice)}, which Spark takes for one name; rename all but one")
    return names


def _load(connection: duckdb.DuckDBPyConnection, file: Path, delimiter: str, header: bool, width: int) -> None:
    options = f"delim={literal(delimiter)}, quote='\"', escape='\"', header={str(header).lower()}, auto_detect=false, store_rejects=true"
    columns = {f"c{position}": "VARCHAR" for position in range(width)}
    connection.execute(f"create table {TABLE} as from read_csv({literal(file)}, {options}, columns={columns})")


def _records_over_lines(connection: duckdb.DuckDBPyConnection, width: int) -> int:
    broken = " or ".join(f"contains(c{position}, chr(10))" for position in range(width))
    (records,) = connection.sql(f"select count(*) from {TABLE} where {broken}").fetchone() or (0,)
    return int(records)


def _notes(connection: duckdb.DuckDBPyConnection, width: int, header: bool, lines: int) -> list[str]:
    notes = (
        [] if header else ["the first line is a record like the others: the columns have numbers for names, rename them in the contract"]
    )
    if width == 1:
        notes.append("one column: where there should be more, DuckDB found no delimiter that all lines agree on")
    (rejected,) = connection.sql("select count(distinct line) from reject_errors").fetchone() or (0,)
    if rejected:
        notes.append(f"{rejected:,} lines are no records of {width} fields: the lake sets them apart in quarantine")
    if lines:
        notes.append(f"{lines:,} records have a line break inside quotes: multiline, so each object is read whole by one worker")
    return notes
