"""Disease and gene ranking by phenotype: the LR-S score.

A likelihood ratio for each observed phenotype (frequency in the disease over background frequency),
weakened when
only a more general term is annotated, summed in logs, and corrected for the number of phenotypes a disease is
annotated with. The likelihood-ratio idea is that of LIRICAL (Robinson et al. 2020, PMID 32755546); the weak
fallback, the floor and the size correction are this project's, see docs/genomics/phenotype.md.

Data: Human Phenotype Ontology (Gargano et al. 2024, PMID 37953324), OMIM diseases.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from cohesin_genomics.interpretation.build_phenotype_model import (
    DATA_DIRECTORY,
    MODEL_FILE,
    build,
    write,
)

Floats = npt.NDArray[np.float64]

_CACHED_TERMS: Final = 512


class PhenotypeParameters(msgspec.Struct, frozen=True):
    """Constants of the score; the defaults are the validated ones."""

    ancestor_weight: float = 0.1
    ratio_weight: float = 0.7
    floor: float = 0.3
    size_weight: float = 0.3
    temperature: float = 0.45
    """Multiplies the score before the softmax; 0.4-0.5 gives calibrated top posteriors."""


class Term(msgspec.Struct, frozen=True):
    """A phenotype term in use."""

    id: str
    name: str
    definition: str
    synonyms: tuple[str, ...]
    parents: tuple[str, ...]
    phenotypic: bool


class RejectedTerm(msgspec.Struct, frozen=True):
    """A query id that cannot be scored, and why."""

    id: str
    reason: str


class ResolvedTerms(msgspec.Struct, frozen=True):
    """A query made ready: distinct ids in use, replacements made (old to new), and ids left out."""

    used: tuple[str, ...]
    replaced: dict[str, str]
    rejected: tuple[RejectedTerm, ...]


class TermContribution(msgspec.Struct, frozen=True):
    """What one observed term adds to a disease's score (natural log of the floored likelihood ratio)."""

    term_id: str
    term_name: str
    contribution: float
    frequency: float | None
    """Share of patients with the disease who have the term, 0-1; None when not annotated, even to a
    descendant.
    """


class RankedDisease(msgspec.Struct, frozen=True):
    """A disease's place. `rank` gives ties the middle of their places, so it may end in .5."""

    rank: float
    disease_id: str
    name: str
    score: float
    posterior: float
    genes: tuple[str, ...]
    contributions: tuple[TermContribution, ...]
    size_correction: float


class GeneScore(msgspec.Struct, frozen=True):
    """The best disease of a gene: posterior-like probability 0-1 among the diseases known to the model."""

    posterior: float
    disease_id: str
    disease_name: str
    score: float
    rank: float


