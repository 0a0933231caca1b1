"""``cohesin migrate``."""

import json
import os
from pathlib import Path

import click

from cohesin.app.commands.options import data_dir_option, json_option, read_settings
from cohesin.app.database import open_database
from cohesin.app.exits import exit_codes
from cohesin.app.migrations.standing import current_revision


@click.command()
@data_dir_option
@json_option
def migrate(data_dir: Path | None, as_json: bool) -> None:
    """Bring the database to this release: roles, extensions, then every missing revision."""
    applied: list[str] = []

    def progress(revision: str, title: str) -> None:
        applied.append(revision)
        if not as_json:
            click.echo(f"Migrated {revision}: {title}")

    with exit_codes():
        settings = read_settings(dict(os.environ), data_dir=data_dir)
        with open_database(settings, progress) as prepared:
            dsn = prepared.database_url or prepared.app_database_url
            assert dsn is not None
            revision = current_revision(dsn)
    if as_json:
        click.echo(json.dumps({"applied": applied, "revision": revision}))
    elif not applied:
        click.echo(f"Nothing to do: the database is at revision {revision}.")
