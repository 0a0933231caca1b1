import io
import json
import logging
from collections.abc import Iterator

import asyncpg
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from cohesin.kernel.db.embedded import EmbeddedPostgresError
from cohesin.kernel.log import (
    REDACTED,
    bind_request,
    configure_logging,
    get_logger,
    is_sensitive_key,
    redact,
    redact_text,
    redact_value,
)

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("debug", "json", stream)
    yield stream
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "new_password",
        "X-Api-Key",
        "apiKey",
        "Authorization",
        "Set-Cookie",
        "refreshToken",
        "SECRET_KEY",
    ]
    + [
        "email",
        "patientEmail",
        "name",
        "firstName",
        "last_name",
        "dob",
        "dateOfBirth",
        "genotype",
        "genotypes",
    ],
)
def test_sensitive_keys(key: str):
    assert is_sensitive_key(key)


@pytest.mark.parametrize(
    "key", ["event", "request_id", "status", "operation", "task_name", "pid", "namespace", "hosts"]
)
def test_plain_keys(key: str):
    assert not is_sensitive_key(key)


@pytest.mark.parametrize(
    "secret",
    [JWT, "cgx_pk_4fGhT67kLm90", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "ada.lovelace@example.org"]
    + ["sk_live_abcdefghijklmnop", "AKIAIOSFODNN7EXAMPLE"],
)
def test_secrets_are_taken_out_of_text(secret: str):
    text = redact_text(f"before {secret} after")
    assert secret not in text
    assert text.startswith("before ")
    assert text.endswith(" after")


def test_secrets_with_a_lead_are_taken_out():
    assert redact_text("Authorization: Bearer abcdef123456") == f"Authorization: Bearer {REDACTED}"
    assert redact_text("postgresql://owner:hunter2@db/cohesin") == f"postgresql://{REDACTED}@db/cohesin"
    assert "hunter2" not in redact_text("password=hunter2 rest")


def test_ordinary_text_stays():
    text = "Migrated 0001: took 12 ms for revision abc; GET /api/v1/system/health 200"
    assert redact_text(text) == text


def test_nested_values_are_redacted():
    value = {"rows": [{"email": "a@b.org", "count": 3}], "note_count": 1, "data": b"abc"}
    assert redact_value(value)["rows"] == [{"email": REDACTED, "count": 3}]
    assert redact_value(value)["data"] == "[3 bytes]"


class _Unprintable:
    def __str__(self) -> str:
        raise ValueError("no")


def test_a_value_that_cannot_be_printed_does_not_fail_the_call(lines: io.StringIO):
    loop: list[object] = []
    loop.append(loop)
    get_logger("t").info("odd", thing=_Unprintable(), loop=loop)
    assert json.loads(lines.getvalue())["thing"] == "[unprintable]"


def test_a_request_id_is_on_every_line_of_both_kinds(lines: io.StringIO):
    bind_request("req-1", operation="kits.list")
    get_logger("ours").info("done", status=200, authorization="Bearer x")
    logging.getLogger("theirs").warning("mail to %s", "ada@example.org")
    first, second = (json.loads(line) for line in lines.getvalue().splitlines())
    assert (first["request_id"], first["operation"], first["status"]) == ("req-1", "kits.list", 200)
    assert first["authorization"] == REDACTED
    assert (second["request_id"], second["logger"], second["level"]) == ("req-1", "theirs", "warning")
    assert second["event"] == f"mail to {REDACTED}"


def test_exceptions_are_logged_without_their_secrets(lines: io.StringIO):
    error = RuntimeError(f"refused token {JWT}")
    logging.getLogger("x").error("failed", exc_info=error)
    line = json.loads(lines.getvalue())
    assert "RuntimeError" in line["exception"]
    assert JWT not in lines.getvalue()


def test_exceptions_tell_where_and_what_kind_but_quote_nobodys_data(lines: io.StringIO):
    refused = asyncpg.NotNullViolationError.new(
        {"S": "ERROR", "C": "23502", "M": "null value", "D": "Failing row contains (1, Zebedee, Quux)."}
    )
    try:
        try:
            raise refused
        except asyncpg.PostgresError:
            raise ValueError("Zebedee is no number")  # noqa: B904 - both are told
    except ValueError as error:
        structlog.get_logger("cohesin.http").error("unforeseen error", exc_info=error)
        logging.getLogger("theirs").exception("failed")
    ours, theirs = (json.loads(line) for line in lines.getvalue().splitlines())
    assert "builtins.ValueError" in ours["exception"]
    assert "NotNullViolationError (23502)" in ours["exception"]
    assert "test_log.py" in ours["exception"]
    assert theirs["exception"] == ours["exception"]
    assert "Zebedee" not in ours["exception"].replace(
        'raise ValueError("Zebedee is no number")  # noqa: B904 - both are told', ""
    )
    assert "Quux" not in lines.getvalue()


def test_errors_that_speak_of_the_program_keep_their_words(lines: io.StringIO):
    logging.getLogger("x").error("failed", exc_info=EmbeddedPostgresError("port in use"))
    logging.getLogger("x").error(
        "failed", exc_info=OSError(28, "No space left on device", "/patient/Zebedee")
    )
    ours, system = (json.loads(line)["exception"] for line in lines.getvalue().splitlines())
    assert ours.endswith("EmbeddedPostgresError: port in use")
    assert system == "builtins.OSError (No space left on device)"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), _JSON, max_size=4))
def test_redaction_never_raises_and_gives_json(event: dict[str, object]):
    json.dumps(redact(None, "info", dict(event)))
