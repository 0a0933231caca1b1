"""Mail: by SMTP where a server is configured, into a folder of .eml files where none is."""

import asyncio
import secrets
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, make_msgid
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal, Protocol, Self
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
from aiosmtplib.errors import SMTPException, SMTPResponseException

SendTls = Literal["implicit", "required", "auto", "never"]

_START_TLS: Final[dict[str, SendTls]] = {"required": "required", "auto": "auto", "never": "never"}
_TIMEOUT_SECONDS: Final = 30.0


class InvalidSmtpUrlError(ValueError):
    """The SMTP URL cannot be read."""


class MailNotSentError(Exception):
    """The server did not take the message.

    `permanent` tells that another attempt would end the same way (an SMTP reply of 5xx). The text holds the
    reply's code only: servers repeat addresses in theirs.
    """

    def __init__(self, cause: str, *, permanent: bool, smtp_code: int | None = None) -> None:
        super().__init__(f"the mail was not sent ({cause})")
        self.code = "MAIL_NOT_SENT"
        self.permanent = permanent
        self.smtp_code = smtp_code


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message; `media_type` as `application/pdf`."""

    filename: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """A message to one or more recipients, all visible to each other.

    `message_id` (with angle brackets) stays the same over the attempts of one message, so that servers can
    drop repetitions; without it a new one is made.
    """

    to: tuple[str, ...]
    subject: str
    text: str
    html: str | None = None
    reply_to: str | None = None
    message_id: str | None = None
    attachments: tuple[Attachment, ...] = ()

    def to_message(self, sender: str, *, now: datetime) -> EmailMessage:
        """Return the message as it is sent.

        Raises:
            ValueError: for line breaks in a header or an address that is none.
        """
        message = EmailMessage(policy=SMTP_POLICY)
        message["From"] = sender
        message["To"] = ", ".join(self.to)
        message["Subject"] = self.subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = self.message_id or make_msgid(domain="cohesin.invalid")
        if self.reply_to is not None:
            message["Reply-To"] = self.reply_to
        # Tells autoresponders to stay silent (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text)
        if self.html is not None:
            message.add_alternative(self.html, subtype="html")
        for part in self.attachments:
            main, _, sub = part.media_type.partition("/")
            message.add_attachment(part.content, maintype=main, subtype=sub, filename=part.filename)
        return message


class MailTransport(Protocol):
    """Whatever takes messages away."""

    async def send(self, mail: Mail) -> None:
        """Hand a message over, or raise MailNotSentError."""
        ...


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SmtpTransport:
    """Sends by SMTP, one connection per message."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        sender: str,
        tls: SendTls,
        username: str | None = None,
        password: str | None = None,
        timeout_seconds: float = _TIMEOUT_SECONDS,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.sender = sender
        self.tls = tls
        self._username = username
        self._password = password
        self._timeout_seconds = timeout_seconds
        self._tls_context = tls_context

    @classmethod
    def from_url(cls, url: str, *, sender: str, tls_context: ssl.SSLContext | None = None) -> Self:
        """Read `smtp://[user:password@]host[:port][?starttls=required|auto|never]` or `smtps://…`.

        smtp defaults to port 587 with a user and 25 without, smtps (TLS from the first byte) to 465. STARTTLS
        is required where a password would cross a network, else used when the server offers it.

        Raises:
            InvalidSmtpUrlError: for anything else.
        """
        try:
            parts = urlsplit(url)
            port, host = parts.port, parts.hostname
        except ValueError as error:
            raise InvalidSmtpUrlError("the SMTP URL cannot be read") from error
        if parts.scheme not in {"smtp", "smtps"} or not host:
            raise InvalidSmtpUrlError("the SMTP URL begins with smtp:// or smtps:// and names a host")
        asked = parse_qs(parts.query).get("starttls", [None])[0]
        if asked is not None and asked not in _START_TLS:
            raise InvalidSmtpUrlError("starttls is required, auto or never")
        tls: SendTls = "required" if parts.username and not _is_loopback(host) else "auto"
        tls = tls if asked is None else _START_TLS[asked]
        if parts.scheme == "smtps":
            tls = "implicit"
        default = 465 if tls == "implicit" else 587 if parts.username else 25
        return cls(
            host,
            port or default,
            sender=sender,
            tls=tls,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls_context=tls_context,
        )

    async def send(self, mail: Mail) -> None:
        """Send the message; raises MailNotSentError when any recipient is refused."""
        message = mail.to_message(self.sender, now=datetime.now(UTC))
        start_tls = {"implicit": False, "required": True, "auto": None, "never": False}[self.tls]
        try:
            refused, _ = await aiosmtplib.send(
                message,
                hostname=self.host,
                port=self.port,
                username=self._username,
                password=self._password,
                use_tls=self.tls == "implicit",
                start_tls=start_tls,
                timeout=self._timeout_seconds,
                tls_context=self._tls_context,
            )
        except SMTPResponseException as error:
            # A refused sign-in is a setting to correct; the message can go out after that.
            permanent = 500 <= error.code < 600 and not isinstance(error, aiosmtplib.SMTPAuthenticationError)
            raise MailNotSentError(f"SMTP {error.code}", permanent=permanent, smtp_code=error.code) from None
        except (SMTPException, OSError) as error:
            raise _not_sent(error) from None
        if refused:
            # Some recipients have it by now; sending again to all would repeat it for them.
            code = next(iter(refused.values())).code
            raise MailNotSentError(f"SMTP {code}, recipient refused", permanent=True, smtp_code=code)


def _not_sent(error: Exception) -> MailNotSentError:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = [item.code for item in error.recipients]
        return MailNotSentError(
            f"SMTP {max(codes)}, recipient refused",
            permanent=all(500 <= code < 600 for code in codes),
            smtp_code=max(codes),
        )
    return MailNotSentError(type(error).__name__, permanent=False)


class FileTransport:
    """Writes each message as an .eml file that any mail program opens; for machines without a mail server."""

    def __init__(self, folder: Path, *, sender: str) -> None:
        self.folder = folder
        self.sender = sender

    async def send(self, mail: Mail) -> None:
        """Write the message; raises MailNotSentError when the disk refuses."""
        now = datetime.now(UTC)
        data = mail.to_message(self.sender, now=now).as_bytes()
        name = f"{now:%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.eml"
        try:
            await asyncio.to_thread(self._write, name, data)
        except OSError as error:
            raise MailNotSentError(type(error).__name__, permanent=False) from error

    def _write(self, name: str, data: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self.folder / f"{name}.part"
        part.touch(mode=0o600)
        part.write_bytes(data)
        part.rename(self.folder / name)


def mail_transport(smtp_url: str | None, *, sender: str, outbox: Path) -> MailTransport:
    """Return the transport for an SMTP URL, or the folder when there is none; raises InvalidSmtpUrlError."""
    return (
        SmtpTransport.from_url(smtp_url, sender=sender) if smtp_url else FileTransport(outbox, sender=sender)
    )
