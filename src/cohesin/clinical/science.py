"""The embedded knowledge, loaded once a process; heavy work asks for it in a process of its own."""

from __future__ import annotations

from functools import lru_cache

from cohesin_genomics.interpretation.phenotype import PhenotypeModel
from cohesin_genomics.knowledge.store import Knowledge
from cohesin_genomics.model import Assembly

# What the partners' word for an assembly means.
ASSEMBLIES = {"hg19": Assembly.GRCH37, "hg38": Assembly.GRCH38}


@lru_cache(maxsize=2)
def knowledge_for(assembly: Assembly) -> Knowledge:
    """What is known for an assembly. Takes a third of a second the first time: call it in a thread."""
    return Knowledge.embedded(assembly)


@lru_cache(maxsize=1)
def phenotype_model() -> PhenotypeModel:
    return PhenotypeModel.load()
