"""Settings: one typed record read from ``COHESIN_…`` environment variables, every fault reported at once."""

import contextlib
import difflib
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from cohesin.kernel.process import PARENT_VARIABLE

PREFIX = "COHESIN_"
_OIDC = re.compile(r"^OIDC_(?P<name>[A-Z0-9]+)_(?P<part>[A-Z_]+)$")
_FIXED_OFFSET = re.compile(r"^UTC[+-]\d{1,2}(:\d{2})?$")


class SettingsError(Exception):
    """The environment holds values that cannot be used; ``faults`` has one line per fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("These settings cannot be used:\n" + "\n".join(f"  - {fault}" for fault in faults))
        self.faults = faults


class OidcProvider(BaseModel):
    """One OpenID Connect provider, from ``COHESIN_OIDC_<NAME>_…``; unset endpoints are discovered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    client_id: str
    client_secret: str = Field(repr=False)
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    jwks_uri: str | None = None


def _secret(default: Any, description: str, **more: Any) -> Any:
    return Field(default, description=description, repr=False, json_schema_extra={"secret": True}, **more)


Port = Annotated[int, Field(ge=0, le=65535)]


class Settings(BaseModel):
    """The server's settings. Field ``x_y`` is read from ``COHESIN_X_Y``; an empty value counts as unset."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    data_dir: Path = Field(Path("data"), description="Folder of the embedded database, objects and keys.")
    database_url: str | None = _secret(
        None,
        "PostgreSQL 16 or later, as the owner of the database with CREATEROLE. Unset: an embedded PostgreSQL "
        "under the data folder.",
    )
    app_database_url: str | None = _secret(
        None,
        "The same database as the unprivileged role cohesin_app. Unset: from DATABASE_URL and SECRET_KEY.",
    )
    database_pool_size: int = Field(
        10, ge=1, le=500, description="Database connections held by each server process."
    )
    storage_url: str | None = _secret(
        None, "Object store: file, s3, az or gs URL. Unset: the folder objects under the data folder."
    )
    secret_key: str = _secret(
        "",
        "Key from which every other key is derived, 32 characters or more. Unset: made once and kept in "
        "secret_key under the data folder.",
    )
    public_url: str | None = Field(
        None,
        description="Address by which people and partners reach the server. Unset: http on HOST and PORT.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(8000, description="Port to listen on.")
    workers: int = Field(1, ge=1, le=256, description="Web server processes.")
    shutdown_seconds: int = Field(
        30, ge=1, le=600, description="How long requests under way may take to finish when the server stops."
    )
    smtp_url: str | None = _secret(
        None, "Mail server: smtp://user:password@host:587 or smtps://…. Unset: mails are kept, not sent."
    )
    mail_from: str = Field(
        "Cohesin <no-reply@localhost>",
        description="Sender of the server's mails: an address, with or without a name.",
    )
    opal_host: str | None = Field(
        None, description="Host name that serves the interpretation interface at its root."
    )
    opal_timezone: str = Field(
        "UTC-8",
        description="Zone of the interpretation interface's times: a fixed UTC offset or an IANA name.",
    )
    allow_private_webhooks: bool = Field(
        False, description="Lets webhooks go to loopback and private addresses."
    )
    admin_email: str | None = Field(
        None, description="Address of the system administrator made at first start."
    )
    admin_password: str | None = _secret(
        None, "Password of that administrator. Unset: a generated one is printed once.", min_length=8
    )
    environment: Literal["development", "staging", "production"] = Field(
        "production", description="What this installation is for, as it is told to those who look."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level logged.")
    log_format: Literal["json", "console"] = Field("json", description="One JSON object a line, or text.")
    tenant_rate_limit_per_minute: int = Field(
        0, ge=0, description="Calls a minute of all callers of one tenant together; 0 sets no limit."
    )
    rate_limit_per_minute: int = Field(
        6000, ge=0, description="Calls a minute for each caller; 0 sets no limit."
    )
    max_body_bytes: int = Field(
        32 * 1024 * 1024, ge=1024, description="Largest request body, uploads of genome files excepted."
    )
    max_upload_bytes: int = Field(8 * 1024**3, ge=1024, description="Largest uploaded genome file.")
    worker_tasks: int = Field(
        4, ge=1, le=64, description="Background tasks that a worker runs at once, genome work excepted."
    )
    worker_genome_tasks: int = Field(
        1,
        ge=1,
        le=64,
        description="Annotations and interpretations of genomes that a worker runs at once; each takes up to "
        "1 GiB of memory and several processors.",
    )
    worker_silent_seconds: float = Field(
        30.0,
        ge=1.0,
        le=3600.0,
        description="After how long without a sign a worker counts as dead and its tasks are run again.",
    )
    argon2_concurrency: int = Field(2, ge=1, le=64, description="Passwords hashed at once by each process.")
    oidc: dict[str, OidcProvider] = Field(
        default_factory=dict,
        description="Sign-in providers, from COHESIN_OIDC_<NAME>_ISSUER, _CLIENT_ID, _CLIENT_SECRET "
        "and, where discovery is not to be used, _AUTHORIZATION_ENDPOINT, _TOKEN_ENDPOINT, "
        "_USERINFO_ENDPOINT, _JWKS_URI.",
        json_schema_extra={"secret": True},
        repr=False,
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        faults = [
            *_url_fault("DATABASE_URL", self.database_url, ("postgresql", "postgres")),
            *_url_fault("APP_DATABASE_URL", self.app_database_url, ("postgresql", "postgres")),
            *_url_fault("SMTP_URL", self.smtp_url, ("smtp", "smtps")),
            *_url_fault("PUBLIC_URL", self.public_url, ("http", "https")),
            *_zone_fault(self.opal_timezone),
        ]
        if self.secret_key and len(self.secret_key) < 32:
            faults.append("COHESIN_SECRET_KEY: has fewer than 32 characters")
        if faults:
            raise PydanticCustomError("settings", "{faults}", {"faults": "\n".join(faults)})
        return self

    @property
    def url(self) -> str:
        """The address to print and to put into links, without a closing slash."""
        if self.public_url:
            return self.public_url.rstrip("/")
        everywhere = self.host in {"0.0.0.0", "::", ""}  # noqa: S104 - compared, not bound
        host = "127.0.0.1" if everywhere else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def _url_fault(name: str, value: str | None, schemes: tuple[str, ...]) -> list[str]:
    if value is None or urlsplit(value).scheme in schemes:
        return []
    return [f"{PREFIX}{name}: is not a {' or '.join(schemes)} URL"]


def _zone_fault(value: str) -> list[str]:
    if _FIXED_OFFSET.match(value) or value == "UTC":
        return []
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        return [f"{PREFIX}OPAL_TIMEZONE: neither a fixed offset such as UTC-8 nor a known zone name"]
    return []


def unknown_names(environ: Mapping[str, str]) -> list[str]:
    """Sentences about ``COHESIN_…`` variables that no setting reads, with the likely meant name."""
    known = [PREFIX + name.upper() for name in Settings.model_fields if name != "oidc"]
    # Set by the supervisor for its children.
    environ = {name: value for name, value in environ.items() if name != PARENT_VARIABLE}
    said = []
    for name in sorted(environ):
        if name == PARENT_VARIABLE:
            continue
        if name.startswith(PREFIX) and name not in known and not _OIDC.match(name.removeprefix(PREFIX)):
            near = difflib.get_close_matches(name, known, n=1)
            said.append(f"{name} is not a setting" + (f"; {near[0]} is" if near else ""))
    return said


def load_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Reads the settings; ``overrides`` (field names, None skipped) win over the environment.

    The data folder and its secret key are made where absent.

    Raises:
        SettingsError: with every fault, each naming its variable; values are not repeated, as they may be
        secret.
    """
    env = os.environ if environ is None else environ
    values: dict[str, Any] = {
        name: env[PREFIX + name.upper()]
        for name in Settings.model_fields
        if name != "oidc" and env.get(PREFIX + name.upper(), "").strip()
    }
    values["oidc"] = _oidc(env)
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(_faults(error)) from None
    data_dir = settings.data_dir.expanduser().absolute()
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = settings.secret_key or _kept_secret(data_dir / "secret_key")
    except OSError as error:
        raise SettingsError([f"{PREFIX}DATA_DIR: {data_dir} cannot be used: {error.strerror}"]) from error
    return settings.model_copy(update={"data_dir": data_dir, "secret_key": secret})


