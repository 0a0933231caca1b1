"""The Human Phenotype Ontology as read from its OBO file.

Format: OBO 1.2, https://owlcollab.github.io/oboformat/doc/GO.format.obo-1_2.html. Only the tags that a
clinical
service shows or reasons with are kept: id, name, definition, synonyms, is_a, alt_id, is_obsolete,
replaced_by.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

PHENOTYPIC_ABNORMALITY = "HP:0000118"
"""Root of the branch that describes patients; inheritance, onset and frequency terms lie outside it."""

HP_ID = re.compile(r"HP:\d{7}")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


class OntologyFormatError(ValueError):
    """The OBO text is not an ontology this reader understands."""


class OboTerm(msgspec.Struct, frozen=True):
    """One `[Term]` stanza."""

    id: str
    name: str
    definition: str = ""
    synonyms: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    alternative_ids: tuple[str, ...] = ()
    obsolete: bool = False
    replaced_by: str | None = None


class Ontology(msgspec.Struct, frozen=True):
    """Terms by id, obsolete ones included, and the release text of the file (`data-version`)."""

    release: str
    terms: dict[str, OboTerm]

    def active(self) -> list[OboTerm]:
        """Terms in use, sorted by id."""
        return [self.terms[key] for key in sorted(self.terms) if not self.terms[key].obsolete]

    def synonyms_of_ids(self) -> dict[str, str]:
        """Map of alternative and replaced ids to the id in use."""
        mapping: dict[str, str] = {}
        for term in self.terms.values():
            if term.obsolete:
                if term.replaced_by in self.terms:
                    mapping[term.id] = str(term.replaced_by)
                continue
            for old in term.alternative_ids:
                mapping[old] = term.id
        return {old: _follow(old, mapping) for old in mapping}


def _follow(term_id: str, mapping: Mapping[str, str]) -> str:
    """Follow replacements to their end; a circle ends where it would repeat."""
    seen: set[str] = set()
    while term_id in mapping and term_id not in seen:
        seen.add(term_id)
        term_id = mapping[term_id]
    return term_id


def ancestors(ontology: Ontology) -> dict[str, frozenset[str]]:
    """Proper ancestors of every active term over `is_a`.

    Raises:
        OntologyFormatError: `is_a` forms a circle.
    """
    known: dict[str, frozenset[str]] = {}
    for start in ontology.terms:
        stack = [(start, False)]
        open_terms: set[str] = set()
        while stack:
            term_id, parents_done = stack.pop()
            if term_id in known:
                continue
            parents = [parent for parent in ontology.terms[term_id].parents if parent in ontology.terms]
            if parents_done:
                known[term_id] = frozenset(parents).union(*(known[parent] for parent in parents))
                open_terms.discard(term_id)
                continue
            if term_id in open_terms:
                raise OntologyFormatError(f"is_a forms a circle at {term_id}")
            open_terms.add(term_id)
            stack.append((term_id, True))
            stack.extend((parent, False) for parent in parents if parent not in known)
    return known


def read_ontology(path: Path) -> Ontology:
    """Read an OBO file, gzipped when the name ends in `.gz`."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return parse_ontology(lines)


def parse_ontology(lines: Iterable[str]) -> Ontology:
    """Parse OBO lines.

    Raises:
        OntologyFormatError: there is no `[Term]` stanza, or one has no id.
    """
    release = ""
    terms: dict[str, OboTerm] = {}
    for kind, tags in _stanzas(lines):
        if kind == "":
            release = tags.get("data-version", [""])[0].removeprefix("hp/releases/")
        elif kind == "Term":
            term = _term(tags)
            terms[term.id] = term
    if not terms:
        raise OntologyFormatError("the file holds no [Term] stanza")
    return Ontology(release=release, terms=terms)


def _stanzas(lines: Iterable[str]) -> Iterator[tuple[str, dict[str, list[str]]]]:
    kind, tags = "", dict[str, list[str]]()
    for raw in lines:
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            yield kind, tags
            kind, tags = line[1:-1], {}
        elif ": " in line:
            tag, value = line.split(": ", 1)
            tags.setdefault(tag, []).append(value)
    yield kind, tags


def _term(tags: Mapping[str, list[str]]) -> OboTerm:
    if "id" not in tags:
        raise OntologyFormatError("a [Term] stanza has no id")
    return OboTerm(
        id=tags["id"][0],
        name=tags.get("name", [""])[0],
        definition=_quoted(tags.get("def", [""])[0]),
        synonyms=tuple(dict.fromkeys(_quoted(value) for value in tags.get("synonym", []))),
        parents=tuple(value.split(" ", 1)[0] for value in tags.get("is_a", [])),
        alternative_ids=tuple(tags.get("alt_id", [])),
        obsolete=tags.get("is_obsolete", ["false"])[0] == "true",
        replaced_by=next(iter(tags.get("replaced_by", [])), None),
    )


def _quoted(value: str) -> str:
    match = _QUOTED.match(value)
    return re.sub(r"\\(.)", r"\1", match.group(1)) if match else ""
