"""``demo.json``: how the demo is reached. It holds passwords and is readable by its owner alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import msgspec

FILE_NAME: Final = "demo.json"
#: The same before the server answers: keys are written here before the transaction that makes them ends.
PARTIAL_NAME: Final = "demo.partial.json"


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A person's sign-in; the password is None where the administrator was made before the demo."""

    email: str
    password: str | None

    def __repr__(self) -> str:
        return f"Login({self.email})"


class DemoTenant(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    domain: str


class ConnectKey(msgspec.Struct, frozen=True):
    key: str

    def __repr__(self) -> str:
        return "ConnectKey()"


class ToolboxLogin(msgspec.Struct, frozen=True, kw_only=True):
    username: str
    password: str

    def __repr__(self) -> str:
        return f"ToolboxLogin({self.username})"


class OpalKey(msgspec.Struct, frozen=True, kw_only=True):
    login: str
    password: str

    def __repr__(self) -> str:
        return f"OpalKey({self.login})"


class DemoRecord(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The whole file. `ids` are the numbers and ids of what was loaded, by what it is."""

    url: str
    admin: Login
    tenant: DemoTenant
    owner: Login
    caligenix: ConnectKey
    toolbox: ToolboxLogin
    opal: OpalKey
    alert_id: str | None = None
    ids: dict[str, Any] = {}


def read_record(path: Path) -> DemoRecord | None:
    """The file's content; None where there is no such file.

    Raises:
        msgspec.MsgspecError: it is something else.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=DemoRecord)
    except FileNotFoundError:
        return None


def write_record(path: Path, record: DemoRecord) -> None:
    """Put the file in place whole, readable by its owner only."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def publish_record(data_dir: Path, record: DemoRecord) -> None:
    """The server answers: the file appears under its name."""
    write_record(data_dir / FILE_NAME, record)
    (data_dir / PARTIAL_NAME).unlink(missing_ok=True)


def demo_lines(data_dir: Path, record: DemoRecord) -> list[str]:
    """What people need to look around, line by line."""
    admin = record.admin.password or "as you set it"
    return [
        f"  Console   {record.url}/  {record.owner.email}  {record.owner.password}",
        f"  Admin     {record.admin.email}  {admin}",
        f"  Toolbox   {record.url}/api/v1/  {record.toolbox.username}  {record.toolbox.password}",
        f"  Opal      {record.url}/opal/  {record.opal.login}  {record.opal.password}",
        f"  Connect   {record.url}/v1/  {record.caligenix.key}",
        f"  All of it is in {data_dir / FILE_NAME}; see it work with: cohesin demo --story",
    ]
