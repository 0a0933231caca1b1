"""``cohesin keys``: credentials of the partners' faces."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from cohesin.app.commands.options import data_dir_option, json_option
from cohesin.app.commands.running import caller_of, run_with_services
from cohesin.kernel.caller import Caller, system_caller
from cohesin.kernel.crypto.api_keys import CONNECT_PREFIX
from cohesin.kernel.crypto.passwords import PasswordHasher, generate_password
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.http.edge import Services
from cohesin.kernel.http.operation import UUID_TEXT
from cohesin.partners.caligenix import keys as connect
from cohesin.partners.opal import keys as opal
from cohesin.partners.toolbox import accounts as toolbox

Shown = dict[str, Any]
FACES = ("caligenix", "toolbox", "opal")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says of a new credential."""

    face: str
    name: str | None
    scopes: str | None
    read_only: bool
    email: str
    partner: UUID | None
    genetic_data: bool


@click.group()
def keys() -> None:
    """Make and disable credentials of partners."""


@keys.command()
@click.option("--face", type=click.Choice(FACES), required=True, help="Interface the credential is for.")
@click.option("--tenant", metavar="DOMAIN", required=True, help="Domain of the organisation it belongs to.")
@click.option("--name", help="caligenix: partner account (made where there is none); toolbox: username.")
@click.option(
    "--scopes", help=f"caligenix: comma-separated among {', '.join(connect.SCOPES)}; both if unset."
)
@click.option("--read-only", is_flag=True, help="opal: refuse every change.")
@click.option("--email", default="", help="opal, toolbox: address of its user, told of failed annotations.")
@click.option("--partner", type=click.UUID, help="toolbox: ordering partner; a new one if unset.")
@click.option("--genetic-data", is_flag=True, help="toolbox: let the new partner send genetic data.")
@data_dir_option
@json_option
def create(tenant: str, data_dir: Path | None, as_json: bool, **options: Any) -> None:
    """Make a credential and print its secret, this once. Every call makes another one."""
    asked = Asked(**options)
    _refuse_strangers(asked)

    async def work(services: Services) -> Shown:
        return await _MAKERS[asked.face](services, await caller_of(services, tenant), asked)

    shown = {"face": asked.face, "tenant": tenant, **run_with_services(data_dir, work)}
    if as_json:
        click.echo(json.dumps(shown))
        return
    for label, value in shown.items():
        click.echo(f"{label:10} {', '.join(value) if isinstance(value, list) else value}")
    click.echo("The secret is not stored and cannot be shown again.", err=True)


@keys.command()
@click.argument("key")
@data_dir_option
@json_option
def disable(key: str, data_dir: Path | None, as_json: bool) -> None:
    """Disable KEY: a Connect key or its id, an Opal login, or a Toolbox username.

    Calls with it are refused from then on. To disable it again changes nothing.
    """
    face = _face_of(key)

    async def work(services: Services) -> None:
        async with services.units.open(system_caller()) as uow:
            if face == "caligenix":
                await connect.disable_key(uow, key)
            elif face == "opal":
                await opal.disable_key(uow, key)
            else:
                await toolbox.set_account_active(uow, key, active=False)

    run_with_services(data_dir, work)
    if as_json:
        click.echo(json.dumps({"face": face, "disabled": True}))
    else:
        click.echo(f"Disabled for {face}.")


async def _create_connect(services: Services, caller: Caller, asked: Asked) -> Shown:
    scopes = connect.SCOPES if asked.scopes is None else [one.strip() for one in asked.scopes.split(",")]
    async with services.units.open(caller) as uow:
        made = await connect.issue_key(uow, account_name=asked.name or "Partner", scopes=scopes)
    return {"id": str(made.key.id), "key": made.secret, "scopes": made.key.scopes}


async def _create_toolbox(services: Services, caller: Caller, asked: Asked) -> Shown:
    username, password = asked.name or f"toolbox_{secrets.token_hex(4)}", generate_password()
    password_hash = await services.get(PasswordHasher).hash(password)
    async with services.units.open(caller) as uow:
        account = await toolbox.create_account(
            uow,
            services.get(Sealer),
            username=username,
            password_hash=password_hash,
            email=asked.email,
            partner_id=asked.partner,
            may_send_genetic_data=asked.genetic_data,
        )
    return {"id": str(account.id), "username": username, "password": password}


async def _create_opal(services: Services, caller: Caller, asked: Asked) -> Shown:
    async with services.units.open(caller) as uow:
        made = await opal.create_key(uow, email=asked.email, read_only=asked.read_only)
    return {
        "id": str(made.id),
        "login": made.login,
        "password": made.password,
        "user": made.user_number,
        "read_only": made.read_only,
    }


_MAKERS: dict[str, Callable[[Services, Caller, Asked], Awaitable[Shown]]] = {
    "caligenix": _create_connect,
    "toolbox": _create_toolbox,
    "opal": _create_opal,
}
# Options that say something to some faces only.
_FACES_OF = {
    "name": ("caligenix", "toolbox"),
    "scopes": ("caligenix",),
    "read_only": ("opal",),
    "email": ("toolbox", "opal"),
    "partner": ("toolbox",),
    "genetic_data": ("toolbox",),
}


def _refuse_strangers(asked: Asked) -> None:
    """An option of another face is a wrong command line: it would be ignored without a word."""
    for option, faces in _FACES_OF.items():
        if getattr(asked, option) and asked.face not in faces:
            raise click.UsageError(f"--{option.replace('_', '-')} is for {' and '.join(faces)} only.")


def _face_of(key: str) -> str:
    """The face of a credential by its form: Connect keys and Opal logins have a prefix, usernames are the rest."""
    if key.startswith(CONNECT_PREFIX) or UUID_TEXT.fullmatch(key):
        return "caligenix"
    return "opal" if key.startswith(opal.LOGIN_PREFIX) else "toolbox"
