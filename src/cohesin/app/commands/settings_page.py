"""``cohesin settings-page``."""

from pathlib import Path

import click

from cohesin.kernel.settings import render_settings_page


@click.command("settings-page")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; standard output else."
)
def settings_page(output: Path | None) -> None:
    """Print the page that documents every setting (docs/settings.md)."""
    page = render_settings_page()
    if output is None:
        click.echo(page, nl=False)
    else:
        output.write_text(page, encoding="utf-8")
