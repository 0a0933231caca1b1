"""Logs: one JSON object a line, with the request's id, and nothing in it that names or unlocks a person."""

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"
_MAX_DEPTH = 6

_SECRET_WORDS = frozenset(
    [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "token",
        "secret",
        "authorization",
        "cookie",
        "apikey",
        "credential",
        "credentials",
        "jwt",
        "otp",
        "pin",
        "session",
        "signature",
    ]
)
_PERSON_WORDS = frozenset(
    [
        "email",
        "mail",
        "name",
        "firstname",
        "lastname",
        "surname",
        "fullname",
        "username",
        "login",
        "dob",
        "birth",
        "birthdate",
        "birthday",
        "phone",
        "mobile",
        "address",
        "street",
        "postcode",
        "zip",
        "ssn",
        "mrn",
        "sex",
        "gender",
        "ethnicity",
        "ancestry",
        "genotype",
        "genotypes",
        "phenotype",
        "phenotypes",
        "hpo",
        "diagnosis",
        "variant",
        "variants",
        "patient",
        "comment",
        "note",
        "body",
        "payload",
    ]
)
_REDACTED_WORDS = _SECRET_WORDS | _PERSON_WORDS
_KEY_PHRASES = ("apikey", "privatekey", "secretkey", "accesskey", "dateofbirth", "setcookie")
# These end in a listed word and name parts of the program, not people.
_PLAIN_KEYS = frozenset(
    [
        "task_name",
        "queue_name",
        "logger_name",
        "func_name",
        "thread_name",
        "process_name",
        "event_name",
        "metric_name",
        "setting_name",
        "table_name",
        "database_name",
        "schema_name",
        "host_name",
        "file_name",
        "module_name",
        "worker_name",
        "session_count",
    ]
)
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+(?![a-z])")
_IN_TEXT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"eyJ[\w-]{6,}\.[\w-]{4,}\.[\w-]*"), REDACTED),
    (re.compile(r"\b(?:cgx|coh|tbx|opl)_(?:[a-z]{1,8}_)?[\w-]{8,}"), REDACTED),
    (re.compile(r"\bwhsec_[\w+/=-]{4,}"), REDACTED),
    (re.compile(r"\b(?:sk|pk|rk|api|key)_(?:live_|test_)?[A-Za-z0-9]{12,}"), REDACTED),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), REDACTED),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w+/=.~-]{6,}"), rf"\1 {REDACTED}"),
    (
        re.compile(r"(?i)\b(password|passwd|token|secret|api_?key)(\s*[=:]\s*)(?!\[redacted)\S+"),
        rf"\1\2{REDACTED}",
    ),
    (re.compile(r"(?<=://)[^\s/:@]*:[^\s/@]+(?=@)"), REDACTED),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), REDACTED),
)


def is_sensitive_key(key: str) -> bool:
    """Whether a value under this key is kept out of logs (``patient_email``, ``X-Api-Key``)."""
    if key in _PLAIN_KEYS:
        return False
    words = [word.lower() for word in _WORD.findall(key)]
    joined = "".join(words)
    return not _REDACTED_WORDS.isdisjoint(words) or any(phrase in joined for phrase in _KEY_PHRASES)


def redact_text(text: str) -> str:
    """The text with tokens, keys, passwords in URLs and mail addresses taken out."""
    for pattern, replacement in _IN_TEXT:
        text = pattern.sub(replacement, text)
    return text


def redact_value(value: Any, depth: int = 0) -> Any:  # noqa: PLR0911 - one return for each type
    """The value with sensitive parts taken out, as plain JSON types; the unprintable becomes a marker."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth > _MAX_DEPTH:
        return "[too deep]"
    try:
        if isinstance(value, Mapping):
            return {
                str(key): REDACTED if is_sensitive_key(str(key)) else redact_value(item, depth + 1)
                for key, item in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [redact_value(item, depth + 1) for item in value]
        if isinstance(value, bytes | bytearray | memoryview):
            return f"[{len(value)} bytes]"
        return redact_text(str(value))
    except Exception:  # noqa: BLE001 - a log call must not fail the work it tells of
        return "[unprintable]"


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Structlog processor: takes secrets and personal facts out of every field; never raises."""
    clean: EventDict = {}
    for key, value in event.items():
        # structlog's own bookkeeping, taken off again before rendering
        if key in {"_record", "_from_structlog", "exc_info", "stack_info"}:
            clean[key] = value
        else:
            clean[key] = REDACTED if is_sensitive_key(str(key)) else redact_value(value)
    return clean


def tell_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Structlog processor: where an error came up, and what kind it and its causes are.

    Not what they say: a database's error quotes the row that it refused, a parser's the text that it read. Errors whose
    class says `speaks_of_program = True`, and those of the operating system, tell what happened in their words.
    """
    told = event.pop("exc_info", None)
    error = (
        told[1] if isinstance(told, tuple) else told if isinstance(told, BaseException) else sys.exc_info()[1]
    )
    if not told or error is None:
        return event
    parts: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = "".join(traceback.format_tb(error.__traceback__))
        parts.append(f"{frames}{kind_of(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    event["exception"] = "\n\nafter:\n".join(parts)
    return event


def kind_of(error: BaseException) -> str:
    """An error's class with its codes: what may be logged of it."""
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if getattr(error, "speaks_of_program", False):
        return f"{name}: {error}"
    facts = [getattr(error, fact, None) for fact in ("code", "sqlstate", "constraint_name", "strerror")]
    known = [str(fact) for fact in facts if isinstance(fact, str | int)]
    return f"{name} ({', '.join(known)})" if known else name


def bind_request(request_id: str, **facts: Any) -> None:
    """Starts a request's log context: every later line of this task carries ``request_id`` and ``facts``."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id, **facts)


def configure_logging(level: str = "info", style: str = "json", stream: TextIO | None = None) -> None:
    """Routes structlog and the standard library's loggers through one handler.

    Args:
        level: debug, info, warning or error.
        style: ``json`` (one object a line) or ``console``.
        stream: where lines go; standard error where not given.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        tell_exception,
        redact,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(default=str)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("httpx", "httpcore", "asyncio", "alembic", "_granian"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class RequestLine(msgspec.Struct):
    """One answered request, as it is logged: nothing in it can hold a secret or name a person."""

    operation: str
    status: int
    ms: float
    request_id: str
    timestamp: datetime
    event: str = "request"
    level: str = "info"
    logger: str = "cohesin.http"


_line_encoder = msgspec.json.Encoder()
_UUID_LENGTH = 36


def log_request(operation: str, status: int, seconds: float, request_id: str) -> None:
    """Logs an answered request. Written past the processors: redaction of fixed fields took 40 % of a read's time."""
    root = logging.getLogger()
    if root.level > logging.INFO:
        return
    own = request_id if len(request_id) == _UUID_LENGTH else redact_text(request_id)
    line = RequestLine(operation, status, round(seconds * 1000, 1), own, datetime.now(UTC))
    for handler in root.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.stream.write(_line_encoder.encode(line).decode() + "\n")
            handler.flush()


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The structured logger of one module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
