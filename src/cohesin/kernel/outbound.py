"""Calls to addresses that customers choose (webhooks), kept away from the server's own network."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

import httpx

IPAddress = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[list[IPAddress]]]

_NAT64: Final = IPv6Network("64:ff9b::/96")


class OutboundError(Exception):
    """The call could not be made or got no answer. `code` is one word for logs and delivery rows."""

    code = "outbound_error"


class InvalidTargetError(OutboundError):
    """The URL is not an http(s) URL with a host, or carries a user and password."""

    code = "invalid_url"


class PlainHttpRefusedError(OutboundError):
    """Plain http goes to private hosts only, where those are allowed at all."""

    code = "plain_http_refused"


class AddressRefusedError(OutboundError):
    """The host stands for an address inside a private, loopback, link-local or otherwise special network."""

    code = "address_refused"


class HostNotFoundError(OutboundError):
    """The host's name has no address."""

    code = "host_not_found"


class OutboundTimeoutError(OutboundError):
    """The whole call took longer than allowed."""

    code = "timeout"


class ConnectionFailedError(OutboundError):
    """No connection, no trusted certificate, or a broken answer."""

    code = "connection_failed"


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    """An answer of any status, redirects included; the body is cut at the client's limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    truncated: bool


@dataclass(frozen=True, slots=True)
class _Target:
    url: httpx.URL
    host: str
    host_header: str


async def resolve_host(host: str, port: int) -> list[IPAddress]:
    """Return the addresses of a host by the system's resolver; raises HostNotFoundError."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise HostNotFoundError("the host has no address") from error
    return [ip_address(item[4][0]) for item in found]


def _embedded(address: IPAddress) -> IPAddress:
    """Return the IPv4 address that an IPv6 address leads to by mapping, NAT64 or 6to4, else the address."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return IPv4Address(address.packed[-4:])
        return address.ipv4_mapped or address.sixtofour or address
    return address


def is_public(address: IPAddress) -> bool:
    """Tell whether an address is one of the open internet (IANA special-purpose registries)."""
    real = _embedded(address)
    return real.is_global and not real.is_multicast and not real.is_reserved


class OutboundClient:
    """Posts to foreign servers.

    The name is resolved once, every address is checked, and the connection goes to the checked address: a
    name that answers differently the second time (DNS rebinding) gains nothing. Certificates are checked
    against the name. No redirects, no proxies from the environment, no cookies; one time limit for the whole
    call.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        timeout_seconds: float = 10.0,
        max_response_bytes: int = 64 * 1024,
        user_agent: str = "Cohesin",
        resolve: Resolve = resolve_host,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._timeout_seconds = timeout_seconds
        self._max_response_bytes = max_response_bytes
        self._user_agent = user_agent
        self._resolve = resolve
        self._client = httpx.AsyncClient(
            verify=tls or ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
            timeout=timeout_seconds,
            # A kept connection belongs to an address checked for another call; each call makes its own.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def check(self, url: str) -> None:
        """Raise what `post` would raise before connecting; for validating a URL when it is entered."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._target(url)
        except TimeoutError as error:
            raise OutboundTimeoutError("the name took too long to resolve") from error

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> OutboundResponse:
        """Post a body and return the answer, whatever its status.

        Raises:
            InvalidTargetError, PlainHttpRefusedError, AddressRefusedError, HostNotFoundError,
            OutboundTimeoutError, ConnectionFailedError.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._send(await self._target(url), body, headers)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise OutboundTimeoutError("the call took too long") from error
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            raise ConnectionFailedError(f"the call failed ({type(error).__name__})") from error

    async def _target(self, url: str) -> _Target:
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            raise InvalidTargetError("the URL cannot be read") from error
        if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.userinfo:
            raise InvalidTargetError("the URL is http or https, names a host, and holds no password")
        port = parsed.port or (443 if parsed.scheme == "https" else 80)
        host = parsed.raw_host.decode("ascii").strip("[]")
        if "%" in host or port > 65_535:
            raise InvalidTargetError("there is no such host or port")
        addresses = await self._resolve(host, port)
        if not addresses:
            raise HostNotFoundError("the host has no address")
        # One private address among public ones is refused too: which one is used must not be left to chance.
        private = [address for address in addresses if not is_public(address)]
        if private and not (self._allow_private and all(_is_host(address) for address in private)):
            raise AddressRefusedError("the host stands in a private network")
        if parsed.scheme == "http" and len(private) < len(addresses):
            raise PlainHttpRefusedError("plain http goes to private hosts only")
        return _Target(
            url=parsed.copy_with(host=str(addresses[0])),
            host=host,
            host_header=parsed.netloc.decode("ascii"),
        )

    async def _send(self, target: _Target, body: bytes, headers: Mapping[str, str]) -> OutboundResponse:
        request = self._client.build_request(
            "POST",
            target.url,
            content=body,
            headers={
                "User-Agent": self._user_agent,
                **headers,
                "Host": target.host_header,
                # A compressed answer could unpack to any size.
                "Accept-Encoding": "identity",
            },
            extensions={"sni_hostname": target.host},
        )
        response = await self._client.send(request, stream=True)
        try:
            received = bytearray()
            async for chunk in response.aiter_raw():
                received += chunk
                if len(received) > self._max_response_bytes:
                    break
        finally:
            await response.aclose()
        self._client.cookies.clear()
        return OutboundResponse(
            status=response.status_code,
            headers=dict(response.headers),
            body=bytes(received[: self._max_response_bytes]),
            truncated=len(received) > self._max_response_bytes,
        )

    async def aclose(self) -> None:
        """Close what is open."""
        await self._client.aclose()


def _is_host(address: IPAddress) -> bool:
    """Tell a private host's address from those that name no single host."""
    real = _embedded(address)
    return not (real.is_multicast or real.is_unspecified)
