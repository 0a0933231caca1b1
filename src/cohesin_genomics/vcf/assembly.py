"""Which assembly a header shows.

Evidence, strongest first: the lengths of primary contigs, then names in ##reference, ##contig and like lines.
Sources of lengths: assembly reports GCF_000001405.13 (GRCh37), GCF_000001405.26 (GRCh38), GCF_000001405.12
(NCBI36) and GCF_009914755.1 (T2T-CHM13v2.0).
"""

from __future__ import annotations

import re
from collections import Counter

from cohesin_genomics.model import Assembly
from cohesin_genomics.vcf.contigs import canonical_contig
from cohesin_genomics.vcf.errors import WrongAssemblyError
from cohesin_genomics.vcf.header import VcfHeader

# fmt: off
_GRCH37 = (249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022, 141213431,
           135534747, 135006516, 133851895, 115169878, 107349540, 102531392, 90354753, 81195210, 78077248,
           59128983, 63025520, 48129895, 51304566, 155270560, 59373566)
_GRCH38 = (248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636, 138394717,
           133797422, 135086622, 133275309, 114364328, 107043718, 101991189, 90338345, 83257441, 80373285,
           58617616, 64444167, 46709983, 50818468, 156040895, 57227415)
_NCBI36 = (247249719, 242951149, 199501827, 191273063, 180857866, 170899992, 158821424, 146274826, 140273252,
           135374737, 134452384, 132349534, 114142980, 106368585, 100338915, 88827254, 78774742, 76117153,
           63811651, 62435964, 46944323, 49691432, 154913754, 57772954)
_CHM13 = (248387328, 242696752, 201105948, 193574945, 182045439, 172126628, 160567428, 146259331, 150617247,
          134758134, 135127769, 133324548, 113566686, 101161492, 99753195, 96330374, 84276897, 80542538,
          61707364, 66210255, 45090682, 51324926, 154259566, 62460029)
# fmt: on
_PRIMARY = (*(str(number) for number in range(1, 23)), "X", "Y")
GRCH37_LENGTHS = dict(zip(_PRIMARY, _GRCH37, strict=True))
"""Bases of each GRCh37 chromosome."""
CHROMOSOME_LENGTHS = {
    Assembly.GRCH37: GRCH37_LENGTHS,
    Assembly.GRCH38: dict(zip(_PRIMARY, _GRCH38, strict=True)),
}
"""Bases of each chromosome, by assembly."""

_BY_LENGTH = {
    (contig, length): name
    for name, lengths in (
        ("GRCh37", _GRCH37),
        ("GRCh38", _GRCH38),
        ("NCBI36", _NCBI36),
        ("T2T-CHM13", _CHM13),
    )
    for contig, length in zip(_PRIMARY, lengths, strict=True)
}
_BY_NAME = (
    ("GRCh38", re.compile(r"grch38|hg38|hs38|build\W?38|\bb38\b", re.IGNORECASE)),
    ("GRCh37", re.compile(r"grch37|hg19|hs37|g1k_v37|build\W?37|\bb37\b", re.IGNORECASE)),
    ("NCBI36", re.compile(r"ncbi36|hg18|build\W?36|\bb36\b", re.IGNORECASE)),
    ("T2T-CHM13", re.compile(r"chm13|\bhs1\b", re.IGNORECASE)),
)


def shown_assembly(header: VcfHeader) -> str | None:
    """The assembly the header shows, supported or not; None without evidence, or when it disagrees."""
    votes: Counter[str] = Counter()
    for name, length in header.contigs.items():
        if length is not None and (found := _BY_LENGTH.get((canonical_contig(name), length))):
            votes[found] += 1
    if not votes:
        for hint in header.assembly_hints:
            votes.update(name for name, pattern in _BY_NAME if pattern.search(hint))
    return next(iter(votes)) if len(votes) == 1 else None


def guess_assembly(header: VcfHeader) -> Assembly | None:
    """GRCh37 or GRCh38 where the header shows one of them."""
    shown = shown_assembly(header)
    return Assembly(shown) if shown in set(Assembly) else None


def require_assembly(header: VcfHeader, assembly: Assembly) -> None:
    """Refuse a header that shows another assembly: its positions would be read as other places.

    Raises:
        WrongAssemblyError: the header shows another assembly.
    """
    shown = shown_assembly(header)
    if shown is not None and shown != assembly:
        raise WrongAssemblyError(str(assembly), shown)