class PhenotypeModel:
    """The compiled phenotype model. Immutable, safe to share between threads."""

    def __init__(
        self, arrays: dict[str, npt.NDArray[Any]], parameters: PhenotypeParameters | None = None
    ) -> None:
        self.parameters = parameters or PhenotypeParameters()
        self.ontology_release, self.annotation_release = _lines(arrays["releases"])
        self._ids = _lines(arrays["term_ids"])
        self._index = {key: row for row, key in enumerate(self._ids)}
        self._names = _lines(arrays["term_names"])
        self._definitions = _lines(arrays["term_definitions"])
        self._synonyms = [_cells(line) for line in _lines(arrays["term_synonyms"])]
        self._parents = [_cells(line) for line in _lines(arrays["term_parents"])]
        self._phenotypic = arrays["phenotypic"]
        self._moved = dict(zip(_lines(arrays["moved_ids"]), _lines(arrays["moved_to"]), strict=True))
        self._retired = frozenset(_lines(arrays["retired_ids"]))
        self.diseases = _lines(arrays["disease_ids"])
        self._disease_names = _lines(arrays["disease_names"])
        self._start = arrays["frequency_start"]
        self._disease = arrays["frequency_disease"]
        self._frequency = arrays["frequency_value"]
        self._background: Floats = arrays["background"]
        self._log_size: Floats = arrays["log_size"]
        self._ancestor_start = arrays["ancestor_start"]
        self._ancestors = arrays["ancestor_index"]
        self._pair_disease = arrays["gene_disease"]
        self._disease_genes: dict[int, list[str]] = {}
        starts: dict[str, int] = {}
        pairs = zip(_lines(arrays["genes"]), self._pair_disease.tolist(), strict=True)
        for place, (gene, disease) in enumerate(pairs):
            starts.setdefault(gene, place)
            self._disease_genes.setdefault(disease, []).append(gene)
        self.genes = list(starts)
        self._gene_start = np.array(list(starts.values()))
        self._contribution = lru_cache(maxsize=_CACHED_TERMS)(self._compute_contribution)

    @classmethod
    def load(
        cls, cache_directory: Path | None = None, parameters: PhenotypeParameters | None = None
    ) -> PhenotypeModel:
        """The shipped model; where it is not shipped, one built once into `cache_directory` (about 6 s).

        Raises:
            FileNotFoundError: the model is not shipped and no cache directory was given.
        """
        path = DATA_DIRECTORY / MODEL_FILE
        if not path.exists():
            if cache_directory is None:
                raise FileNotFoundError(
                    f"{MODEL_FILE} is not shipped; name a cache directory to build it into"
                )
            path = cache_directory / MODEL_FILE
            if not path.exists():
                write(build(), path)
        with np.load(path, allow_pickle=False) as stored:
            return cls({name: stored[name] for name in stored.files}, parameters)

    def term(self, hp_id: str) -> Term | None:
        """The term with this id, or the one that replaced it; None when the id is unknown or retired."""
        row = self._index.get(self._moved.get(hp_id, hp_id))
        if row is None:
            return None
        return Term(
            id=self._ids[row],
            name=self._names[row],
            definition=self._definitions[row],
            synonyms=self._synonyms[row],
            parents=self._parents[row],
            phenotypic=bool(self._phenotypic[row]),
        )

    def search(self, text: str, limit: int = 20) -> list[Term]:
        """Terms whose name or synonym holds every word of `text`, closest first.

        Order: exact name, exact synonym, name beginning with the text, shorter names, id. An id finds its
        term.
        """
        wanted = " ".join(text.lower().split())
        if not wanted:
            return []
        by_id = self.term(wanted.upper())
        if by_id is not None:
            return [by_id]
        words = wanted.split(" ")
        found: list[tuple[int, int, str]] = []
        for row, name in enumerate(self._names):
            labels = [name.lower(), *(label.lower() for label in self._synonyms[row])]
            if any(all(word in label for word in words) for label in labels):
                place = 3
                if labels[0] == wanted:
                    place = 0
                elif wanted in labels:
                    place = 1
                elif labels[0].startswith(wanted):
                    place = 2
                found.append((place, len(name), self._ids[row]))
        matches = [self.term(key) for _, _, key in sorted(found)[:limit]]
        return [match for match in matches if match is not None]

    def resolve(self, terms: Iterable[str]) -> ResolvedTerms:
        """Replace alternative and obsolete ids, drop repeats, and set apart what cannot be scored."""
        used: dict[str, None] = {}
        replaced: dict[str, str] = {}
        rejected: list[RejectedTerm] = []
        for given in terms:
            key = self._moved.get(given, given)
            row = self._index.get(key)
            if row is None:
                reason = (
                    "obsolete without a replacement" if given in self._retired else "not in this HPO release"
                )
                rejected.append(RejectedTerm(given, reason))
            elif not self._phenotypic[row]:
                rejected.append(RejectedTerm(given, f"{self._names[row]} is not a phenotypic abnormality"))
            else:
                used[key] = None
                if key != given:
                    replaced[given] = key
        return ResolvedTerms(tuple(used), replaced, tuple(rejected))

    def scores(self, terms: Iterable[str]) -> Floats:
        """LR-S of every disease, shape (D,), in the order of `diseases`; zeros without a usable term."""
        used = self.resolve(terms).used
        total = np.zeros(len(self.diseases))
        for key in used:
            total += self._contribution(self._index[key])
        return total - self.parameters.size_weight * len(used) * self._log_size

    def posteriors(self, scores: Floats) -> Floats:
        """Softmax of the scaled scores, over listed diseases only: an unlisted one has no share."""
        scaled = self.parameters.temperature * (scores - scores.max())
        weights = np.exp(scaled)
        return np.asarray(weights / weights.sum(), dtype=np.float64)

    def rank_diseases(self, terms: Iterable[str], limit: int = 50) -> list[RankedDisease]:
        """Diseases best first (ties by id), each with what every term added. No usable term: no ranking."""
        used = self.resolve(terms).used
        if not used:
            return []
        scores = self.scores(used)
        posteriors = self.posteriors(scores)
        ranks = tied_ranks(scores)
        order = np.lexsort((np.arange(len(scores)), -scores))[:limit]
        size = self.parameters.size_weight * len(used)
        return [
            RankedDisease(
                rank=float(ranks[column]),
                disease_id=self.diseases[column],
                name=self._disease_names[column],
                score=float(scores[column]),
                posterior=float(posteriors[column]),
                genes=tuple(self._disease_genes.get(column, ())),
                contributions=self._explain(used, column),
                size_correction=float(-size * self._log_size[column]),
            )
            for column in order.tolist()
        ]

    def score_genes(self, terms: Iterable[str]) -> dict[str, GeneScore]:
        """Every gene with a known disease, by its best disease; empty without a usable term.

        `rank` is the gene's place among genes, ties in the middle.
        """
        used = self.resolve(terms).used
        if not used:
            return {}
        scores = self.scores(used)
        posteriors = self.posteriors(scores)
        best, columns = self._best_disease_of_genes(scores)
        ranks = tied_ranks(best)
        rows = zip(self.genes, columns.tolist(), ranks.tolist(), strict=True)
        return {
            gene: GeneScore(
                posterior=float(posteriors[column]),
                disease_id=self.diseases[column],
                disease_name=self._disease_names[column],
                score=float(scores[column]),
                rank=rank,
            )
            for gene, column, rank in rows
        }

    def _best_disease_of_genes(self, scores: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Best score and its disease for every gene, shape (genes,); the first disease of equals."""
        paired = scores[self._pair_disease]
        best = np.maximum.reduceat(paired, self._gene_start)
        sizes = np.diff(self._gene_start, append=len(paired))
        hits = np.flatnonzero(paired == np.repeat(best, sizes))
        first = hits[np.searchsorted(hits, self._gene_start)]
        return np.asarray(best, dtype=np.float64), self._pair_disease[first].astype(np.int64)

    def _explain(self, used: Sequence[str], column: int) -> tuple[TermContribution, ...]:
        parts = [
            TermContribution(
                term_id=key,
                term_name=self._names[self._index[key]],
                contribution=float(self._contribution(self._index[key])[column]),
                frequency=self._frequency_of(self._index[key], column),
            )
            for key in used
        ]
        return tuple(sorted(parts, key=lambda part: (-part.contribution, part.term_id)))

    def _frequency_of(self, row: int, column: int) -> float | None:
        span = slice(self._start[row], self._start[row + 1])
        hits = np.flatnonzero(self._disease[span] == column)
        return float(self._frequency[span][hits[0]]) if hits.size else None

    def _compute_contribution(self, row: int) -> Floats:
        ratio = np.zeros(len(self.diseases))
        for ancestor in self._ancestors[self._ancestor_start[row] : self._ancestor_start[row + 1]].tolist():
            self._raise_to_ratio(ratio, ancestor, self.parameters.ancestor_weight)
        self._raise_to_ratio(ratio, row, 1.0)
        contribution = np.log(self.parameters.ratio_weight * ratio + self.parameters.floor)
        contribution.flags.writeable = False
        return np.asarray(contribution)

    def _raise_to_ratio(self, ratio: Floats, row: int, weight: float) -> None:
        span = slice(self._start[row], self._start[row + 1])
        columns = self._disease[span]
        ratio[columns] = np.maximum(ratio[columns], self._frequency[span] * (weight / self._background[row]))


def tied_ranks(scores: Floats) -> Floats:
    """Rank 1 = highest; tied scores share 1 + number better + (others tied)/2. Shape as given."""
    ascending = np.sort(scores)
    below = np.searchsorted(ascending, scores, side="left")
    not_above = np.searchsorted(ascending, scores, side="right")
    better = len(scores) - not_above
    return np.asarray(1 + better + (not_above - below - 1) / 2, dtype=np.float64)


def _lines(stored: npt.NDArray[np.uint8]) -> list[str]:
    text = stored.tobytes().decode()
    return text.split("\n") if text else []


def _cells(line: str) -> tuple[str, ...]:
    return tuple(line.split("\t")) if line else ()
