"""``cohesin openapi``."""

import json
import sys
from pathlib import Path

import click

from cohesin.app.asgi import create_app
from cohesin.app.exits import Exit, fail


@click.command()
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; standard output else."
)
def openapi(output: Path | None) -> None:
    """Print the OpenAPI document of every operation."""
    app = create_app()
    if app.openapi_config is None:
        fail("This build has no OpenAPI document.", Exit.FAILED)
    data = json.dumps(app.openapi_schema.to_schema(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        sys.stdout.write(data)
    else:
        output.write_text(data, encoding="utf-8")
