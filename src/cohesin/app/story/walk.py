"""The whole story in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from cohesin.app.demo.record import DemoRecord
from cohesin.app.story import delivering, interpreting, ordering
from cohesin.app.story.sink import listening
from cohesin.app.story.telling import Step, Story


class Walked(msgspec.Struct, frozen=True, kw_only=True):
    """A story that ended well."""

    steps: list[Step]
    pdf: bytes


def walk(record: DemoRecord, tell: Callable[[Step], None], secret: str | None = None) -> Walked:
    """Walk the main job over HTTP with objects of its own.

    Args:
        record: a running server's ``demo.json``.
        tell: called with every step as it ends, the failed one included.
        secret: the installation's secret, where it is at hand.

    Raises:
        StoryFailedError: at the first step that fails.
    """
    story = Story(record, tell)
    # A minute of grace: the server's clock may be another machine's.
    since = (datetime.now(UTC) - timedelta(minutes=1)).isoformat(timespec="milliseconds")
    try:
        with listening() as sink:
            ordered = ordering.order(story, sink)
            made = interpreting.launch(story, ordered)
            ordering.read_order(story, ordered)
            interpreting.review(story, made)
            ordering.await_webhook(story, ordered, sink)
            delivering.deliver(story, ordered, made, since.replace("+00:00", "Z"), secret)
    finally:
        story.close()
    return Walked(steps=story.steps, pdf=made.pdf)
