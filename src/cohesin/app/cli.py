"""The command ``cohesin``; each command lives in :mod:`cohesin.app.commands` and is loaded when called."""

import importlib

import click

EPILOG = (
    "Exit codes: 0 done, 1 failed, 2 wrong command line, 69 database, 74 file or port, "
    "75 data folder in use, 77 rights of a database role, 78 settings."
)
# Command → module of cohesin.app.commands; the command's function is named as its module.
COMMANDS = {
    "serve": "serve",
    "demo": "demo",
    "worker": "worker",
    "migrate": "migrate",
    "doctor": "doctor",
    "keys": "keys",
    "keyring": "keyring",
    "reference": "reference",
    "import-vcf": "import_vcf",
    "openapi": "openapi",
    "settings-page": "settings_page",
    "cli-page": "cli_page",
}


class _LoadedWhenCalled(click.Group):
    """Loads the module of the command that is called and no other: ``serve`` starts a second sooner."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(importlib.import_module(f"cohesin.app.commands.{module}"), module)
        return command


@click.group(cls=_LoadedWhenCalled, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cohesin", message="%(version)s")
def main() -> None:
    """Cohesin, the genetic-testing server."""


if __name__ == "__main__":
    main()
