"""What CREATE TABLE says on Redshift of how a table is stored, which DuckDB does not need, and of what it holds, which it does."""

from dataclasses import dataclass, field

from sqlglot import exp

from local_cloud.redshift.failure import NotTranslatedError
from local_cloud.redshift.parsing import DIALECT

TEXTS = {exp.DataType.Type[name] for name in ("VARCHAR", "CHAR", "NVARCHAR", "NCHAR", "BPCHAR")}
DEFAULT_LENGTHS = {exp.DataType.Type.CHAR: 1, exp.DataType.Type.NCHAR: 1, exp.DataType.Type.BPCHAR: 256}
LONGEST = 65535
# kept as Redshift keeps them: for its planner, not for the data
INFORMATION = (exp.PrimaryKeyColumnConstraint, exp.UniqueColumnConstraint, exp.Reference)
TABLE_INFORMATION = (exp.PrimaryKey, exp.ForeignKey, exp.UniqueColumnConstraint)
HELD = (exp.NotNullColumnConstraint, exp.DefaultColumnConstraint)
MISSING = {exp.DataType.Type[name] for name in ("SUPER", "HLLSKETCH", "GEOMETRY", "GEOGRAPHY", "INTERVAL")}


@dataclass
class Table:
    """How a table is stored."""

    distribution: str = "AUTO"
    sort_keys: list[str] = field(default_factory=list)
    encodings: dict[str, str] = field(default_factory=dict)
    temporary: bool = False

    @classmethod
    def of(cls, parsed: exp.Create) -> "Table":
        """Take the storage out of a CREATE TABLE, and leave what DuckDB can hold.

        Raises:
            NotTranslatedError: it says more than that.
        """
        table = cls()
        for option in parsed.args["properties"].expressions if parsed.args.get("properties") else ():
            table._take(option, parsed)
        if table.temporary:
            parsed.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))
        else:
            parsed.set("properties", None)
        if isinstance(parsed.this, exp.Schema):
            kept = [cls._part(table, part, parsed) for part in parsed.this.expressions]
            parsed.this.set("expressions", [part for part in kept if part is not None])
        return table

    @classmethod
    def without_storage(cls, definition: exp.ColumnDef) -> None:
        """Take the encoding out of a column, and hold its length."""
        cls()._column(definition, definition)

    def _take(self, option: exp.Expr, parsed: exp.Create) -> None:
        match option:
            case exp.DistStyleProperty():
                self.distribution = option.name.upper()
            case exp.DistKeyProperty():
                self.distribution = f"KEY({option.name.lower()})"
            case exp.SortKeyProperty():
                self.sort_keys = [found.name.lower() for found in option.this]
            case exp.TemporaryProperty():
                self.temporary = True
            case _:
                raise NotTranslatedError(f"CREATE TABLE with {option.sql(DIALECT)}", parsed.sql(DIALECT))

    def _part(self, part: exp.Expr, parsed: exp.Create) -> exp.Expr | None:
        if isinstance(part, exp.ColumnDef):
            return self._column(part, parsed)
        if isinstance(part, TABLE_INFORMATION) or (isinstance(part, exp.Constraint) and isinstance(part.expressions[0], TABLE_INFORMATION)):
            return None
        if isinstance(part, exp.LikeProperty):
            return part
        raise NotTranslatedError(f"CREATE TABLE with {part.sql(DIALECT)}", parsed.sql(DIALECT))

    def _column(self, definition: exp.ColumnDef, parsed: exp.Expr) -> exp.ColumnDef:
        kind, kept = definition.args.get("kind"), []
        if isinstance(kind, exp.DataType) and kind.this in MISSING:
            raise NotTranslatedError(f"a column of type {kind.sql(DIALECT)}", parsed.sql(DIALECT))
        for constraint in definition.args.get("constraints") or []:
            what = constraint.args["kind"]
            if isinstance(what, exp.EncodeColumnConstraint):
                self.encodings[definition.name] = what.name
            elif isinstance(what, HELD):
                kept.append(constraint)
            elif not isinstance(what, INFORMATION):
                raise NotTranslatedError(f"a column with {constraint.sql(DIALECT)}", parsed.sql(DIALECT))
        if isinstance(kind, exp.DataType) and kind.this in TEXTS:
            kept.append(_at_most(definition.name, _length(kind)))
        definition.set("constraints", kept)
        return definition


def _length(kind: exp.DataType) -> int:
    """Return the bytes that a type of texts takes: written out, MAX, or Redshift's default."""
    said = kind.expressions[0].this if kind.expressions else None
    if said is None:
        return DEFAULT_LENGTHS.get(kind.this, 256)
    return int(said.name) if isinstance(said, exp.Literal) else LONGEST


def _at_most(column: str, length: int) -> exp.ColumnConstraint:
    check = exp.LTE(this=exp.Anonymous(this="strlen", expressions=[exp.column(column, quoted=True)]), expression=exp.Literal.number(length))
    return exp.ColumnConstraint(kind=exp.CheckColumnConstraint(this=check))
