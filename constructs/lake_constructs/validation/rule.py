"""What a rule is: it looks at resources of some types, and says of each what is wrong and how to mend it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lake_constructs.validation.templates import Resource, Templates

Check = Callable[[Templates, Resource], Iterator[str]]


@dataclass(frozen=True)
class Finding:
    """A resource that breaks a rule."""

    rule: str
    resource: Resource
    problem: str
    mend: str

    def __str__(self) -> str:
        return f"{self.resource}: {self.problem}; {self.mend} ({self.rule})"


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        name: by which it is reported and acknowledged.
        types: of the resources that it looks at; all where it names none.
        mend: how to mend what breaks it.
    """

    name: str
    types: tuple[str, ...]
    mend: str
    check: Check

    def seen(self, templates: Templates) -> list[Resource]:
        """Return the resources that it looks at."""
        return templates.resources(*self.types)

    def findings(self, templates: Templates) -> Iterator[Finding]:
        """Yield what breaks it."""
        for resource in self.seen(templates):
            try:
                yield from (Finding(self.name, resource, problem, self.mend) for problem in self.check(templates, resource))
            except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
                problem = f"it is written in a way that this rule cannot read ({type(error).__name__}: {error})"
                yield Finding(
                    self.name, resource, problem, f"write it without an intrinsic there, or acknowledge Deployability::{self.name}"
                )


def rule(*types: str, mend: str) -> Callable[[Check], Rule]:
    """Make a rule of a function that yields what is wrong with one resource; its name is the rule's."""
    return lambda check: Rule(getattr(check, "__name__", "").replace("_", "-"), types, mend, check)
