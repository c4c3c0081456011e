"""What is wrong with a state machine's definition, in Amazon States Language with JSONata.

https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language.html; AWS reads it when the machine is created, and parts of
it only when an execution gets there.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

State = Mapping[str, Any]

TYPES = ("Choice", "Fail", "Map", "Parallel", "Pass", "Succeed", "Task", "Wait")
ENDS = ("Fail", "Succeed")
LONGEST_NAME = 80
MOST_ATTEMPTS = 10
LONGEST_WAIT = 99_999_999  # seconds that a machine can wait or retry for
JSONPATH_FIELDS = (
    "InputPath",
    "ItemsPath",
    "OutputPath",
    "Parameters",
    "ResultPath",
    "ResultSelector",
    "SecondsPath",
    "TimeoutSecondsPath",
)
RESOURCE = re.compile(
    r"arn:aws:(states:::(aws-sdk:[a-z0-9]+:[a-z][A-Za-z0-9]+|(dynamodb|events|glue|lambda|sns|sqs|states|athena|ecs):[a-z][A-Za-z]+)"
    r"(\.sync(:2)?|\.waitForTaskToken)?|lambda:[^:]+:[^:]+:function:.+|states:[^:]+:[^:]+:activity:.+)"
)
VARIABLE = re.compile(r"\$([A-Za-z_]\w*)(\s*\()?")
OWN_VARIABLE = re.compile(r"\$(\w+)\s*:=|function\s*\(([^)]*)\)|[@#]\$(\w+)")
TEXT = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`")


def problems(definition: Mapping[str, Any], *, express: bool = False) -> Iterator[str]:
    """Yield what is wrong with a whole definition."""
    if definition.get("QueryLanguage") != "JSONata":
        yield f"QueryLanguage is {definition.get('QueryLanguage')!r}, which these checks do not read; JSONata is what is checked"
        return
    yield from _level(definition, express, _assigned(definition))
    yield from _shadowed(definition, set())


def levels(definition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a definition and what its Map and Parallel states hold."""
    yield definition
    for state in definition.get("States", {}).values():
        for inner in [state.get("ItemProcessor"), *state.get("Branches", [])]:
            if inner:
                yield from levels(inner)


def successors(state: State) -> Iterator[str]:
    """Yield the states that may follow a state."""
    for holder in [state, *state.get("Choices", []), *state.get("Catch", [])]:
        if "Next" in holder:
            yield holder["Next"]
    if "Default" in state:
        yield state["Default"]


def reached(states: Mapping[str, State], start: str) -> set[str]:
    """Return the states that an execution may come to from `start`, itself included."""
    found, waiting = {start} & states.keys(), [start]
    while waiting:
        new = set(successors(states.get(waiting.pop(), {}))) & states.keys() - found
        found |= new
        waiting += new
    return found


def _level(definition: Mapping[str, Any], express: bool, assigned: set[str], fails_after: bool = False) -> Iterator[str]:
    """Yield what is wrong with a definition or an iteration; `fails_after`, whether the execution may still fail once it is through."""
    states, start = definition.get("States", {}), definition.get("StartAt")
    if start not in states:
        yield f"StartAt names {start!r}, which is no state of it"
    for name in sorted(states.keys() - reached(states, start or "")):
        yield f"no path leads to state {name}"
    for name, state in states.items():
        yield from (f"state {name}: {problem}" for problem in _state(name, state, states, express, fails_after))
        yield from (f"state {name}: ${variable} is assigned nowhere" for variable in sorted(_used(state) - assigned))
        for inner in [state.get("ItemProcessor"), *state.get("Branches", [])]:
            yield from _level(inner, express, assigned, fails_after or _may_fail(states, state.get("Next"))) if inner else ()


def _state(name: str, state: State, states: Mapping[str, State], express: bool, fails_after: bool) -> Iterator[str]:
    kind = state.get("Type")
    if kind not in TYPES:
        yield f"Type is {kind!r}; it may be {', '.join(TYPES)}"
    if len(name) > LONGEST_NAME:
        yield f"its name has {len(name)} characters; {LONGEST_NAME} are allowed"
    yield from (f"it leads to {after}, which is no state" for after in sorted(set(successors(state)) - states.keys()))
    yield from (f"{field} belongs to JSONPath, not to JSONata" for field in JSONPATH_FIELDS if field in state)
    yield from _end(name, state, states)
    yield from _expressions(state)
    if kind == "Choice":
        if not state.get("Choices"):
            yield "it has no Choices"
        if "Default" not in state:
            yield "it has no Default, so an input that meets no condition fails with States.NoChoiceMatched"
    if kind == "Wait" and len({"Seconds", "Timestamp"} & state.keys()) != 1:
        yield "it waits neither for Seconds nor until a Timestamp"
    if kind == "Task":
        yield from _task(state, express)
        yield from _caught(state, states, fails_after)


