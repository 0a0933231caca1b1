"""A listener on the loopback that takes webhooks, as a partner's server would."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from cohesin.app.story.telling import UnexpectedAnswerError, need
from cohesin.kernel.crypto.signing import verify_timestamped_signature


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook: headers in lower case, body as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return msgspec.json.decode(self.body, type=dict[str, Any])


class Sink:
    """What came so far."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._received: list[Received] = []
        self.url = ""

    def take(self, received: Received) -> None:
        with self._arrived:
            self._received.append(received)
            self._arrived.notify_all()

    def wait_for(self, event_type: str, seconds: float = 60.0) -> Received:
        """The first webhook of a type.

        Raises:
            UnexpectedAnswerError: none came in time.
        """

        def find() -> Received | None:
            return next((one for one in self._received if one.event.get("type") == event_type), None)

        with self._arrived:
            found = self._arrived.wait_for(find, seconds)
        if found is None:
            raise UnexpectedAnswerError(f"no webhook {event_type} came within {seconds:.0f} s")
        return found

    def count(self) -> int:
        with self._arrived:
            return len(self._received)


@contextmanager
def listening() -> Iterator[Sink]:
    """A sink on a free port of the loopback."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            sink.take(Received(headers=headers, body=body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on standard error."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sink.url = f"http://127.0.0.1:{server.server_port}/toolbox"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()


def check_signatures(received: Received, secret: str) -> None:
    """Both signatures are good, and neither is for a changed body.

    Raises:
        UnexpectedAnswerError: one is not.
    """
    own = received.headers.get("x-toolbox-signature", "")
    need(verify_timestamped_signature(secret, own, body=received.body), "X-Toolbox-Signature is wrong")
    changed = received.body + b" "
    need(
        verify_timestamped_signature(secret, own, body=changed) is None, "X-Toolbox-Signature signs any body"
    )
    check = Webhook(secret)
    try:
        check.verify(received.body, received.headers)
    except WebhookVerificationError as error:
        raise UnexpectedAnswerError(f"webhook-signature is wrong: {error}") from None
    try:
        check.verify(changed, received.headers)
    except WebhookVerificationError:
        return
    raise UnexpectedAnswerError("webhook-signature signs any body")
