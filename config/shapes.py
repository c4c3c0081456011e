"""Checks on the shape of a text, with a message in the words of whoever writes it."""

import re

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


def shaped(pattern: str, meaning: str) -> AfterValidator:
    """Return a validator for texts that are `pattern` from end to end.

    Args:
        pattern: regular expression.
        meaning: what is allowed, put after "expected".
    """

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise PydanticCustomError("shape", "expected {meaning}", {"meaning": meaning})
        return text

    return AfterValidator(check)
