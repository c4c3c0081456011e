"""What a sample's values say of its columns: types, what is never missing, what identifies a record, and when it is from."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from cli.common.drafting.names import legal
from cli.common.drafting.sample import TABLE, Sample, literal

NULL_WORDS = ("NA", "N/A", "n/a", "NULL", "null", "None", "nan", "NaN", "-", "\\N", "?")
FEWEST_FOR_A_KEY = 10  # records; among fewer, anything is unique
MOST_IN_A_KEY, MOST_TRIED = 3, 6  # columns
MONTHS_FOR_PARTITIONS = 2

SECONDS = r"(:\d{2}(\.\d{1,6})?)?"
# a type -> texts that Spark casts to it without loss; a number with a leading zero is a code
PATTERNS = {
    "boolean": (r"(?i)true|false", "BOOLEAN"),
    "int": (r"0|-?[1-9]\d*", "INTEGER"),
    "bigint": (r"0|-?[1-9]\d*", "BIGINT"),
    "double": (r"-?(0|[1-9]\d*)?(\.\d*)?([eE][+-]?\d+)?", "DOUBLE"),
    "date": (r"\d{4}-\d{2}-\d{2}", "DATE"),
    "timestamp": (rf"\d{{4}}-\d{{2}}-\d{{2}}[T ]\d{{2}}:\d{{2}}{SECONDS}(Z|[+-]\d{{2}}:\d{{2}})?", "TIMESTAMPTZ"),
}
IDENTIFYING = re.compile(r"(^|_)(id|ids|key|code|uuid|guid|number|no|nr|sku|isbn|iata)_?$")
TIMELY = re.compile(r"(^|_)(at|on|time|date|datetime|timestamp|ts|day|created|updated|modified|changed|start|started)_?($|_)")
CHANGED = re.compile(r"(^|_)(updated|modified|changed|version)(_|$)")
OTHER_DATES = {"MM/dd/yyyy": "%m/%d/%Y", "dd/MM/yyyy": "%d/%m/%Y", "dd.MM.yyyy": "%d.%m.%Y"}  # Spark's pattern -> DuckDB's


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A column, and why.

    Attributes:
        source: the field's name in the source.
        index: of its text column in the sample.
    """

    name: str
    source: str
    type: str
    required: bool
    why: str
    index: int
    is_nested_text: bool = False


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a contract of the sample says, and why.

    Attributes:
        key: columns that identify a record; none for load append.
        why: of the whole: key, time, nulls, and what to know of the file.
    """

    sample: Sample
    rows: int
    columns: Sequence[Guess]
    key: Sequence[str]
    latest_by: Sequence[str]
    partition_by: Sequence[str]
    null_value: str | None
    why: Sequence[str]


def draft(sample: Sample) -> Draft:
    """Return what the sample says."""
    (rows,) = (int(str(value)) for value in sample.one(f"select count(*) from {TABLE}"))
    null_value, why_null = _null_value(sample)
    columns = [_column(sample, index, name, null_value, rows) for index, name in enumerate(legal(field.name for field in sample.fields))]
    key, why_key = _key(sample, columns, rows)
    time, why_time = _time(columns)
    latest = [column.name for column in columns if column.type == "timestamp" and CHANGED.search(column.name)][:1] if key else []
    partition = [f"month({time.name})"] if time and (not key or time.name in key) and _months(sample, time) >= MONTHS_FOR_PARTITIONS else []
    why = [why_key, *([f"latestBy {latest[0]}: by its name it tells the later of two records with one key"] if latest else []), why_time]
    if partition:
        why.append(f"partitionBy {partition[0]}: the sample spans {MONTHS_FOR_PARTITIONS} months or more")
    return Draft(
        sample=sample,
        rows=rows,
        columns=columns,
        key=key,
        latest_by=latest,
        partition_by=partition,
        null_value=null_value,
        why=[*why, *why_null, *sample.notes],
    )


def _null_value(sample: Sample) -> tuple[str | None, list[str]]:
    """Return the word that, taken for nothing, gives the most columns a type."""
    if sample.format != "csv":
        return None, []
    gains: dict[str, int] = {}
    for index, field in enumerate(sample.fields):
        (found,) = sample.one(f"select list(distinct c{index}) from {TABLE} where c{index} in ({', '.join(map(literal, NULL_WORDS))})")
        words = found if isinstance(found, list) else []
        if words and _type(sample, index, field.kinds, None) == "string":
            for word in words:
                gains[word] = gains.get(word, 0) + (_type(sample, index, field.kinds, word) != "string")
    best = max(gains, key=lambda word: gains[word], default=None)
    if best is None or not gains[best]:
        return None, []
    return best, [f"nullValue {best!r}: columns whose other values are of one type hold it ({gains[best]} of them)"]


def _column(sample: Sample, index: int, name: str, null_value: str | None, rows: int) -> Guess:
    field = sample.fields[index]
    kind = _type(sample, index, field.kinds, null_value)
    (present,) = (int(str(value)) for value in sample.one(f"select count(*) from {TABLE} where {_present(index, null_value)}"))
    whys = [_why_type(sample, index, kind, null_value, present), _why_present(present, rows), field.note.format(name=name)]
    return Guess(
        name=name,
        source=field.name,
        type=kind,
        required=present == rows and rows >= FEWEST_FOR_A_KEY,
        why="; ".join(filter(None, whys)),
        index=index,
        is_nested_text=field.is_nested_text,
    )


def _type(sample: Sample, index: int, kinds: Sequence[str], null_value: str | None) -> str:
    """Return the first of the types that every value has; `string` where there is no value to tell."""
    if len(kinds) == 1:
        return kinds[0]
    tests = ", ".join(_fits(f"c{index}", kind) for kind in kinds)
    fits = sample.one(f"select {tests} from {TABLE} where {_present(index, null_value)}")
    return next((kind for kind, fit in zip(kinds, fits, strict=True) if fit), "string")


def _fits(value: str, kind: str) -> str:
    if kind not in PATTERNS:
        return "true"
    pattern, cast = PATTERNS[kind]
    return f"bool_and(regexp_full_match({value}, {literal(pattern)}) and try_cast({value} as {cast}) is not null)"


def _present(index: int, null_value: str | None) -> str:
    nothing = ", ".join(map(literal, ["", *([null_value] if null_value is not None else [])]))
    return f"c{index} is not null and c{index} not in ({nothing})"


def _why_type(sample: Sample, index: int, kind: str, null_value: str | None, present: int) -> str:
    if not present:
        return f"{kind}: no record has a value"
    if len(sample.fields[index].kinds) == 1:
        return f"{kind}: as the file itself says" if sample.format == "parquet" else kind
    if kind != "string":
        return f"{kind}: all {present:,} values are"
    (zeros,) = sample.one(rf"select count(*) from {TABLE} where regexp_full_match(c{index}, '0\d+')")
    if zeros:
        return f"string: {zeros:,} values begin with a zero that a number would lose"
    for pattern, duck in OTHER_DATES.items():
        where = f"{TABLE} where {_present(index, null_value)}"
        (fits,) = sample.one(f"select bool_and(try_strptime(c{index}, '{duck}') is not null) from {where}")
        if fits:
            return f"string: dates, but not as 2013-12-31; transformLogic: to_date(`...`, '{pattern}') would make one of it"
    return "string: its values are of no narrower type"


def _why_present(present: int, rows: int) -> str:
    if present == rows:
        return "never missing" if rows >= FEWEST_FOR_A_KEY else f"never missing, but among {rows} records that says little"
    return f"missing in {rows - present:,} of {rows:,}"


def _key(sample: Sample, columns: Sequence[Guess], rows: int) -> tuple[list[str], str]:
    """Return the columns that identify a record, and why.

    A wrong key would drop records, load append only keeps them twice: what is unique by chance is therefore no key.
    """
    if rows < FEWEST_FOR_A_KEY:
        return (
            [],
            f"load append: among {rows} records anything is unique; mark the key with primaryKey and use load: upsert if there is one",
        )
    able = [
        column for column in columns if column.required and column.type not in ("double", "float", "boolean") and not column.is_nested_text
    ]
    named = [column for column in able if IDENTIFYING.search(column.name)]
    first = [column for column in able if column.index == 0 and column.type not in ("date", "timestamp")]
    for column in [*named, *first]:
        if _is_unique(sample, [column], rows):
            return [column.name], f"load upsert by {column.name}: each of {rows:,} records has another one, and it reads like an identity"
    parts = [column for column in able if column in named or column.type in ("date", "timestamp")][:MOST_TRIED]
    for group in _groups(parts):
        if _is_unique(sample, group, rows):
            names = [column.name for column in group]
            return names, f"load upsert by {' and '.join(names)}: together they differ in each of {rows:,} records"
    return (
        [],
        "load append: no column, and no few of identities and times together, tell all records apart; landing a file twice doubles its rows",
    )


def _groups(columns: Sequence[Guess]) -> Iterator[tuple[Guess, ...]]:
    for size in range(2, MOST_IN_A_KEY + 1):
        yield from (group for group in combinations(columns, size) if any(IDENTIFYING.search(column.name) for column in group))


def _is_unique(sample: Sample, group: Sequence[Guess], rows: int) -> bool:
    values = ", ".join(f"c{column.index}" for column in group)
    return sample.one(f"select count(*) from (select distinct {values} from {TABLE})") == (rows,)


def _time(columns: Sequence[Guess]) -> tuple[Guess | None, str]:
    times = [column for column in columns if column.type in ("date", "timestamp")]
    ranked = sorted(times, key=lambda column: (not column.required, column.type == "date", not TIMELY.search(column.name), column.index))
    if not ranked:
        return None, "no column tells a time: rows are told apart in time by their arrival alone"
    return (
        ranked[0],
        f"{ranked[0].name} tells the time of a record: it is the first {ranked[0].type} that is {'always' if ranked[0].required else 'sometimes'} there",
    )


def _months(sample: Sample, time: Guess) -> int:
    (found,) = sample.one(f"select count(distinct left(c{time.index}, 7)) from {TABLE}")
    return int(str(found)) if time.required else 0
