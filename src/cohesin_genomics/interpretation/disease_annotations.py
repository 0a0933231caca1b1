"""HPO disease annotations (`phenotype.hpoa`): which phenotype occurs in which disease, and how often.

Format: https://hpo-annotation-qc.readthedocs.io/en/latest/annotationFormat.html, tab-separated, 12 columns.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

UNKNOWN_FREQUENCY = 0.4
PRIOR_OBSERVATIONS = 0.3
_CATEGORY_PERCENT = {
    "HP:0040280": 1.0,  # obligate
    "HP:0040281": 0.895,  # very frequent, 80-99 %
    "HP:0040282": 0.545,  # frequent, 30-79 %
    "HP:0040283": 0.17,  # occasional, 5-29 %
    "HP:0040284": 0.025,  # very rare, 1-4 %
    "HP:0040285": 0.0,  # excluded
}
_STATED_AS_PATIENTS = 10.0
_EXCLUDED_AS_PATIENTS = 5.0
_COLUMNS = 12


class AnnotationFormatError(ValueError):
    """A line of the annotation file does not follow the format."""


class PhenotypeCount(msgspec.Struct):
    """Patients with the phenotype among patients examined, summed over the sources of one disease."""

    observed: float = 0.0
    examined: float = 0.0
    unstated: bool = False

    def add(self, frequency: str, *, excluded: bool) -> None:
        """Add one row.

        Raises:
            AnnotationFormatError: the frequency is neither n/m, a percentage nor an HPO frequency class.
        """
        if excluded:
            self.examined += _EXCLUDED_AS_PATIENTS
        elif not frequency:
            self.unstated = True
        else:
            observed, examined = parse_frequency(frequency)
            self.observed += observed
            self.examined += examined

    @property
    def absent(self) -> bool:
        """Looked for and never seen: an annotation of absence, not of presence."""
        return self.observed == 0 and self.examined > 0 and not self.unstated

    @property
    def frequency(self) -> float:
        """Shrunken estimate of the share of patients, 0-1."""
        prior = PRIOR_OBSERVATIONS * UNKNOWN_FREQUENCY
        return (self.observed + prior) / (self.examined + PRIOR_OBSERVATIONS)


class DiseaseAnnotations(msgspec.Struct, frozen=True):
    """Diseases of one database with the frequency of each directly annotated phenotype term."""

    release: str
    names: dict[str, str]
    frequencies: dict[str, dict[str, float]]


def parse_frequency(text: str) -> tuple[float, float]:
    """Frequency column as (patients with it, patients examined).

    Raises:
        AnnotationFormatError: the text is none of the three documented forms.
    """
    if text in _CATEGORY_PERCENT:
        return _STATED_AS_PATIENTS * _CATEGORY_PERCENT[text], _STATED_AS_PATIENTS
    try:
        if text.endswith("%"):
            return _STATED_AS_PATIENTS * float(text[:-1]) / 100, _STATED_AS_PATIENTS
        observed, examined = text.split("/")
        return float(observed), float(examined)
    except ValueError as error:
        raise AnnotationFormatError(
            f"frequency is not n/m, a percentage or a frequency term: {text!r}"
        ) from error


def read_disease_annotations(path: Path, ids: Mapping[str, str], prefix: str = "OMIM:") -> DiseaseAnnotations:
    """Read the annotation file for diseases whose id starts with `prefix`.

    `ids` maps every accepted phenotype id (alternative and replaced ids included) to the id in use; rows
    with other
    ids (outside the phenotypic-abnormality branch) are left out.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return parse_disease_annotations(lines, ids, prefix)


def parse_disease_annotations(
    lines: Iterable[str], ids: Mapping[str, str], prefix: str
) -> DiseaseAnnotations:
    """Parse annotation lines; see `read_disease_annotations`.

    Raises:
        AnnotationFormatError: a row has too few columns or an unknown frequency.
    """
    release = ""
    names: dict[str, str] = {}
    counts: dict[str, dict[str, PhenotypeCount]] = {}
    for row in _rows(lines):
        if isinstance(row, str):
            release = row
            continue
        disease, name, qualifier, term, frequency, aspect = row
        if aspect != "P" or not disease.startswith(prefix):
            continue
        names.setdefault(disease, name)
        terms = counts.setdefault(disease, {})
        if term in ids:
            count = terms.setdefault(ids[term], PhenotypeCount())
            count.add(frequency, excluded=qualifier == "NOT")
    frequencies = {
        disease: {term: count.frequency for term, count in terms.items() if not count.absent}
        for disease, terms in counts.items()
    }
    return DiseaseAnnotations(release=release, names=names, frequencies=frequencies)


def _rows(lines: Iterable[str]) -> Iterator[str | tuple[str, str, str, str, str, str]]:
    for raw in lines:
        line = raw.rstrip("\n")
        if line.startswith("#version:"):
            yield line.split(":", 1)[1].strip()
        if line.startswith(("#", "database_id\t")) or not line:
            continue
        cells = line.split("\t")
        if len(cells) < _COLUMNS:
            raise AnnotationFormatError(f"a row has {len(cells)} columns, {_COLUMNS} are needed")
        yield cells[0], cells[1], cells[2], cells[3], cells[7], cells[10]
