"""Gene panels: is a variant in one of the genes that were ordered?"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from cohesin_genomics.model import Annotation, Verdict, VerdictState


class GenePanel(msgspec.Struct, frozen=True):
    """A named, versioned set of HGNC gene symbols."""

    id: str
    name: str
    version: str
    genes: frozenset[str]


def genes_of(annotation: Annotation) -> tuple[str, ...]:
    """Symbols of every gene the variant touches, the leading consequence's gene first."""
    genes = [consequence.gene for consequence in annotation.consequences]
    if annotation.clinvar is not None:
        genes.append(annotation.clinvar.gene)
    return tuple(dict.fromkeys(gene for gene in genes if gene))


def panel_verdict(
    annotation: Annotation, panel: GenePanel, current_symbols: Mapping[str, str] | None = None
) -> Verdict:
    """Pass when any of the variant's genes is in the panel.

    `current_symbols` maps former symbols and aliases to the symbol in use and is applied to both sides. A
    variant
    without a known gene is not evaluated.
    """
    symbols = current_symbols or {}
    genes = genes_of(annotation)
    if not genes:
        return Verdict(VerdictState.NOT_EVALUATED, "the variant's gene is not known")
    wanted = {symbols.get(gene, gene) for gene in panel.genes}
    inside = [gene for gene in genes if symbols.get(gene, gene) in wanted]
    name = f"{panel.name} {panel.version}"
    if inside:
        return Verdict(VerdictState.PASS, f"{', '.join(inside)} in {name}")
    return Verdict(VerdictState.FAIL, f"{', '.join(genes)} not in {name}")
