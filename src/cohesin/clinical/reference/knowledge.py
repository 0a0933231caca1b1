"""An installation's own reference data as the science reads it: a heavy module, for processes that compute."""

from __future__ import annotations

from pathlib import Path

from cohesin.clinical.reference.manifest import Kind, check_files, read_manifest
from cohesin_genomics.knowledge.store import Knowledge
from cohesin_genomics.model import Assembly


def load_knowledge(assembly: Assembly, folder: Path) -> Knowledge:
    """What is known for an assembly: the embedded sets with the folder's files in their place or beside them.

    Raises:
        ReferenceDataError: the folder does not hold what its manifest says.
    """
    files = [one for one in read_manifest(folder) if one.assembly == assembly]
    if not files:
        return Knowledge.embedded(assembly)
    check_files(folder, files)
    by_kind: dict[Kind, list[Path]] = {}
    for one in files:
        by_kind.setdefault(one.kind, []).append(folder / one.path)
    return Knowledge.load(
        assembly,
        clinvar_vcf=_only(by_kind.get("clinvar")),
        frequency_vcfs=tuple(by_kind.get("frequencies", ())),
        fasta=_only(by_kind.get("fasta")),
        gene_models=_only(by_kind.get("gene_models")),
        release_names={folder / one.path: one.release for one in files},
    )


def _only(paths: list[Path] | None) -> Path | None:
    return paths[0] if paths else None
