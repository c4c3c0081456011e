"""Functions of Redshift that DuckDB calls otherwise: texts out of bytes, and values out of texts of JSON."""

from collections.abc import Callable

from sqlglot import exp

from local_cloud.redshift.failure import NotTranslatedError
from local_cloud.redshift.parsing import DIALECT


def as_duckdb(parsed: exp.Expr) -> None:
    """Put DuckDB's functions in the place of Redshift's.

    Raises:
        NotTranslatedError: one is asked for something that is not here.
    """
    for node in reversed(list(parsed.find_all(exp.JSONExtractScalar, exp.Anonymous))):  # those within others first
        if isinstance(node, exp.JSONExtractScalar):
            node.replace(_path_text(node))
        elif isinstance(node, exp.Anonymous) and (translate := _BY_NAME.get(node.name.lower())):
            node.replace(translate(node))


def _path_text(node: exp.JSONExtractScalar) -> exp.Expr:
    """JSON_EXTRACT_PATH_TEXT: names one by one, and whether what is no JSON gives null."""
    steps = [node.expression, *node.expressions]
    lenient = isinstance(steps[-1], exp.Boolean) and bool(steps.pop().this)
    names = [step.this for step in steps if isinstance(step, exp.Literal) and step.is_string]
    if not names or len(names) < len(steps):
        raise NotTranslatedError("JSON_EXTRACT_PATH_TEXT of names that are not written out", node.sql(DIALECT))
    path = "$" + "".join('."' + name.replace('"', '\\"') + '"' for name in names)
    found = _call("json_extract_string", node.this, exp.Literal.string(path))
    return _call("try", found) if lenient else found


def _text(node: exp.Anonymous) -> exp.Expr:
    form = node.expressions[1] if len(node.expressions) > 1 else None
    if form is None or form.name.lower() not in ("utf8", "utf-8"):
        raise NotTranslatedError("FROM_VARBYTE of anything but utf-8", node.sql(DIALECT))
    return _call("try", _call("decode", node.expressions[0]))


def _is_text(node: exp.Anonymous) -> exp.Expr:
    return exp.paren(exp.not_(exp.Is(this=_call("try", _call("decode", node.expressions[0])), expression=exp.null())))


def _is_json(node: exp.Anonymous) -> exp.Expr:
    text = _call("try", _call("decode", node.expressions[0]))
    return exp.func("coalesce", _call("json_valid", text), exp.false())


def _call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


_BY_NAME: dict[str, Callable[[exp.Anonymous], exp.Expr]] = {"from_varbyte": _text, "is_utf8": _is_text, "can_json_parse": _is_json}
