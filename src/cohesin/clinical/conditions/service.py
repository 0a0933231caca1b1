"""The front door of condition genes: which condition a laboratory ties to which gene."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from cohesin.kernel.db.rows import fetch_all, find_one
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork

COLUMNS: Final = (
    "id, number, cui, gene_symbol, condition, inheritance, prevalence, penetrance, notes, age_of_onset, pmids"
)


class ConditionTexts(msgspec.Struct, frozen=True, kw_only=True):
    cui: str | None
    gene_symbol: str
    condition: str
    inheritance: str | None = None
    prevalence: str | None = None
    penetrance: str | None = None
    notes: str | None = None
    age_of_onset: str | None = None
    pmids: str | None = None


class ConditionGene(ConditionTexts, frozen=True, kw_only=True):
    id: UUID
    number: int


async def list_condition_genes(
    uow: UnitOfWork, cui: str | None, gene_symbol: str | None
) -> list[ConditionGene]:
    """Pairs with that concept and that gene, whole values in any letter case, by number."""
    sql = f"""SELECT {COLUMNS} FROM clinical.condition_genes
               WHERE tenant_id = $1 AND ($2::text IS NULL OR lower(cui) = lower($2))
                 AND ($3::text IS NULL OR lower(gene_symbol) = lower($3)) ORDER BY number"""
    return await fetch_all(uow.conn, ConditionGene, sql, uow.tenant_id, cui, gene_symbol)


async def create_condition_gene(uow: UnitOfWork, texts: ConditionTexts) -> ConditionGene:
    """A new pair of concept and gene, or the stored one when the pair is known: then nothing changes."""
    created = await find_one(
        uow.conn, ConditionGene,
        f"""INSERT INTO clinical.condition_genes (tenant_id, id, cui, gene_symbol, condition, inheritance, prevalence,
                                                  penetrance, notes, age_of_onset, pmids, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT DO NOTHING RETURNING {COLUMNS}""",
        uow.tenant_id, new_id(), texts.cui, texts.gene_symbol, texts.condition, texts.inheritance, texts.prevalence,
        texts.penetrance, texts.notes, texts.age_of_onset, texts.pmids, uow.clock.now(),
    )  # fmt: skip
    if created is not None:
        await uow.record(
            Event(type="condition_gene.created", entity_id=created.id, data={"number": created.number})
        )
        return created
    sql = f"""SELECT {COLUMNS} FROM clinical.condition_genes
               WHERE tenant_id = $1 AND lower(cui) IS NOT DISTINCT FROM lower($2) AND lower(gene_symbol) = lower($3)"""
    stored = await find_one(uow.conn, ConditionGene, sql, uow.tenant_id, texts.cui, texts.gene_symbol)
    assert stored is not None
    return stored
