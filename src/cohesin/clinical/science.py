"""What is known before a patient is looked at, loaded once a process; heavy work asks for it in a process of its own."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cohesin.clinical.reference.knowledge import load_knowledge
from cohesin_genomics.interpretation.phenotype import PhenotypeModel
from cohesin_genomics.knowledge.store import Knowledge
from cohesin_genomics.model import Assembly

# What the partners' word for an assembly means.
ASSEMBLIES = {"hg19": Assembly.GRCH37, "hg38": Assembly.GRCH38}


@lru_cache(maxsize=2)
def knowledge_for(assembly: Assembly, reference: str | None = None) -> Knowledge:
    """What is known for an assembly. Takes a third of a second the first time: call it in a thread.

    `reference` is the folder of the installation's own reference data, for work in a process of its own; without it
    (the web's pages) the embedded sets answer.

    Raises:
        ReferenceDataError: the folder does not hold what its manifest says.
    """
    return Knowledge.embedded(assembly) if reference is None else load_knowledge(assembly, Path(reference))


@lru_cache(maxsize=1)
def phenotype_model() -> PhenotypeModel:
    return PhenotypeModel.load()
