"""``cohesin keyring``: the keys that sign sign-in sessions."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cohesin.app.commands.options import data_dir_option, json_option
from cohesin.app.commands.running import run_with_services
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.http.edge import Services
from cohesin.platform.auth.keyring import rotate_keyring


@click.group()
def keyring() -> None:
    """Care for the keys that sign access tokens."""


@keyring.command()
@data_dir_option
@json_option
def rotate(data_dir: Path | None, as_json: bool) -> None:
    """Sign access tokens with a new key. Running servers take it over within a minute; nobody is signed out.

    The key before stays accepted. Wait a quarter of an hour, the life of a token, between two rotations.
    """

    async def work(services: Services) -> str:
        return (await rotate_keyring(services.units, services.get(Sealer))).active.kid

    kid = run_with_services(data_dir, work)
    if as_json:
        click.echo(json.dumps({"kid": kid}))
    else:
        click.echo(f"Access tokens are signed with key {kid}; running servers follow within a minute.")
