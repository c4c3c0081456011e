"""Whether the lake is well, in one sentence, and what to do where it is not."""

from collections.abc import Iterator, Sequence

from cli.common.overview.state import Dataset, Health, Problem, State
from cli.common.overview.words import age, plural

ADVICE = "What to do:"  # how constructs/lake_constructs/alarms.py ends the description of an alarm
FAILURES = {  # how the cause of a failure begins -> what failed, and the section of the runbook
    "its copy in the warehouse": ("the load of the warehouse's copy", "load-failed"),
    "its pull": ("its pull", "pull-failed"),
    "": ("its refresh", "refresh-failed"),
}


def health(state: State) -> Health:
    """Return how the lake is as a whole."""
    if any(problems(state)):
        return Health.BAD
    if state.of(Health.BUSY):
        return Health.BUSY
    return Health.GOOD if state.of(Health.GOOD) else Health.NEW


def sentence(state: State) -> str:
    """Return the one sentence that stands above all."""
    bad, new, all_of_them = state.of(Health.BAD), state.of(Health.NEW), len(state.datasets)
    if bad:
        return f"{len(bad)} of {plural(all_of_them, 'dataset')} {'needs' if len(bad) == 1 else 'need'} a look: {names(bad)}"
    if any(problems(state)):
        return f"The datasets are fresh, but {plural(len(list(problems(state))), 'thing needs', 'things need')} a look"
    if len(new) == all_of_them:
        return "Nothing has landed yet"
    if busy := state.of(Health.BUSY):
        return f"The lake is well, and at work on {names(busy)}"
    if new:
        return f"{len(state.of(Health.GOOD))} of {plural(all_of_them, 'dataset')} are fresh; nothing has landed yet for {names(new)}"
    return f"All {all_of_them} datasets are fresh" if all_of_them > 1 else "The one dataset is fresh"


def of_alarms(state: State) -> str:
    """Return how the alarms stand, in a sentence."""
    if not state.alarms:
        return "there are none; the monitoring stack is not deployed."
    unsure = sum(alarm.state == "INSUFFICIENT_DATA" for alarm in state.alarms) + len(state.settling)
    waiting = f"; {unsure} {'waits' if unsure == 1 else 'wait'} for a first measurement" if unsure else ""
    return f"{len(state.ringing) or 'none'} of {len(state.alarms)} {'ring' if len(state.ringing) > 1 else 'rings'}{waiting}."


def names(datasets: Sequence[Dataset]) -> str:
    """Return the first names, and how many more there are."""
    shown = [dataset.name for dataset in datasets[:3]]
    return ", ".join(shown) + (f" and {len(datasets) - 3} more" if len(datasets) > 3 else "")


def problems(state: State) -> Iterator[Problem]:
    """Yield what wants somebody, the gravest first."""
    option = "" if state.environment == "local" else f" --env {state.environment}"
    for dataset in state.datasets:
        if dataset.failure:
            what, section = next((told for begin, told in FAILURES.items() if dataset.failure.startswith(begin)))
            yield Problem(
                f"{dataset.name}: {what} failed",
                f"{dataset.failure.rstrip('.')}. Readers still have the last good version.",
                f"./lake runs{option} {dataset.name}, then docs/runbook.md#{section}",
            )
        elif dataset.is_late(state.at):
            yield Problem(
                f"{dataset.name} is {age(dataset.age(state.at))} old",
                f"Its contract allows {plural(dataset.contract.freshness_hours or 0, 'hour')}.",
                f"./lake runs{option} {dataset.name} says whether anything came",
            )
    for alarm in state.ringing:
        if not alarm.is_unmeasured:
            yield Problem(f"Alarm {alarm.name}", *_advice(alarm.meaning, alarm.reason))
    if unmeasured := [alarm.name for alarm in state.ringing if alarm.is_unmeasured]:
        yield Problem(
            f"{plural(len(unmeasured), 'alarm rings', 'alarms ring')} since nothing was measured",
            f"What measures does not run, or sends nothing: {', '.join(unmeasured)}.",
            "docs/runbook.md#freshness-silent",
        )
    yield from _around(state, option)


def _advice(meaning: str, reason: str) -> tuple[str, str]:
    """Return why an alarm rings and what to do, which its description says last."""
    text, _, do = meaning.partition(ADVICE)
    return f"{text.strip()} {reason}", do.strip() or "docs/runbook.md"


def _around(state: State, option: str) -> Iterator[Problem]:
    if state.stream and state.stream.undelivered:
        objects = plural(state.stream.undelivered, "object")
        yield Problem("Records of the stream could not be delivered", f"They wait in {objects} of raw.", f"./lake errors{option}")
    if state.stream and state.stream.status not in ("ACTIVE", "UPDATING"):
        yield Problem(f"The stream is {state.stream.status}", "Producers may be turned away.", f"./lake deploy{option}")
    if state.warehouse and state.warehouse.failure:
        yield Problem("The warehouse does not answer", state.warehouse.failure, f"./lake warehouse status{option}")
    elif state.warehouse:
        behind = [copy.name for copy in state.warehouse.copies if copy.state == "behind"]
        if behind:
            yield Problem(
                f"The warehouse's copy is behind: {', '.join(behind)}", "It holds an older snapshot.", f"./lake runs{option} {behind[0]}"
            )
        if state.warehouse.pending:
            yield Problem("The warehouse is not up to date", ", ".join(state.warehouse.pending), f"./lake warehouse migrate{option}")
    if state.strays:
        yield Problem(
            f"{plural(state.strays, 'object')} in raw {'belongs' if state.strays == 1 else 'belong'} to no dataset",
            "No contract names their prefix.",
            f"./lake runs{option}",
        )
