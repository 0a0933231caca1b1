"""All that is known before a patient is looked at, for one assembly."""

from __future__ import annotations

import gzip
from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl

from cohesin_genomics.knowledge.clinvar import ClinVarTable
from cohesin_genomics.knowledge.embedded import DATA, HGNC, MITOCHONDRIAL_GENES, gene_models_path
from cohesin_genomics.knowledge.frequency import FrequencyTable
from cohesin_genomics.knowledge.gene_model import GeneModels
from cohesin_genomics.knowledge.genes import (
    GeneCatalogue,
    GeneDisease,
    ResolvedSymbol,
    read_acmg_secondary_findings,
    read_clingen_validity,
    read_gene_diseases,
    read_lof_mechanism,
)
from cohesin_genomics.knowledge.mitochondrial import MitomapVariant, read_mitochondrial_genes, read_mitomap
from cohesin_genomics.knowledge.model_files import read_gene_models
from cohesin_genomics.knowledge.reference import FastaReference, Reference, ReferenceChain, ReferenceRegion
from cohesin_genomics.knowledge.releases import embedded_releases
from cohesin_genomics.model import Assembly, ClinVarRecord, DataRelease, PopulationFrequency, Variant

_CYTOBANDS: Final = {Assembly.GRCH37: "cytoBand_hg19.txt.gz", Assembly.GRCH38: "cytoBand_hg38.txt.gz"}
_WHOLE_GENE_SET: Final = 18_000
"""A set of models with fewer genes is taken as a subset: there are some 19,000 protein-coding genes."""

_CLINVAR: Final = "clinvar_20241215_PLP_2star.tsv.gz"


