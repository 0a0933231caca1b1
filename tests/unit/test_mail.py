import asyncio
import email
import ssl
import stat
from datetime import UTC, datetime, timedelta
from email.policy import default
from ipaddress import ip_address

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cohesin.kernel.mail import (
    Attachment,
    FileTransport,
    InvalidSmtpUrlError,
    Mail,
    MailNotSentError,
    SmtpTransport,
    mail_transport,
)

SENDER = "Cohesin <no-reply@cohesin.example>"
MAIL = Mail(
    to=("ada@example.org", "bob@example.org"),
    subject="Ihr Bericht — fertig",
    text="Grüße\n.\nEnde",
    html="<p>Grüße</p>",
    message_id="<1@cohesin.example>",
    attachments=(Attachment("report.pdf", "application/pdf", b"%PDF-1.7\x00"),),
)


class Inbox:
    def __init__(self, refuse=None):
        self.envelopes = []
        self.tls = []
        self.refuse = refuse

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.refuse and self.refuse[0] in address:
            return self.refuse[1]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.envelopes.append(envelope)
        self.tls.append(session.ssl is not None)
        return "250 OK"


@pytest.fixture
async def serve():
    servers = []

    async def start(handler, *, tls=None, **options):
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(handler, loop=loop, **options), "127.0.0.1", 0, ssl=tls
        )
        servers.append(server)
        return server.sockets[0].getsockname()[1]

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "tls.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


async def test_message_arrives_as_written(serve):
    inbox = Inbox()
    port = await serve(inbox)
    await SmtpTransport.from_url(f"smtp://127.0.0.1:{port}", sender=SENDER).send(MAIL)
    (envelope,) = inbox.envelopes
    assert envelope.mail_from == "no-reply@cohesin.example"
    assert envelope.rcpt_tos == ["ada@example.org", "bob@example.org"]
    message = email.message_from_bytes(envelope.content, policy=default)
    assert message["Subject"] == "Ihr Bericht — fertig"
    assert message["Message-ID"] == "<1@cohesin.example>"
    assert message.get_body(("plain",)).get_content().splitlines() == ["Grüße", ".", "Ende"]
    assert message.get_body(("html",)).get_content().strip() == "<p>Grüße</p>"
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "report.pdf"
    assert attachment.get_content() == b"%PDF-1.7\x00"


async def test_starttls_and_sign_in(serve, certificates):
    server, client = certificates
    inbox, seen = Inbox(), []

    def check(_server, _session, _envelope, _mechanism, data):
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss/word", handled=False)

    port = await serve(inbox, tls_context=server, authenticator=check, auth_required=True)
    url = f"smtp://us%40er:p%40ss%2Fword@localhost:{port}"
    await SmtpTransport.from_url(url, sender=SENDER, tls_context=client).send(MAIL)
    assert seen == [(b"us@er", b"p@ss/word")]
    assert inbox.tls == [True]
    wrong = SmtpTransport.from_url(f"smtp://u:no@localhost:{port}", sender=SENDER, tls_context=client)
    with pytest.raises(MailNotSentError) as caught:
        await wrong.send(MAIL)
    assert caught.value.smtp_code == 535
    assert not caught.value.permanent


async def test_implicit_tls(serve, certificates):
    server, client = certificates
    inbox = Inbox()
    port = await serve(inbox, tls=server)
    await SmtpTransport.from_url(f"smtps://localhost:{port}", sender=SENDER, tls_context=client).send(MAIL)
    assert len(inbox.envelopes) == 1


async def test_untrusted_certificate_is_refused(serve, certificates):
    inbox = Inbox()
    port = await serve(inbox, tls=certificates[0])
    with pytest.raises(MailNotSentError) as caught:
        await SmtpTransport.from_url(f"smtps://localhost:{port}", sender=SENDER).send(MAIL)
    assert not caught.value.permanent
    assert inbox.envelopes == []


async def test_required_starttls_never_falls_back(serve):
    inbox = Inbox()
    port = await serve(inbox)
    with pytest.raises(MailNotSentError):
        await SmtpTransport.from_url(f"smtp://127.0.0.1:{port}?starttls=required", sender=SENDER).send(MAIL)
    assert inbox.envelopes == []


@pytest.mark.parametrize(
    ("answer", "permanent"), [("550 no such ada@example.org", True), ("451 later", False)]
)
async def test_refused_recipient(serve, answer, permanent):
    port = await serve(Inbox(refuse=("ada", answer)))
    transport = SmtpTransport.from_url(f"smtp://127.0.0.1:{port}", sender=SENDER)
    with pytest.raises(MailNotSentError) as caught:
        await transport.send(Mail(to=("ada@example.org",), subject="s", text="t"))
    assert caught.value.permanent is permanent
    assert caught.value.smtp_code == int(answer[:3])
    assert "ada" not in str(caught.value)


async def test_one_of_two_recipients_refused_is_told_but_not_tried_again(serve):
    inbox = Inbox(refuse=("bob", "451 later"))
    port = await serve(inbox)
    with pytest.raises(MailNotSentError) as caught:
        await SmtpTransport.from_url(f"smtp://127.0.0.1:{port}", sender=SENDER).send(MAIL)
    assert caught.value.permanent
    assert [envelope.rcpt_tos for envelope in inbox.envelopes] == [["ada@example.org"]]


async def test_no_server_is_no_permanent_fault(serve):
    port = await serve(Inbox())
    transport = SmtpTransport.from_url(f"smtp://127.0.0.1:{port}", sender=SENDER)
    free = SmtpTransport("127.0.0.1", 1, sender=SENDER, tls="auto")
    await transport.send(MAIL)
    with pytest.raises(MailNotSentError) as caught:
        await free.send(MAIL)
    assert not caught.value.permanent


async def test_header_injection_is_refused(tmp_path):
    transport = FileTransport(tmp_path, sender=SENDER)
    with pytest.raises(ValueError):
        await transport.send(Mail(to=("a@example.org",), subject="x\r\nBcc: eve@example.org", text=""))
    with pytest.raises(ValueError):
        await transport.send(Mail(to=("a@example.org\nBcc: eve@example.org",), subject="x", text=""))
    assert list(tmp_path.iterdir()) == []


async def test_file_transport_writes_a_readable_private_file(tmp_path):
    transport = mail_transport(None, sender=SENDER, outbox=tmp_path / "outbox")
    await transport.send(MAIL)
    await transport.send(MAIL)
    files = sorted((tmp_path / "outbox").iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    message = email.message_from_bytes(files[0].read_bytes(), policy=default)
    assert message["To"] == "ada@example.org, bob@example.org"


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp://mail.example", 25, "auto"),
        ("smtp://u:p@mail.example", 587, "required"),
        ("smtp://u:p@127.0.0.1", 587, "auto"),
        ("smtp://u:p@mail.example:2525?starttls=never", 2525, "never"),
        ("smtps://u:p@mail.example", 465, "implicit"),
    ],
)
def test_url_is_read(url, port, tls):
    transport = mail_transport(url, sender=SENDER, outbox=None)
    assert (transport.host, transport.port, transport.tls) == (
        url.split("@")[-1].split("//")[-1].split("?")[0].split(":")[0],
        port,
        tls,
    )


@pytest.mark.parametrize(
    "url", ["mail.example", "http://x", "smtp://", "smtp://x:y:z", "smtp://x?starttls=maybe"]
)
def test_unreadable_url(url):
    with pytest.raises(InvalidSmtpUrlError):
        SmtpTransport.from_url(url, sender=SENDER)
