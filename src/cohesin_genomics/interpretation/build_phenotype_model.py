"""Build the compiled phenotype model.

Command: `python -m cohesin_genomics.interpretation.build_phenotype_model [OUTPUT]`.

Reads the shipped HPO release (ontology, disease annotations, gene-disease pairs) and writes one `.npz` that
`phenotype.PhenotypeModel` loads. Run it whenever those files change; the build is deterministic.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cohesin_genomics.interpretation.disease_annotations import DiseaseAnnotations, read_disease_annotations
from cohesin_genomics.interpretation.ontology import (
    PHENOTYPIC_ABNORMALITY,
    OboTerm,
    Ontology,
    ancestors,
    read_ontology,
)

DATA_DIRECTORY = Path(__file__).parent.parent / "data" / "hpo"
ONTOLOGY_FILE = "hp_2025-01-16.obo.gz"
ANNOTATION_FILE = "phenotype_2025-01-16.hpoa.gz"
GENE_FILE = "gene_disease_inheritance_hpo2025-01-16.tsv.gz"
MODEL_FILE = "phenotype_model_2025-01-16.npz"

_SMALLEST_SIZE = 0.1
_BACKGROUND_PRIOR = 0.5

Arrays = dict[str, npt.NDArray[Any]]


def build(source: Path = DATA_DIRECTORY) -> Arrays:
    """Compile the arrays of the model from the text files in `source`.

    Shapes, with T terms, D diseases, Z non-zeros, G gene-disease pairs: `frequency_start` (T+1),
    `frequency_disease`
    (Z), `frequency_value` (Z) are f(term, disease) as compressed sparse rows by term, propagated to
    ancestors;
    `background` (T); `log_size` (D); `ancestor_start` (T+1), `ancestor_index` (A) list proper ancestors
    within the
    phenotypic-abnormality branch, its root left out; `gene_disease` (G) with texts `genes`. Texts are UTF-8
    bytes,
    one item a line.
    """
    ontology = read_ontology(source / ONTOLOGY_FILE)
    closure = ancestors(ontology)
    terms = ontology.active()
    index = {term.id: row for row, term in enumerate(terms)}
    inside = {
        term.id
        for term in terms
        if term.id == PHENOTYPIC_ABNORMALITY or PHENOTYPIC_ABNORMALITY in closure[term.id]
    }
    replaced = ontology.synonyms_of_ids()
    accepted = {key: key for key in inside} | {old: new for old, new in replaced.items() if new in inside}
    annotations = read_disease_annotations(source / ANNOTATION_FILE, accepted)
    diseases = sorted(disease for disease, direct in annotations.frequencies.items() if direct)
    above = {key: [a for a in closure[key] if a in inside] for key in inside}
    arrays = _frequency_rows(annotations, diseases, above, index)
    arrays |= _ancestor_rows(terms, above)
    arrays |= _term_texts(ontology, terms, replaced, inside)
    arrays |= _gene_pairs(source / GENE_FILE, diseases)
    arrays["disease_ids"] = _text(diseases)
    arrays["disease_names"] = _text([annotations.names[disease] for disease in diseases])
    arrays["releases"] = _text([ontology.release, annotations.release])
    return arrays


def _frequency_rows(
    annotations: DiseaseAnnotations,
    diseases: Sequence[str],
    above: dict[str, list[str]],
    index: dict[str, int],
) -> Arrays:
    rows: list[list[int]] = [[] for _ in index]
    values: list[list[float]] = [[] for _ in index]
    log_size = np.zeros(len(diseases))
    for column, disease in enumerate(diseases):
        direct = annotations.frequencies[disease]
        log_size[column] = np.log(max(sum(direct.values()), _SMALLEST_SIZE))
        propagated: dict[str, float] = {}
        for term, frequency in direct.items():
            for key in (term, *above[term]):
                propagated[key] = max(propagated.get(key, 0.0), frequency)
        for key, frequency in propagated.items():
            rows[index[key]].append(column)
            values[index[key]].append(frequency)
    totals = np.array([sum(row) for row in values])
    return {
        "frequency_start": np.cumsum([0, *(len(row) for row in rows)], dtype=np.int32),
        "frequency_disease": np.array([column for row in rows for column in row], dtype=np.int16),
        "frequency_value": np.array([value for row in values for value in row], dtype=np.float32),
        "background": (totals + _BACKGROUND_PRIOR) / (len(diseases) + 1),
        "log_size": log_size,
    }


def _ancestor_rows(terms: Sequence[OboTerm], above: dict[str, list[str]]) -> Arrays:
    index = {term.id: row for row, term in enumerate(terms)}
    rows = [
        sorted(index[key] for key in above.get(term.id, ()) if key != PHENOTYPIC_ABNORMALITY)
        for term in terms
    ]
    return {
        "ancestor_start": np.cumsum([0, *(len(row) for row in rows)], dtype=np.int32),
        "ancestor_index": np.array([key for row in rows for key in row], dtype=np.int16),
    }


def _term_texts(
    ontology: Ontology, terms: Sequence[OboTerm], replaced: dict[str, str], inside: set[str]
) -> Arrays:
    retired = sorted(key for key, term in ontology.terms.items() if term.obsolete and key not in replaced)
    moved = sorted(replaced)
    return {
        "term_ids": _text([term.id for term in terms]),
        "term_names": _text([term.name for term in terms]),
        "term_definitions": _text([term.definition for term in terms]),
        "term_synonyms": _text(["\t".join(term.synonyms) for term in terms]),
        "term_parents": _text(["\t".join(term.parents) for term in terms]),
        "phenotypic": np.array([term.id in inside for term in terms]),
        "moved_ids": _text(moved),
        "moved_to": _text([replaced[key] for key in moved]),
        "retired_ids": _text(retired),
    }


def _gene_pairs(path: Path, diseases: Sequence[str]) -> Arrays:
    index = {disease: row for row, disease in enumerate(diseases)}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        pairs = sorted(
            {
                (row["gene"], index[row["disease_id"]])
                for row in csv.DictReader(lines, delimiter="\t")
                if row["gene"] not in {"", "-"} and row["disease_id"] in index
            }
        )
    return {
        "genes": _text([gene for gene, _ in pairs]),
        "gene_disease": np.array([disease for _, disease in pairs], dtype=np.int16),
    }


def _text(items: Sequence[str]) -> npt.NDArray[np.uint8]:
    lines = "\n".join(" ".join(item.split("\n")) for item in items)
    return np.frombuffer(lines.encode(), dtype=np.uint8)


def write(arrays: Arrays, path: Path) -> None:
    """Write the model beside its final name and move it there, so that a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)
    temporary.replace(path)


def main(arguments: Sequence[str]) -> int:
    """Write the model to the first argument, or to its shipped place."""
    path = Path(arguments[0]) if arguments else DATA_DIRECTORY / MODEL_FILE
    write(build(), path)
    sys.stdout.write(f"{path}: {path.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
