from __future__ import annotations

import pytest

from cohesin.clinical.reports.snapshots import inheritance_words


@pytest.mark.parametrize(
    ("stated", "zygosity", "modes", "words"),
    [
        ("de_novo", "heterozygous", ["AD"], "De novo"),
        (None, "heterozygous", ["AR"], "Autosomal recessive, one copy found"),
        (None, "heterozygous", ["AR", "XLR"], "Autosomal recessive or X-linked recessive, one copy found"),
        (None, "heterozygous", ["AD", "AR"], None),
        (None, "heterozygous", [], None),
        (None, "homozygous", ["AR"], None),
    ],
)
def test_a_carriers_single_copy_is_named_as_one(
    stated: str | None, zygosity: str, modes: list[str], words: str | None
) -> None:
    assert inheritance_words(stated, zygosity, modes) == words
