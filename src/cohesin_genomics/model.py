"""The shared words of the genomics library.

Coordinates: a `position` is 1-based, as in VCF; an interval (`start`, `end`) is 0-based and half-open, as in BED.
Contigs carry no `chr` prefix: `1` … `22`, `X`, `Y`, `MT`, or the name the file gives for anything else.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Assembly(StrEnum):
    """A human genome assembly. Positions are never compared across assemblies."""

    GRCH37 = "GRCh37"
    GRCH38 = "GRCh38"


class AlleleKind(StrEnum):
    """What an alternate allele is; the last three are kept with a reason but never interpreted as sequence."""

    SNV = "snv"
    MNV = "mnv"
    INSERTION = "insertion"
    DELETION = "deletion"
    DELINS = "delins"
    SPANNING_DELETION = "spanning_deletion"
    SYMBOLIC = "symbolic"
    BREAKEND = "breakend"


class Zygosity(StrEnum):
    """A sample's genotype relative to one alternate allele."""

    HETEROZYGOUS = "heterozygous"
    HOMOZYGOUS = "homozygous"
    HEMIZYGOUS = "hemizygous"
    REFERENCE = "reference"
    NO_CALL = "no_call"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


class VerdictState(StrEnum):
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    NOT_EVALUATED = "not_evaluated"


class Verdict(msgspec.Struct, frozen=True):
    """What a filter or criterion says of one variant: missing knowledge is `not_evaluated`, never a pass."""

    state: VerdictState
    reason: str


class Variant(msgspec.Struct, frozen=True, order=True):
    """One alternate allele at one place, trimmed to its shortest form (left-normalised where a FASTA is given)."""

    assembly: Assembly
    contig: str
    position: int
    ref: str
    alt: str

    @property
    def key(self) -> str:
        """`contig-position-ref-alt`, unique within an assembly."""
        return f"{self.contig}-{self.position}-{self.ref}-{self.alt}"


class GenotypeCall(msgspec.Struct, frozen=True):
    """One sample's call for one `Variant`.

    `genotype` is the GT text as the file had it (allele numbers are the record's). `phase_set` is PS when given.
    Depths are read counts; `genotype_quality` is Phred-scaled. `other_alt`: the genotype also holds another
    alternate allele of the same record, as 1/2 does.
    """

    zygosity: Zygosity
    genotype: str
    phased: bool = False
    phase_set: str | None = None
    depth: int | None = None
    ref_depth: int | None = None
    alt_depth: int | None = None
    genotype_quality: float | None = None
    other_alt: bool = False


class DataRelease(msgspec.Struct, frozen=True):
    """A data source and the release of it that was used."""

    name: str
    release: str
    scope: str
    licence: str


class Provenance(msgspec.Struct, frozen=True):
    """What a result was computed with: enough to compute it again."""

    assembly: Assembly
    library_version: str
    releases: tuple[DataRelease, ...]
    parameters: dict[str, str]


class TranscriptConsequence(msgspec.Struct, frozen=True):
    """The effect of a variant on one transcript.

    `terms` are Sequence Ontology names, worst first. `source` tells who said so: `coordinates` (from the gene model
    alone), `fasta` (translated), `vcf` (the file's own CSQ or ANN), `clinvar`.
    """

    gene: str
    transcript: str
    terms: tuple[str, ...]
    impact: str
    source: str
    hgvs_c: str | None = None
    hgvs_p: str | None = None
    exon: str | None = None
    intron: str | None = None
    protein: str | None = None
    mane_select: bool = False


class ClinVarRecord(msgspec.Struct, frozen=True):
    """A ClinVar assertion. `stars` is the review status as 0 to 4 stars."""

    variation_id: str
    significance: str
    review_status: str
    stars: int
    conditions: tuple[str, ...]
    gene: str
    consequences: tuple[str, ...] = ()
    rsid: str | None = None


class PopulationFrequency(msgspec.Struct, frozen=True):
    """Allele frequencies, 0 to 1. `popmax` is the highest of the populations given."""

    source: str
    allele_frequency: float
    popmax: float
    popmax_population: str
    by_population: dict[str, float]


class Annotation(msgspec.Struct, frozen=True):
    """All that is known of a variant without looking at a patient. None means "not assessed", never "absent"."""

    variant: Variant
    consequences: tuple[TranscriptConsequence, ...]
    clinvar: ClinVarRecord | None
    frequency: PopulationFrequency | None
    rsid: str | None = None

    @property
    def worst(self) -> TranscriptConsequence | None:
        """The consequence that leads: the MANE Select transcript's worst, else the worst of all."""
        return self.consequences[0] if self.consequences else None
