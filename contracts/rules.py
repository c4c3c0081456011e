"""Quality rules of the standard, as Spark SQL that a job evaluates without knowing the standard."""

from collections.abc import Iterator
from typing import Any

from open_data_contract_standard.model import DataQuality, SchemaProperty

from contracts import times
from contracts.contract import RowRule, Rule, Severity

OPERATORS = {
    "mustBe": "=",
    "mustNotBe": "<>",
    "mustBeGreaterThan": ">",
    "mustBeGreaterOrEqualTo": ">=",
    "mustBeLessThan": "<",
    "mustBeLessOrEqualTo": "<=",
    "mustBeBetween": "between",
    "mustNotBeBetween": "not between",
}
BOUNDS = {  # option of a logical type -> condition that breaks it
    "minimum": "{column} < {bound}",
    "maximum": "{column} > {bound}",
    "exclusiveMinimum": "{column} <= {bound}",
    "exclusiveMaximum": "{column} >= {bound}",
    "minLength": "length({column}) < {bound}",
    "maxLength": "length({column}) > {bound}",
    "pattern": "not {column} rlike {bound}",
}
EXTREMES = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
COUNTED = {  # library metric -> condition of the rows that it counts
    "nullValues": "{column} is null",
    "missingValues": "({column} is null or cast({column} as string) in ({missingValues}))",
    "invalidValues": "not cast({column} as string) in ({validValues})",
}
TABLE_METRICS = {"rowCount": "count(*)", "duplicateValues": "count(*) - count(distinct {column})"}


class RuleError(Exception):
    """A rule that the lake cannot evaluate."""


def row_rules(column: SchemaProperty, kind: str) -> Iterator[RowRule]:
    """Yield the conditions on one row that a column's options and its quarantining rules make.

    Args:
        kind: type of the column.

    Raises:
        RuleError: an option or a rule that a single row cannot answer.
    """
    for option, bound in (column.logicalTypeOptions or {}).items():
        if option not in BOUNDS:
            raise RuleError(f"logicalTypeOptions has {option}, expected one of {', '.join(BOUNDS)}")
        yield RowRule(
            name=f"{column.name} {option} {bound}",
            broken=BOUNDS[option].format(column=_name(column.name), bound=_bound(option, bound, kind)),
        )
    for quality in column.quality or []:
        if quality.severity == Severity.QUARANTINE:
            if quality.metric not in COUNTED or quality.mustBe != 0:
                raise RuleError(f"severity quarantine goes with mustBe: 0 and one of {', '.join(COUNTED)}, got {quality.metric}")
            yield RowRule(name=quality.name or f"{column.name} {quality.metric}", broken=_counted(quality, str(column.name)))


def rule(quality: DataQuality, column: str | None) -> Rule:
    """Return the condition on many rows that a quality entry states.

    Args:
        quality: an entry of type library or sql.
        column: the column it stands at; None where it stands at the table.

    Raises:
        RuleError: a metric, a type or an operator that the lake does not know.
    """
    name = quality.name or " ".join(filter(None, [column, quality.metric]))
    if quality.type == "sql":
        return Rule(name=name, scope="table", value=str(quality.query).strip(), wanted=_wanted(quality), severity=_severity(quality))
    if quality.type not in (None, "library"):
        raise RuleError(f"quality rule {name!r} has type {quality.type}, expected library or sql")
    if column is None and (quality.arguments or {}).get("properties"):
        (column,) = _arguments(quality)["properties"]
    if quality.metric in TABLE_METRICS:
        value = TABLE_METRICS[quality.metric].format(column=_name(column))
        return Rule(name=name, scope="table", value=value, wanted=_wanted(quality), severity=_severity(quality))
    if quality.metric not in COUNTED or column is None:
        known = ", ".join([*COUNTED, *TABLE_METRICS])
        raise RuleError(f"quality rule {name!r} has metric {quality.metric} of column {column}, expected a column and one of {known}")
    value = f"count_if({_counted(quality, column)})"
    if quality.unit == "percent":
        value = f"100.0 * {value} / count(*)"
    return Rule(name=name, scope="batch", value=value, wanted=_wanted(quality), severity=_severity(quality))


def _bound(option: str, bound: Any, kind: str) -> str:
    """Return a bound as a literal that a column of this type can be compared with: with any other, the rule would never be broken."""
    if option not in EXTREMES:
        return literal(bound)
    if kind in times.TIMES:
        try:
            return times.literal(bound, kind)
        except times.TimeError as error:
            raise RuleError(f"{option} {error}") from error
    return literal(bound)


def literal(value: Any) -> str:
    """Return a Python value as a Spark SQL literal."""
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


def _counted(quality: DataQuality, column: str) -> str:
    arguments = _arguments(quality)
    if quality.metric == "invalidValues" and "pattern" in arguments:
        return f"not {_name(column)} rlike {literal(arguments['pattern'])}"
    lists = {name: ", ".join(literal(str(value)) for value in values) for name, values in arguments.items() if isinstance(values, list)}
    try:
        return COUNTED[str(quality.metric)].format(column=_name(column), **lists)
    except KeyError as missing:
        raise RuleError(f"metric {quality.metric} of {column} needs arguments: {missing.args[0]}, got {sorted(arguments)}") from missing


def _arguments(quality: DataQuality) -> dict[str, Any]:
    return quality.arguments or {}


def _wanted(quality: DataQuality) -> str:
    for operator, sign in OPERATORS.items():
        bound = getattr(quality, operator)
        if isinstance(bound, list):
            return f"value {sign} {literal(bound[0])} and {literal(bound[1])}"
        if bound is not None:
            return f"value {sign} {literal(bound)}"
    raise RuleError(f"quality rule {quality.name!r} says nothing of what is wanted, expected one of {', '.join(OPERATORS)}")


def _severity(quality: DataQuality) -> Severity:
    if quality.severity not in set(Severity):
        raise RuleError(f"quality rule {quality.name!r} has severity {quality.severity}, expected one of {', '.join(Severity)}")
    return Severity(quality.severity)


def _name(column: str | None) -> str:
    return f"`{column}`"
