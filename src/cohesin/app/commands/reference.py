"""``cohesin reference``: an installation's own ClinVar, frequencies, gene models and genome sequence."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from cohesin.app.commands.options import data_dir_option, file_progress, json_option, read_settings
from cohesin.app.exits import Exit, exit_codes, fail
from cohesin.clinical.reference.manifest import FOLDER, ReferenceDataError, ReferenceFile, read_manifest
from cohesin.clinical.reference.service import Statement, UnusableReferenceError, load_reference
from cohesin.clinical.reference.sniff import UnknownReferenceError
from cohesin_genomics.model import Assembly
from cohesin_genomics.vcf.errors import VcfError


@click.group()
def reference() -> None:
    """Load whole reference data in place of the embedded subsets."""


@reference.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--assembly", type=click.Choice([str(one) for one in Assembly]), help="Where a file shows none."
)
@click.option("--release", help="Name of the release for reports; the file's own date or name if unset.")
@data_dir_option
@json_option
def load(
    files: tuple[Path, ...], assembly: str | None, release: str | None, data_dir: Path | None, as_json: bool
) -> None:
    """Check FILES and keep copies under the data folder. What each is, is found by its content.

    ClinVar VCF, frequency VCF or table (AF, AF_<population>), gene models (GFF3, genePred, TSV), FASTA.
    Annotations and reports that start from then on use them; a file of the same kind and assembly is replaced.
    """
    said = Statement(assembly=Assembly(assembly) if assembly else None, release=release)
    loaded: list[ReferenceFile] = []
    with exit_codes():
        folder = read_settings(dict(os.environ), data_dir=data_dir).data_dir / FOLDER
        with file_progress(sum(path.stat().st_size for path in files), shown=not as_json) as report:
            for path in files:
                try:
                    loaded.append(load_reference(folder, path, said, datetime.now(UTC), report))
                except (UnknownReferenceError, UnusableReferenceError, VcfError, ReferenceDataError) as error:
                    fail(str(error), Exit.FAILED)
    _show(loaded, as_json=as_json)


@reference.command("list")
@data_dir_option
@json_option
def list_files(data_dir: Path | None, as_json: bool) -> None:
    """List the loaded files with their releases."""
    with exit_codes():
        folder = read_settings(dict(os.environ), data_dir=data_dir).data_dir / FOLDER
        try:
            files = read_manifest(folder)
        except ReferenceDataError as error:
            fail(str(error), Exit.FAILED)
    _show(files, as_json=as_json)
    if not files and not as_json:
        click.echo("None is loaded; the embedded subsets are used.")


def _show(files: list[ReferenceFile], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(files)))
    else:
        for one in files:
            click.echo(f"{one.assembly} {one.kind:12} {one.release}  {one.path}  sha256 {one.sha256[:12]}")
