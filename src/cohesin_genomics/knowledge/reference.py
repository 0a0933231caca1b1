"""Reference sequence: whole FASTA files by index, or a short region held in memory; genetic codes 1 and 2.

Codes: NCBI translation tables (https://www.ncbi.nlm.nih.gov/Taxonomy/Utils/wprintgc.cgi). Intervals are
0-based and half-open.
"""

from __future__ import annotations

import gzip
from itertools import product
from pathlib import Path
from typing import Final, Protocol

from pyfaidx import Fasta  # type: ignore[import-untyped]

_COMPLEMENT: Final = str.maketrans("ACGTNRYKMBDHVacgtn", "TGCANYRMKVHDBtgcan")

_CODONS: Final = tuple("".join(bases) for bases in product("TCAG", repeat=3))
STANDARD_CODE: Final[dict[str, str]] = dict(
    zip(_CODONS, "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", strict=True)
)
MITOCHONDRIAL_CODE: Final[dict[str, str]] = dict(
    zip(_CODONS, "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSS**VVVVAAAADDEEGGGG", strict=True)
)


def genetic_code(contig: str) -> dict[str, str]:
    """Table 2 for the mitochondrial genome, the standard table elsewhere."""
    return MITOCHONDRIAL_CODE if contig == "MT" else STANDARD_CODE


def start_codons(contig: str) -> frozenset[str]:
    """ATG, and on the mitochondrial genome the start codons of table 2."""
    return frozenset({"ATT", "ATC", "ATA", "ATG", "GTG"}) if contig == "MT" else frozenset({"ATG"})


def reverse_complement(sequence: str) -> str:
    return sequence.translate(_COMPLEMENT)[::-1]


def translate(sequence: str, code: dict[str, str]) -> str:
    """Amino acids of the whole codons of a sequence; X where a codon holds an unknown base."""
    return "".join(code.get(sequence[i : i + 3], "X") for i in range(0, len(sequence) - 2, 3))


class Reference(Protocol):
    """A source of reference bases. An object stands for one unchanging sequence: it may be a cache key."""

    def __hash__(self) -> int: ...

    def fetch(self, contig: str, start: int, end: int) -> str | None:
        """Upper-case bases of a 0-based half-open interval; None unless all of it is covered."""
        ...


class ReferenceRegion:
    """A stretch of one contig held in memory. `start` is the 0-based place of its first base."""

    def __init__(self, contig: str, start: int, sequence: str) -> None:
        self.contig = contig
        self.start = start
        self.sequence = sequence.upper()

    @classmethod
    def from_fasta(cls, path: Path) -> ReferenceRegion:
        """Read a FASTA (plain or gzip) of one record, named `contig` or `contig:first-last` (1-based).

        Raises:
            ValueError: The file does not begin with a header line.
        """
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("ascii")
        header, _, body = text.partition("\n")
        if not header.startswith(">"):
            raise ValueError(f"{path.name} is not a FASTA file")
        contig, _, interval = header[1:].split()[0].partition(":")
        start = int(interval.split("-")[0]) - 1 if interval else 0
        return cls(contig_name(contig), start, "".join(body.split()))

    def fetch(self, contig: str, start: int, end: int) -> str | None:
        if contig != self.contig or start < self.start or end > self.start + len(self.sequence):
            return None
        return self.sequence[start - self.start : end - self.start]


class FastaReference:
    """A whole-genome FASTA read through its index (made beside it, or at `index`, when there is none).

    The file has to be uncompressed. Contig names may carry `chr`; `chrM` is read as `MT`.
    """

    def __init__(self, path: Path, index: Path | None = None) -> None:
        self._fasta = Fasta(
            str(path),
            indexname=str(index) if index else None,
            sequence_always_upper=True,
            as_raw=True,
            rebuild=False,
        )
        self._names = {contig_name(name): name for name in self._fasta.keys()}  # noqa: SIM118
        self._lengths = {contig: len(self._fasta[name]) for contig, name in self._names.items()}

    def length(self, contig: str) -> int | None:
        """Bases of a contig (named without `chr`); None where the file has none of that name."""
        return self._lengths.get(contig)

    def fetch(self, contig: str, start: int, end: int) -> str | None:
        if start < 0 or end > self._lengths.get(contig, -1):
            return None
        return str(self._fasta[self._names[contig]][start:end])


class ReferenceChain:
    """Several sources; the first that covers an interval answers."""

    def __init__(self, *sources: Reference) -> None:
        self.sources = sources

    def fetch(self, contig: str, start: int, end: int) -> str | None:
        for source in self.sources:
            found = source.fetch(contig, start, end)
            if found is not None:
                return found
        return None


def contig_name(name: str) -> str:
    """A contig without `chr`; `M` and `chrM` become `MT`."""
    bare = name[3:] if name.lower().startswith("chr") else name
    return "MT" if bare == "M" else bare
