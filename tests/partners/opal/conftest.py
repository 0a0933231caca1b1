"""Laboratories on a served installation, and the real trio cut into one file a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from cohesin_genomics.vcf.split import split_samples
from tests.partners.opal.laboratory import VCF, Laboratory, open_laboratory
from tests.served import World


@pytest.fixture(scope="session")
def trio(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The scout trio by role."""
    files = split_samples(VCF / "trio_NA12882_scout_GRCh37.vcf.gz", tmp_path_factory.mktemp("trio"))
    return {
        "father": files["ADM1059A1"],
        "mother": files["ADM1059A3"],
        "proband": files["ADM1059A2"],
    }


@pytest.fixture
async def lab(world: World) -> Laboratory:
    return await open_laboratory(world)
