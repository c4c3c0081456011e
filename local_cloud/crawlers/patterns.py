"""Glob patterns of a crawler's exclusions.

https://docs.aws.amazon.com/glue/latest/dg/define-crawler-choose-data-sources.html: `*` stays within a folder, `**` does not.
"""

import re

_TOKEN = re.compile(r"\\.|\*\*|\*|\?|\[[^\]]+\]|[{},]|.", re.DOTALL)
_SIMPLE = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}


def expression(pattern: str) -> re.Pattern[str]:
    """Return the regular expression for a whole path, relative to the crawler's target, that a glob pattern stands for."""
    depth, made = 0, []
    for token in _TOKEN.findall(pattern):
        depth += {"{": 1, "}": -1}.get(token, 0)
        made.append("|" if token == "," and depth else _SIMPLE.get(token) or _other(token))
    return re.compile("".join(made), re.DOTALL)


def _other(token: str) -> str:
    if token.startswith("["):
        return "[^" + token[2:] if token[1] == "!" else token
    return re.escape(token.removeprefix("\\") if len(token) > 1 else token)