def _oidc(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    providers: dict[str, dict[str, str]] = {}
    for name, value in environ.items():
        match = _OIDC.match(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
        if match and value.strip():
            providers.setdefault(match["name"].lower(), {})[match["part"].lower()] = value.strip()
    return providers


def _faults(error: ValidationError) -> list[str]:
    faults: list[str] = []
    for fault in error.errors(include_input=False, include_url=False):
        if fault["type"] == "settings":
            faults += fault["msg"].split("\n")
        else:
            name = PREFIX + "_".join(str(part).upper() for part in fault["loc"])
            faults.append(f"{name}: {fault['msg']}")
    return faults


def _kept_secret(path: Path) -> str:
    """The key in ``path``; written aside and linked, so that two first starts agree on one."""
    if not path.exists():
        draft = path.with_name(f".secret_key.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()


def render_settings_page() -> str:
    """The page ``docs/settings.md``, from the fields themselves."""
    lines = [
        "# Settings",
        "",
        "Cohesin reads its settings from environment variables. An empty value counts as unset. Flags of a",
        "command win over the environment. This page is written by `cohesin settings-page`; a test keeps it",
        "current.",
        "",
        "| variable | default | secret | meaning |",
        "|---|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        variable = "COHESIN_OIDC_<NAME>_…" if name == "oidc" else PREFIX + name.upper()
        extra = field.json_schema_extra
        secret = "yes" if isinstance(extra, dict) and extra.get("secret") else ""
        default = "" if name == "oidc" or field.default in (None, "") else f"`{_shown(field.default)}`"
        lines.append(f"| `{variable}` | {default} | {secret} | {field.description} |")
    return "\n".join(lines) + "\n"


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
