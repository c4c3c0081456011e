"""Metric math, as far as one datapoint goes: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html.

Arithmetic, comparisons, `&&`, `||`, and the functions below. A missing datapoint makes missing what is calculated from it, but for FILL and for the functions
over a list, which pass it over. What looks at more than one datapoint (RATE, ANOMALY_DETECTION_BAND, SEARCH, METRICS and so on) is refused by name.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Number = float | None
Known = Mapping[str, Number]

BINARY: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.BitXor: operator.pow,  # the sign for a power
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
OF_LIST: dict[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum,
    "MIN": min,
    "MAX": max,
    "AVG": lambda values: sum(values) / len(values),
}
OF_ONE: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
FUNCTIONS = ("FILL", "IF", *OF_LIST, *OF_ONE)


class UnsupportedError(ValueError):
    """An expression that the local cloud does not calculate; the text names what of it."""


def evaluate(expression: str, known: Known) -> Number:
    """Return what an expression comes to, None for no datapoint.

    Raises:
        UnsupportedError: it has what is not in here, or names what is not `known`.
    """
    found = _value(_parsed(expression), known)
    return None if found is None else float(found)


def unsupported(expression: str, names: Sequence[str]) -> str | None:
    """Return what of an expression is not calculated here, None where all is."""
    try:
        evaluate(expression, dict.fromkeys(names, 1.0))
    except UnsupportedError as problem:
        return str(problem)
    return None


def _parsed(expression: str) -> ast.expr:
    try:
        return ast.parse(expression.replace("&&", " and ").replace("||", " or ").strip(), mode="eval").body
    except SyntaxError:
        raise UnsupportedError(f"the expression {expression}; it has arithmetic, comparisons and {', '.join(FUNCTIONS)}") from None


def _value(node: ast.expr, known: Known) -> Number:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _all([inner], known, lambda values: -values[0])
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            # a division by nothing gives no datapoint
            return _all([left, right], known, lambda values: values[0] / values[1] if values[1] else None)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in BINARY:
            return _all([left, right], known, lambda values: BINARY[type(sign)](*values))
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in BINARY:
            return _all([left, right], known, lambda values: float(BINARY[type(sign)](*values)))
        case ast.BoolOp(op=ast.And(), values=parts):
            return _all(parts, known, lambda values: float(all(values)))
        case ast.BoolOp(op=ast.Or(), values=parts):
            return _all(parts, known, lambda values: float(any(values)))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            return _call(name, arguments, known)
    raise UnsupportedError(
        f"{ast.unparse(node)} in an expression; it has arithmetic, comparisons, the ids of queries and {', '.join(FUNCTIONS)}"
    )


def _call(name: str, arguments: Sequence[ast.expr], known: Known) -> Number:
    match name, arguments:
        case "FILL", [metric, filling]:
            found = _value(metric, known)
            return _value(filling, known) if found is None else found
        case "IF", [condition, then]:
            return _value(then, known) if _value(condition, known) else None
        case "IF", [condition, then, otherwise]:
            return _value(then if _value(condition, known) else otherwise, known)
        case _, [ast.List(elts=listed)] if name in OF_LIST:
            there = [value for each in listed if (value := _value(each, known)) is not None]
            return OF_LIST[name](there) if there else None
        case _, [one] if name in OF_ONE:
            return _all([one], known, lambda values: OF_ONE[name](values[0]))
    raise UnsupportedError(f"{name} with {len(arguments)} arguments in an expression")


def _all(nodes: Sequence[ast.expr], known: Known, calculate: Callable[[list[Any]], Number]) -> Number:
    values = [_value(node, known) for node in nodes]
    return None if None in values else calculate(values)
