"""Filter patterns of CloudWatch Logs, as far as metric filters here use them; every other is refused.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html: words and phrases, all of which or (each with a question mark) one of
which a line has; and conditions on the fields of a line of JSON, with a star for any characters.
"""

import json
import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any

Matches = Callable[[str], bool]
Holds = Callable[[Any], bool]

_TERM = re.compile(r'(?P<sign>[?-]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<word>\w+))(?:\s+|$)')
_TOKEN = re.compile(r'\s*(?:(\|\||&&|[()])|\$((?:\.\w+)+)\s*(!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|(-?\d+(?:\.\d+)?)))')


class UnknownPatternError(ValueError):
    """A pattern that the local cloud does not know."""


def compiled(pattern: str) -> Matches:
    """Return what tells whether a line matches.

    Raises:
        UnknownPatternError: the message has the part of the pattern that is not in the local cloud.
    """
    text = pattern.strip()
    return _of_fields(text) if text.startswith("{") else _of_words(text)


def _of_words(text: str) -> Matches:
    found: dict[str, list[str]] = {"": [], "?": [], "-": []}
    position = 0
    while position < len(text):
        term = _TERM.match(text, position)
        if term is None:
            raise UnknownPatternError(f"the filter pattern {text[position:]!r}; it has words, and phrases in quotes")
        found[term["sign"]].append(term["word"] or _plain(term["phrase"]))
        position = term.end()
    if found["?"] and (found[""] or found["-"]):
        raise UnknownPatternError(f"the filter pattern {text!r}, which mixes words with and without a question mark")
    return lambda line: (
        all(word in line for word in found[""])
        and not any(word in line for word in found["-"])
        and (not found["?"] or any(word in line for word in found["?"]))
    )


def _of_fields(text: str) -> Matches:
    if not text.endswith("}"):
        raise UnknownPatternError(f"the filter pattern {text!r}, which does not end with a brace")
    inner, tokens, position = text[1:-1].rstrip(), [], 0
    while position < len(inner):
        token = _TOKEN.match(inner, position)
        if token is None:
            raise UnknownPatternError(f"the filter pattern {inner[position:].strip()!r}; it has = and != of texts and numbers, && and ||")
        tokens.append(token)
        position = token.end()
    holds, rest = _either(tokens)
    if rest:
        raise UnknownPatternError(f"the filter pattern {text!r}: {rest[0][0].strip()!r} stands where nothing is expected")

    def matches(line: str) -> bool:
        try:
            return holds(json.loads(line))
        except ValueError:
            return False  # no JSON: such a pattern passes it over

    return matches


Tokens = Sequence["re.Match[str]"]


def _either(tokens: Tokens) -> tuple[Holds, Tokens]:
    return _joined(tokens, "||", lambda rest: _joined(rest, "&&", _one, all), any)


def _joined(
    tokens: Tokens, sign: str, part: Callable[[Tokens], tuple[Holds, Tokens]], combine: Callable[[Any], bool]
) -> tuple[Holds, Tokens]:
    first, rest = part(tokens)
    parts = [first]
    while rest and rest[0][1] == sign:
        more, rest = part(rest[1:])
        parts.append(more)
    return lambda fields: combine(holds(fields) for holds in parts), rest


def _one(tokens: Tokens) -> tuple[Holds, Tokens]:
    if not tokens or tokens[0][1] not in (None, "("):
        raise UnknownPatternError("a filter pattern with a condition missing")
    if tokens[0][1] == "(":
        holds, rest = _either(tokens[1:])
        if not rest or rest[0][1] != ")":
            raise UnknownPatternError("a filter pattern with a parenthesis that is not closed")
        return holds, rest[1:]
    _, path, sign, wanted, number = tokens[0].groups()
    if number is not None:
        return (lambda fields: (_field(fields, path) == float(number)) == (sign == "=")), tokens[1:]
    glob = _plain(wanted).replace("[", "[[]").replace("?", "[?]")
    return (lambda fields: fnmatchcase(str(_field(fields, path)), glob) == (sign == "=")), tokens[1:]


def _field(fields: Any, path: str) -> Any:
    for name in path.split(".")[1:]:
        fields = fields.get(name) if isinstance(fields, dict) else None
    return fields


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)
