import asyncio
import gzip
from ipaddress import ip_address

import pytest

from cohesin.kernel.outbound import (
    AddressRefusedError,
    ConnectionFailedError,
    HostNotFoundError,
    InvalidTargetError,
    OutboundClient,
    OutboundTimeoutError,
    PlainHttpRefusedError,
    is_public,
)


class Receiver:
    """A real HTTP server on loopback that answers with given bytes and keeps what it was sent."""

    def __init__(self, answer, *, silent=False):
        self.answer, self.silent, self.requests = answer, silent, []
        self.port = 0

    async def handle(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), 0)
        self.requests.append((head.decode(), await reader.readexactly(length)))
        try:
            if self.silent:
                await reader.read()
            else:
                writer.write(self.answer)
                await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()


@pytest.fixture
async def receive():
    servers = []

    async def start(answer, **options):
        receiver = Receiver(answer, **options)
        server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0)
        receiver.port = server.sockets[0].getsockname()[1]
        servers.append(server)
        return receiver

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


def ok(body=b"fine", extra=b""):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n" % (len(body), extra) + body


def resolving(*answers):
    """A resolver that gives one answer after the other, the last one for ever."""
    left = [[ip_address(text) for text in answer] for answer in answers]

    async def resolve(_host, _port):
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


@pytest.fixture
async def client():
    made = []

    def make(**options):
        made.append(OutboundClient(**options))
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


async def test_post_reaches_the_checked_address_under_the_given_name(receive, client):
    receiver = await receive(ok())
    sender = client(allow_private=True, resolve=resolving(["127.0.0.1"]))
    response = await sender.post(f"http://hooks.example:{receiver.port}/p?q=1", b"{}", {"webhook-id": "m"})
    assert (response.status, response.body, response.truncated) == (200, b"fine", False)
    ((head, body),) = receiver.requests
    assert head.startswith("POST /p?q=1 HTTP/1.1\r\n")
    assert f"host: hooks.example:{receiver.port}\r\n" in head.lower()
    assert "webhook-id: m\r\n" in head
    assert body == b"{}"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "240.0.0.1", "::1", "::", "fe80::1", "fd00::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
        "2001:db8::1",
    ],
)  # fmt: skip
async def test_special_addresses_are_refused(receive, client, address):
    assert not is_public(ip_address(address))
    receiver = await receive(ok())
    with pytest.raises(AddressRefusedError):
        await client(resolve=resolving([address])).post(f"https://h.example:{receiver.port}/", b"", {})
    assert receiver.requests == []


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "64:ff9b::101:101"])
def test_public_addresses(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
    ],
)
async def test_real_resolver_sees_through_other_spellings(client, url):
    with pytest.raises((AddressRefusedError, HostNotFoundError)):
        await client().check(url)


async def test_name_with_one_private_address_is_refused(client):
    with pytest.raises(AddressRefusedError):
        await client(resolve=resolving(["1.1.1.1", "10.0.0.1"])).check("https://h.example/")


async def test_rebinding_gains_nothing(receive, client):
    """Each call uses one answer of the resolver, for the check and for the connection."""
    receiver = await receive(ok())
    sender = client(resolve=resolving(["192.0.2.1"], ["127.0.0.1"]))
    for _ in range(2):
        with pytest.raises(AddressRefusedError):
            await sender.post(f"https://h.example:{receiver.port}/", b"", {})
    # The system resolver would not know this name: the connection goes to the address that was checked.
    allowed = client(allow_private=True, resolve=resolving(["127.0.0.1"], ["192.0.2.1"]))
    assert (await allowed.post(f"http://h.invalid:{receiver.port}/", b"", {})).status == 200
    assert len(receiver.requests) == 1


async def test_unspecified_and_multicast_stay_refused(client):
    for address in ("0.0.0.0", "224.0.0.1", "::", "::ffff:0.0.0.0"):
        with pytest.raises(AddressRefusedError):
            await client(allow_private=True, resolve=resolving([address])).check("https://h.example/")


async def test_plain_http_goes_to_allowed_private_hosts_only(client):
    with pytest.raises(PlainHttpRefusedError):
        await client(resolve=resolving(["1.1.1.1"])).check("http://h.example/")
    with pytest.raises(PlainHttpRefusedError):
        await client(allow_private=True, resolve=resolving(["1.1.1.1"])).check("http://h.example/")
    await client(allow_private=True, resolve=resolving(["10.0.0.1"])).check("http://h.example/")
    await client(resolve=resolving(["1.1.1.1"])).check("https://h.example/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h.example",
        "ftp://h.example/",
        "file:///etc/passwd",
        "https://u:p@h.example/",
        "https://",
        "http://[",
        "https://h:99999/",
    ],
)
async def test_other_urls_are_refused(client, url):
    with pytest.raises(InvalidTargetError):
        await client().check(url)


async def test_redirect_is_an_answer_not_a_way(receive, client):
    inner = await receive(ok())
    outer = await receive(
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n" % inner.port
    )
    response = await client(allow_private=True).post(f"http://127.0.0.1:{outer.port}/", b"", {})
    assert response.status == 302
    assert inner.requests == []


async def test_long_answer_is_cut(receive, client):
    receiver = await receive(ok(b"x" * 300_000))
    sender = client(allow_private=True, max_response_bytes=1000)
    response = await sender.post(f"http://127.0.0.1:{receiver.port}/", b"", {})
    assert response.truncated
    assert response.body == b"x" * 1000


async def test_compressed_answer_is_not_unpacked(receive, client):
    packed = gzip.compress(bytes(10_000_000))
    receiver = await receive(ok(packed, b"Content-Encoding: gzip\r\n"))
    response = await client(allow_private=True).post(f"http://127.0.0.1:{receiver.port}/", b"", {})
    assert response.body == packed
    assert "accept-encoding: identity" in receiver.requests[0][0].lower()


async def test_silent_server_ends_in_time(receive, client):
    receiver = await receive(b"", silent=True)
    with pytest.raises(OutboundTimeoutError):
        await client(allow_private=True, timeout_seconds=0.2).post(
            f"http://127.0.0.1:{receiver.port}/", b"", {}
        )


async def test_dripping_server_ends_in_time(client):
    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        try:
            while True:
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises((OutboundTimeoutError, ConnectionFailedError)):
        await client(allow_private=True, timeout_seconds=0.3).post(f"http://127.0.0.1:{port}/", b"", {})
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"]
)
async def test_broken_answers_are_failed_connections(receive, client, answer):
    receiver = await receive(answer)
    with pytest.raises(ConnectionFailedError):
        await client(allow_private=True).post(f"http://127.0.0.1:{receiver.port}/", b"", {})


async def test_closed_port_and_plain_answer_to_tls(client):
    async def greet(_reader, writer):
        writer.write(b"220 this is no TLS\r\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    sender = client(allow_private=True, timeout_seconds=2)
    for url in ("http://127.0.0.1:1/", f"https://127.0.0.1:{port}/"):
        with pytest.raises(ConnectionFailedError):
            await sender.post(url, b"", {})
    server.close()
    await server.wait_closed()


async def test_unknown_host(client):
    with pytest.raises(HostNotFoundError):
        await client().check("https://nowhere.invalid/")


async def test_environment_proxies_are_not_used(receive, client, monkeypatch):
    receiver = await receive(ok())
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    response = await client(allow_private=True).post(f"http://127.0.0.1:{receiver.port}/", b"", {})
    assert response.status == 200
