"""The edges of a definition: what there is to come by, and what was come by."""

from collections.abc import Iterator
from typing import Any

Definition = dict[str, Any]
KINDS = ("state", "transition", "retry", "catch")


def marked(definition: Definition, above: str = "") -> Definition:
    """Return the definition with its place in the comment of each state, choice, retrier and catcher, which the interpreter passes over."""
    states = {}
    for name, state in definition["States"].items():
        place = f"{above}{name}"
        states[name] = {
            **state,
            "Comment": place,
            **{
                field: [{**part, "Comment": f"{place} {field.lower()} {number}"} for number, part in enumerate(state[field])]
                for field in ("Choices", "Retry", "Catch")
                if field in state
            },
            **({"ItemProcessor": marked(state["ItemProcessor"], f"{place}/")} if "ItemProcessor" in state else {}),
        }
    return {**definition, "States": states}


def states(definition: Definition, above: str = "") -> Iterator[tuple[str, Definition]]:
    """Yield every state by its place, those of iterations too."""
    for name, state in definition["States"].items():
        yield f"{above}{name}", state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"], f"{above}{name}/")


def edges(definition: Definition) -> Iterator[tuple[str, str]]:
    """Yield every edge as its kind and its name."""
    for place, state in states(definition):
        yield "state", place
        if "Next" in state:
            yield "transition", f"{place} next -> {state['Next']}"
        if "Default" in state:
            yield "transition", f"{place} default -> {state['Default']}"
        for number, choice in enumerate(state.get("Choices", [])):
            yield "transition", f"{place} choices {number} -> {choice['Next']}"
        for number, retrier in enumerate(state.get("Retry", [])):
            yield "retry", f"{place} retry {number} {retrier['ErrorEquals'][0]}"
        for number, catcher in enumerate(state.get("Catch", [])):
            yield "catch", f"{place} catch {number} {catcher['ErrorEquals'][0]} -> {catcher['Next']}"
