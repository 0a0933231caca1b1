"""``cohesin openapi``."""

import json
import sys
from pathlib import Path

import click

from cohesin.app.document import document


@click.command()
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; standard output else."
)
def openapi(output: Path | None) -> None:
    """Print the OpenAPI document of every operation."""
    data = json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        sys.stdout.write(data)
    else:
        output.write_text(data, encoding="utf-8")