def _end(name: str, state: State, states: Mapping[str, State]) -> Iterator[str]:
    ends = state.get("Type") in ENDS
    if state.get("Type") != "Choice" and ends + ("Next" in state) + (state.get("End") is True) != 1:
        yield "it has to have one of Next and End: true" if not ends else "it ends the execution, and has Next or End too"
    if not any(states[after].get("Type") in ENDS or states[after].get("End") is True for after in reached(states, name)):
        yield "no path from it ends"


def _task(state: State, express: bool) -> Iterator[str]:
    resource = str(state.get("Resource"))
    if not RESOURCE.fullmatch(resource):
        yield f"Resource {resource} is no integration, function or activity"
    if express and (".sync" in resource or ".waitForTaskToken" in resource):
        yield f"an express machine cannot wait for {resource}"
    timeout = state.get("TimeoutSeconds")
    if not (isinstance(timeout, int) and 0 < timeout <= LONGEST_WAIT) and not (isinstance(timeout, str) and timeout.startswith("{%")):
        yield f"TimeoutSeconds is {timeout!r}; without one a task that never answers holds the execution for ever"
    if not state.get("Retry"):
        yield "it has no Retry, so a fault that passes fails the execution"
    for retrier in state.get("Retry", []):
        if "MaxAttempts" not in retrier:
            yield "a retry does not say how often it is made"
        attempts, delay = retrier.get("MaxAttempts", 3), retrier.get("MaxDelaySeconds")
        if not 0 <= attempts <= MOST_ATTEMPTS:
            yield f"a retry has MaxAttempts {attempts}; at most {MOST_ATTEMPTS} are allowed"
        if retrier.get("BackoffRate", 2.0) < 1:
            yield f"a retry has BackoffRate {retrier['BackoffRate']}; it is at least 1"
        if delay is not None and delay <= retrier.get("IntervalSeconds", 1):
            yield f"a retry has MaxDelaySeconds {delay}, which is not above its IntervalSeconds"
        if "States.ALL" in retrier.get("ErrorEquals", ["States.ALL"]) and attempts > 0:
            yield "a retry on States.ALL repeats what can never succeed"


def _may_fail(states: Mapping[str, State], start: str | None) -> bool:
    return any(states[name].get("Type") == "Fail" for name in reached(states, start or ""))


def _caught(state: State, states: Mapping[str, State], fails_after: bool) -> Iterator[str]:
    catchers = state.get("Catch", [])
    for position, catcher in enumerate(catchers):
        errors = catcher.get("ErrorEquals", [])
        if not errors:
            yield "a catch names no error"
        if "States.ALL" in errors:
            if len(errors) > 1 or position < len(catchers) - 1:
                yield "a catch of States.ALL has to stand alone and last"
            if not fails_after and not _may_fail(states, catcher.get("Next")):
                yield f"what fails there goes to {catcher.get('Next')}, from which no path leads to a Fail: the execution would end green"


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for child in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _strings(child)


def _own(state: State) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name not in ("ItemProcessor", "Branches")}


def _expressions(state: State) -> Iterator[str]:
    for text in _strings(_own(state)):
        is_open, is_closed = text.startswith("{%"), text.endswith("%}")
        bare = TEXT.sub("", text)
        if is_open != is_closed:
            yield f"an expression starts with {{% or ends with %}}, but not both: {text[:60]}"
        elif is_open and any(bare.count(left) != bare.count(right) for left, right in ("()", "[]", "{}")):
            yield f"the brackets of an expression do not close: {text[:60]}"


def _used(state: State) -> set[str]:
    """Return the variables that a state reads; not functions, and not what an expression names for itself."""
    found: set[str] = set()
    for text in _strings(_own(state)):
        if text.startswith("{%"):
            bare = TEXT.sub("''", text)
            own = {name for groups in OWN_VARIABLE.findall(bare) for group in groups for name in re.findall(r"\w+", group)}
            found |= {name for name, call in VARIABLE.findall(bare) if not call} - own
    return found - {"states"}


def _assigned(definition: Mapping[str, Any]) -> set[str]:
    return set().union(*(_own_variables(level) for level in levels(definition)))


def _own_variables(level: Mapping[str, Any]) -> set[str]:
    return {
        name
        for state in level.get("States", {}).values()
        for holder in [state, *state.get("Choices", []), *state.get("Catch", [])]
        for name in holder.get("Assign", {})
    }


def _shadowed(level: Mapping[str, Any], around: set[str]) -> Iterator[str]:
    """Yield the variables of an iteration that one around it has too: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html"""
    own = _own_variables(level)
    yield from (f"${name} is assigned in an iteration, and around it too" for name in sorted(own & around))
    for state in level.get("States", {}).values():
        for inner in [state.get("ItemProcessor"), *state.get("Branches", [])]:
            yield from _shadowed(inner, own | around) if inner else ()
