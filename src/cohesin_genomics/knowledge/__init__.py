"""What is known of genes and alleles: embedded sources, and a user's own in their place."""

from cohesin_genomics.knowledge.clinvar import ClinVarTable
from cohesin_genomics.knowledge.frequency import FrequencyTable
from cohesin_genomics.knowledge.genes import GeneDisease, ResolvedSymbol, SymbolStatus
from cohesin_genomics.knowledge.mitochondrial import MitomapVariant
from cohesin_genomics.knowledge.store import DATA, Knowledge

__all__ = [
    "DATA",
    "ClinVarTable",
    "FrequencyTable",
    "GeneDisease",
    "Knowledge",
    "MitomapVariant",
    "ResolvedSymbol",
    "SymbolStatus",
]