class Knowledge:
    """Gene models, ClinVar, frequencies, gene facts and reference bases of one assembly.

    What a look-up does not find was not assessed by the sources and releases named in `releases`.
    """

    def __init__(
        self,
        *,
        assembly: Assembly,
        models: GeneModels,
        clinvar: ClinVarTable,
        frequencies: tuple[FrequencyTable, ...],
        reference: Reference,
        releases: tuple[DataRelease, ...],
    ) -> None:
        """Join the sources; gene facts and the mitochondrial set are the embedded ones."""
        self.assembly = assembly
        self.models = models
        self.clinvar = clinvar
        self.frequencies = frequencies
        self.reference = reference
        self.releases = releases
        self.has_genome_reference = isinstance(reference, ReferenceChain)
        self.lof_mechanism = read_lof_mechanism(DATA / "panels" / "lof_mechanism_genes.tsv")
        self.mitomap = read_mitomap(DATA / "mito" / "mitomap_confirmed_mutations.vcf.gz")
        self.diseases = read_gene_diseases(DATA / "hpo" / "gene_disease_inheritance_hpo2025-01-16.tsv.gz")
        self.genes = GeneCatalogue(HGNC, models.genes)

    @classmethod
    def embedded(cls, assembly: Assembly) -> Knowledge:
        """Everything that comes with the library for one assembly; the only reference bases are the rCRS."""
        models = read_gene_models(gene_models_path(assembly))
        models += read_mitochondrial_genes(MITOCHONDRIAL_GENES)
        return cls(
            assembly=assembly,
            models=GeneModels(models),
            clinvar=ClinVarTable.from_embedded(DATA / _CLINVAR, assembly),
            frequencies=(
                FrequencyTable.from_embedded(
                    DATA / "popfreq" / "1000G_phase3_exome_sites_AF.tsv.gz", assembly
                ),
            ),
            reference=ReferenceRegion.from_fasta(DATA / "ref" / "rCRS_MT.fa"),
            releases=embedded_releases(assembly),
        )

    @classmethod
    def load(
        cls,
        assembly: Assembly,
        *,
        clinvar_vcf: Path | None = None,
        frequency_vcfs: tuple[Path, ...] = (),
        fasta: Path | None = None,
        fasta_index: Path | None = None,
        gene_models: Path | None = None,
        release_names: Mapping[Path, str] = MappingProxyType({}),
    ) -> Knowledge:
        """The embedded set with a user's own full sources, all of `assembly`.

        A ClinVar VCF replaces the embedded subset; frequency VCFs are asked first, in the order given, before
        the embedded table; gene models replace transcripts of the same accession and add the rest; a FASTA
        lets codons be translated, indels be moved to the 3' end and REF be checked. `release_names` says which
        release a file is, where it is known better than by its name.

        Raises:
            ValueError: A file is not of its format (the subclass and message tell which). OSError: A file
            cannot be read.
        """
        base, named = cls.embedded(assembly), release_names.get
        models, clinvar, reference = base.models, base.clinvar, base.reference
        releases = list(base.releases)
        if clinvar_vcf is not None:
            clinvar = ClinVarTable.from_vcf(clinvar_vcf)
            releases = [one for one in releases if one.name != "ClinVar"]
            releases.insert(
                0,
                DataRelease(
                    "ClinVar", named(clinvar_vcf) or _file_date(clinvar_vcf), "user's VCF", "public domain"
                ),
            )
        own = tuple(FrequencyTable.from_vcf(path, path.name.partition(".")[0]) for path in frequency_vcfs)
        for path, table in zip(frequency_vcfs, own, strict=True):
            releases.append(
                DataRelease(table.source, named(path) or path.name, "user's frequency VCF", "user's")
            )
        if fasta is not None:
            reference = ReferenceChain(FastaReference(fasta, fasta_index), reference)
            releases.append(DataRelease("reference FASTA", named(fasta) or fasta.name, "user's", "user's"))
        if gene_models is not None:
            models = models.merged_with(read_gene_models(gene_models))
            releases.append(
                DataRelease("gene models", named(gene_models) or gene_models.name, "user's", "user's")
            )
        return cls(
            assembly=assembly,
            models=models,
            clinvar=clinvar,
            frequencies=(*own, *base.frequencies),
            reference=reference,
            releases=tuple(releases),
        )

    def with_reference(self, reference: Reference) -> Knowledge:
        """The same knowledge with another source of reference bases asked first."""
        return Knowledge(
            assembly=self.assembly,
            models=self.models,
            clinvar=self.clinvar,
            frequencies=self.frequencies,
            reference=ReferenceChain(reference, self.reference),
            releases=self.releases,
        )

    def covers_genes_of(self, contig: str) -> bool:
        """Whether lying outside all models means intergenic: not when they are a subset of the genes."""
        return contig == "MT" or len(self.models.genes) >= _WHOLE_GENE_SET

    def find_clinvar(self, variant: Variant) -> ClinVarRecord | None:
        """ClinVar's record of exactly this allele; None is "not found in this release and scope"."""
        if variant.assembly is not self.assembly:
            raise ValueError(f"a {variant.assembly} variant cannot be looked up in {self.assembly} knowledge")
        return self.clinvar.find(variant.contig, variant.position, variant.ref, variant.alt)

    def find_frequency(self, variant: Variant) -> PopulationFrequency | None:
        """The first source's frequencies of exactly this allele, else the ExAC value that ClinVar quotes."""
        if variant.assembly is not self.assembly:
            raise ValueError(f"a {variant.assembly} variant cannot be looked up in {self.assembly} knowledge")
        allele = (variant.contig, variant.position, variant.ref, variant.alt)
        for table in self.frequencies:
            found = table.find(*allele)
            if found is not None:
                return found
        return self.clinvar.find_exac(*allele)

    def find_mitomap(self, variant: Variant) -> MitomapVariant | None:
        """MITOMAP's entry when a mitochondrial variant is among its confirmed pathogenic ones."""
        if variant.contig != "MT":
            return None
        return self.mitomap.get((variant.position, variant.ref, variant.alt))

    def resolve_symbol(self, text: str) -> ResolvedSymbol:
        """The approved HGNC symbol for a text."""
        return self.genes.resolve_symbol(text)

    def diseases_of(self, gene: str) -> tuple[GeneDisease, ...]:
        """The diseases that HPO annotates to an approved symbol, with their modes of inheritance."""
        return self.diseases.get(gene, ())

    def inheritance_of(self, gene: str) -> frozenset[str]:
        """All mode codes (AD, AR, XL, XLD, XLR, MT …) annotated to a gene's diseases."""
        return frozenset(mode for disease in self.diseases_of(gene) for mode in disease.inheritance)

    @property
    def acmg_secondary_findings(self) -> frozenset[str]:
        """Genes of ACMG SF v3.3."""
        return frozenset(self.panels["ACMG SF v3.3"])

    @cached_property
    def panels(self) -> dict[str, tuple[str, ...]]:
        """Embedded gene lists by name."""
        panels = DATA / "panels"
        return {
            **read_acmg_secondary_findings(panels / "acmg_sf_v3.3.tsv"),
            **read_clingen_validity(panels / "clingen_gene_disease_summary_reduced.csv"),
            "ClinGen loss-of-function mechanism": tuple(sorted(self.lof_mechanism)),
            "Mitochondrial genome": tuple(one.gene for one in self.models.overlapping("MT", 0, 16569)),
        }

    def cytoband(self, contig: str, position: int) -> str | None:
        """The band of a 1-based position, such as `22q11.21`."""
        starts, bands = self._cytobands.get(contig, ([], []))
        index = bisect_right(starts, position - 1) - 1
        if index < 0 or position > bands[index][0]:
            return None
        return f"{contig}{bands[index][1]}"

    @cached_property
    def _cytobands(self) -> dict[str, tuple[list[int], list[tuple[int, str]]]]:
        found: dict[str, tuple[list[int], list[tuple[int, str]]]] = {}
        with gzip.open(DATA / "ref" / _CYTOBANDS[self.assembly], "rt", encoding="ascii") as lines:
            for line in lines:
                contig, start, end, band, _ = line.rstrip("\n").split("\t")
                starts, bands = found.setdefault(contig.removeprefix("chr"), ([], []))
                starts.append(int(start))
                bands.append((int(end), band))
        return found

    @cached_property
    def _missense(self) -> dict[tuple[str, str], str]:
        frame = pl.read_csv(
            DATA / "uniprot_humsavar_missense.tsv.gz", separator="\t", quote_char=None, infer_schema=False
        )
        rows = frame.select("gene", "protein_change", "class").iter_rows()
        return {(gene, change): verdict for gene, change, verdict in rows}

    def find_missense_class(self, gene: str, hgvs_p: str) -> str | None:
        """UniProt's class of a missense change (`LB/B`, `LP/P`, `US`); of its canonical isoform."""
        return self._missense.get((gene, hgvs_p.replace("(", "").replace(")", "")))


def _file_date(path: Path) -> str:
    """The `##fileDate` of a VCF, else its name."""
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rt") if zipped else path.open() as lines:
        for line in lines:
            if line.startswith("##fileDate="):
                return line.strip().partition("=")[2]
            if not line.startswith("##"):
                break
    return path.name
