"""Whether every value of one type of Redshift is one of another. The standard library only: it travels to Lambda."""

import re

WHOLE = {"smallint": 5, "integer": 10, "bigint": 19}  # type -> digits
WIDER = {("real", "double precision"), ("date", "timestamp")}
"""Pairs beside those of one kind. A timestamp is no timestamptz: which moment it is depends on the session."""
SIZED = re.compile(r"(varchar|varbyte)\((\d+)\)")
DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")


def is_wider(new: str, old: str) -> bool:
    """Tell whether all values of type `old` can be cast to `new` and stay what they are; an unknown type cannot."""
    if new == old or (old, new) in WIDER:
        return True
    if old in WHOLE and new in WHOLE:
        return WHOLE[new] >= WHOLE[old]
    if (a := SIZED.fullmatch(new)) and (b := SIZED.fullmatch(old)):
        return a[1] == b[1] and int(a[2]) >= int(b[2])
    if a := DECIMAL.fullmatch(new):
        digits, scale = int(a[1]), int(a[2])
        if b := DECIMAL.fullmatch(old):
            return scale >= int(b[2]) and digits - scale >= int(b[1]) - int(b[2])
        return old in WHOLE and digits - scale >= WHOLE[old]
    return False
