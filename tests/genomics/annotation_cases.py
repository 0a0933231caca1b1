"""Knowledge shared by the annotation tests: loaded once, never changed."""

from __future__ import annotations

from functools import cache

from cohesin_genomics.knowledge import DATA
from cohesin_genomics.knowledge.reference import ReferenceRegion
from cohesin_genomics.knowledge.store import Knowledge
from cohesin_genomics.model import Assembly, Variant

CHR22 = DATA / "ref" / "GRCh37_chr22_20000001-21000000.fa.gz"


@cache
def knowledge(assembly: Assembly = Assembly.GRCH38) -> Knowledge:
    return Knowledge.embedded(assembly)


@cache
def chr22_knowledge() -> Knowledge:
    """GRCh37 with real reference bases of 22:20,000,001-21,000,000."""
    return knowledge(Assembly.GRCH37).with_reference(ReferenceRegion.from_fasta(CHR22))


def variant38(contig: str, position: int, ref: str, alt: str) -> Variant:
    return Variant(Assembly.GRCH38, contig, position, ref, alt)


def variant37(contig: str, position: int, ref: str, alt: str) -> Variant:
    return Variant(Assembly.GRCH37, contig, position, ref, alt)
