"""What is known of genes and alleles: embedded sources, and a user's own in their place.

`store.Knowledge` holds all of one assembly. It is not imported here: names and symbols alone need no numeric library.
"""

from cohesin_genomics.knowledge.embedded import DATA, embedded_catalogue
from cohesin_genomics.knowledge.genes import GeneCatalogue, GeneDisease, ResolvedSymbol, SymbolStatus

__all__ = [
    "DATA",
    "GeneCatalogue",
    "GeneDisease",
    "ResolvedSymbol",
    "SymbolStatus",
    "embedded_catalogue",
]
