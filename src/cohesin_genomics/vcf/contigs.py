"""Contig names and their order.

Human primary contigs are named `1` to `22`, `X`, `Y`, `MT` whatever the file calls them (`chr1`,
`NC_000001.10`, `chrM`). All others keep the file's name.
"""

from __future__ import annotations

import re

KARYOTYPE = (*(str(number) for number in range(1, 23)), "X", "Y", "MT")
"""The order of primary contigs; a contig's code is its place here, counted from 1."""

FIRST_OTHER_CODE = 100
"""Contigs outside the karyotype get codes from here in the order of the file: theirs are per file."""

YORUBA_MITOCHONDRION_LENGTH = 16571
"""UCSC hg19's chrM (NC_001807), whose positions are not those of the revised Cambridge sequence."""

_CODES = {name: code for code, name in enumerate(KARYOTYPE, start=1)}
_REFSEQ = re.compile(r"NC_0000(\d\d)\.\d+")
_REFSEQ_MITOCHONDRION = re.compile(r"NC_012920\.\d+")


def canonical_contig(name: str) -> str:
    """The primary contig's name without prefix, or `name` unchanged when it is no primary contig."""
    bare = name[3:] if name[:3].lower() == "chr" else name
    bare = "MT" if bare in {"M", "MT", "Mt", "mt"} else bare.upper() if bare in {"x", "y"} else bare
    if bare in _CODES:
        return bare
    refseq = _REFSEQ.fullmatch(name)
    if refseq and 1 <= int(refseq[1]) <= 24:
        return KARYOTYPE[int(refseq[1]) - 1]
    return "MT" if _REFSEQ_MITOCHONDRION.fullmatch(name) else name


class ContigNames:
    """Turns one file's contig names into canonical names and codes."""

    def __init__(self, lengths: dict[str, int | None]) -> None:
        self._lengths = lengths
        self._seen: dict[str, tuple[int, str]] = {}
        self._others = 0

    def resolve(self, name: str) -> tuple[int, str]:
        """(code, canonical name). The Yoruba chrM keeps its name, since its positions mean something else."""
        if name not in self._seen:
            canonical = canonical_contig(name)
            if canonical == "MT" and self._lengths.get(name) == YORUBA_MITOCHONDRION_LENGTH:
                canonical = name
            self._seen[name] = (self._code(canonical), canonical)
        return self._seen[name]

    def _code(self, canonical: str) -> int:
        known = _CODES.get(canonical)
        if known is not None:
            return known
        self._others += 1
        return FIRST_OTHER_CODE + self._others - 1
