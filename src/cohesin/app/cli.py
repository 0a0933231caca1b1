"""The command ``cohesin``; each command lives in :mod:`cohesin.app.commands`."""

import click

from cohesin.app.commands.doctor import doctor
from cohesin.app.commands.migrate import migrate
from cohesin.app.commands.openapi import openapi
from cohesin.app.commands.serve import serve
from cohesin.app.commands.settings_page import settings_page

EPILOG = (
    "Exit codes: 0 done, 1 failed, 2 wrong command line, 69 database, 74 file or port, "
    "75 data folder in use, 77 rights of a database role, 78 settings."
)


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cohesin", message="%(version)s")
def main() -> None:
    """Cohesin, the genetic-testing server."""


for command in (serve, migrate, doctor, openapi, settings_page):
    main.add_command(command)

if __name__ == "__main__":
    main()
