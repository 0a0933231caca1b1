"""How the story runs: steps with their requests, results and times, until one fails."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
import msgspec

from cohesin.app.demo.record import DemoRecord

WAIT_SECONDS: Final = 180.0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step as it went. `requests` are method, path without query, and status."""

    name: str
    ok: bool
    requests: list[str]
    result: str
    milliseconds: float


class StoryFailedError(Exception):
    """A step did not end as it must; the message names it."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step


class UnexpectedAnswerError(Exception):
    """The server answered something else than the story needs."""


def need(condition: object, reason: str) -> None:
    """What has to hold for the story to go on.

    Raises:
        UnexpectedAnswerError: it does not.
    """
    if not condition:
        raise UnexpectedAnswerError(reason)


class Story:
    """One walk. `mark` is in every name it makes, so that walks do not meet.

    Args:
        record: how the server is reached.
        tell: called with every step when it ended.
    """

    def __init__(self, record: DemoRecord, tell: Callable[[Step], None]) -> None:
        self.record = record
        self.mark = secrets.token_hex(4).upper()
        self.steps: list[Step] = []
        self._tell = tell
        self._requests: list[str] = []
        self._result = ""
        self._client = httpx.Client(base_url=record.url, timeout=120, trust_env=False)

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step; what goes wrong in it ends the story.

        Raises:
            StoryFailedError: with the step's name.
        """
        self._requests, self._result = [], ""
        began = time.monotonic()
        failure: Exception | None = None
        try:
            yield
        except (UnexpectedAnswerError, httpx.HTTPError, LookupError, TypeError, ValueError) as error:
            failure = error
            self._result = str(error) or type(error).__name__
        spent = (time.monotonic() - began) * 1000
        done = Step(
            name=name,
            ok=failure is None,
            requests=list(self._requests),
            result=self._result,
            milliseconds=round(spent, 1),
        )
        self.steps.append(done)
        self._tell(done)
        if failure is not None:
            raise StoryFailedError(name, self._result) from failure

    def result(self, text: str) -> None:
        """The important result of the step."""
        self._result = text

    def call(self, method: str, path: str, *, status: int = 200, **more: Any) -> httpx.Response:
        """A request that has to end with a status; a path may be a whole address.

        Raises:
            UnexpectedAnswerError: it ended with another one.
        """
        response = self._client.request(method, path, **more)
        self._requests.append(f"{method} {response.request.url.path} → {response.status_code}")
        need(
            response.status_code == status,
            f"{method} {path} answered {response.status_code}: {shown(response)}",
        )
        return response

    def until(self, fetch: Callable[[], httpx.Response], holds: Callable[[Any], bool], what: str) -> Any:
        """Ask again until the answer's body is as wanted; only the last request is told.

        Raises:
            UnexpectedAnswerError: it does not become so in time.
        """
        told, end = len(self._requests), time.monotonic() + WAIT_SECONDS
        while True:
            del self._requests[told:]
            body = fetch().json()
            if holds(body):
                return body
            need(time.monotonic() < end, f"{what} did not happen within {WAIT_SECONDS:.0f} s")
            time.sleep(0.1)


def shown(response: httpx.Response) -> str:
    """The beginning of an answer, for a failed step."""
    kind = response.headers.get("content-type", "")
    return (
        response.text[:300]
        if "json" in kind or "text" in kind
        else f"{len(response.content)} bytes of {kind}"
    )
