"""The states of a kit: which step leads where."""

from __future__ import annotations

from typing import Final, Literal

from cohesin.lab.kits.errors import KitStepRefusedError

Step = Literal["ship", "receive", "start", "data", "fail", "lose"]

#: Where a step leads, and from which states it may be taken (None: no stage yet).
STEPS: Final[dict[Step, tuple[str, frozenset[str | None]]]] = {
    "ship": ("shipped", frozenset({None})),
    "receive": ("received", frozenset({None, "shipped"})),
    "start": ("in_process", frozenset({"received"})),
    "data": ("data_available", frozenset({"in_process"})),
    "fail": ("unusable", frozenset({"received", "in_process"})),
    "lose": ("lost", frozenset({None, "shipped", "received"})),
}
EVENTS: Final[dict[Step, str]] = {
    "ship": "kit.shipped",
    "receive": "kit.received",
    "start": "kit.started",
    "data": "kit.data_ready",
    "fail": "kit.failed",
    "lose": "kit.lost",
}
ON_THE_WAY_TO_DATA: Final[tuple[Step, ...]] = ("receive", "start", "data")
ENDED: Final = frozenset({"unusable", "lost"})


def next_status(status: str | None, step: Step) -> str | None:
    """The state after a step, or None when the kit is there already (a repeated notice).

    Raises:
        KitStepRefusedError: the state does not allow the step.
    """
    target, sources = STEPS[step]
    if status == target:
        return None
    if status not in sources:
        raise KitStepRefusedError(step, status)
    return target


def steps_to_data(status: str | None) -> tuple[Step, ...]:
    """The steps that a kit whose data has come must have been through, and those only; none where it has ended.

    Data proves that the sample was received and worked on, even where nobody said so at the time.
    """
    if status in ENDED or status == "data_available":
        return ()
    done = {"received": 1, "in_process": 2}.get(status or "", 0)
    return ON_THE_WAY_TO_DATA[done:]
