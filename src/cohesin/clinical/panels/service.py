"""The front door of gene panels."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from uuid import UUID

from cohesin.clinical.panels import queries
from cohesin.clinical.panels.entity import GenesAdded, Panel, PanelTexts
from cohesin.kernel.errors import Fault, NotFoundError, RuleRefusedError
from cohesin.kernel.events import Event, changes_between
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin_genomics.knowledge import GeneCatalogue, ResolvedSymbol, embedded_catalogue
from cohesin_genomics.model import Assembly


async def list_panels(
    uow: UnitOfWork, name: str | None = None, description: str | None = None, test_code: str | None = None
) -> list[Panel]:
    """Panels whose name and description hold the texts (any letter case) and whose code is that one."""
    return await queries.list_panels(uow.conn, uow.tenant_id, name, description, test_code)


async def access_panel(uow: UnitOfWork, number: int) -> Panel:
    """The panel of that number.

    Raises:
        NotFoundError: there is none in this tenant.
    """
    panel = await queries.find_panel(uow.conn, uow.tenant_id, number)
    if panel is None:
        raise NotFoundError("There is no such panel.")
    return panel


async def find_panel(uow: UnitOfWork, number: int) -> Panel | None:
    return await queries.find_panel(uow.conn, uow.tenant_id, number)


async def find_panel_by_id(uow: UnitOfWork, panel_id: UUID) -> Panel | None:
    return await queries.find_panel_by_id(uow.conn, uow.tenant_id, panel_id)


async def create_panel(uow: UnitOfWork, texts: PanelTexts) -> Panel:
    """A new, empty panel.

    Raises:
        RuleRefusedError: name or description is missing or blank.
    """
    faults = [
        Fault(field, "is needed and may not be blank")
        for field in ("name", "description")
        if not (getattr(texts, field) or "").strip()
    ]
    if faults:
        raise RuleRefusedError("A new panel needs a name and a description.", faults=faults)
    panel = await queries.insert_panel(
        uow.conn, uow.tenant_id, new_id(), texts, uow.caller.id, uow.clock.now()
    )
    await uow.record(Event(type="gene_panel.created", entity_id=panel.id, data={"number": panel.number}))
    return panel


async def edit_panel(uow: UnitOfWork, number: int, texts: PanelTexts) -> Panel:
    """A panel with the given texts changed.

    Raises:
        NotFoundError: there is none in this tenant.
        RuleRefusedError: a name or description of blanks.
    """
    before = await access_panel(uow, number)
    for field in ("name", "description"):
        value = getattr(texts, field)
        if value is not None and not value.strip():
            raise RuleRefusedError(faults=[Fault(field, "may not be blank")])
    after = await queries.update_panel(uow.conn, uow.tenant_id, before.id, texts)
    await uow.record(
        Event(type="gene_panel.updated", entity_id=after.id, changes=changes_between(before, after))
    )
    return after


async def list_genes(uow: UnitOfWork, panel: Panel) -> list[str]:
    """The panel's approved symbols, sorted."""
    return await queries.list_genes(uow.conn, uow.tenant_id, panel.id)


@lru_cache(maxsize=1)
def _catalogue() -> GeneCatalogue:
    """Of GRCh37: the symbols of both assemblies' gene models are HGNC's."""
    return embedded_catalogue(Assembly.GRCH37)


async def resolve_symbols(symbols: list[str]) -> list[ResolvedSymbol]:
    """What each symbol stands for today by HGNC."""

    def resolve() -> list[ResolvedSymbol]:
        catalogue = _catalogue()
        return [catalogue.resolve_symbol(symbol) for symbol in symbols]

    return await asyncio.to_thread(resolve)


async def add_genes(uow: UnitOfWork, number: int, resolved: list[ResolvedSymbol]) -> GenesAdded:
    """Put genes into a panel. Each symbol asked for comes back in exactly one of the four answers.

    Raises:
        NotFoundError: there is no such panel in this tenant.
    """
    panel = await access_panel(uow, number)
    wanted = list(dict.fromkeys(one.approved for one in resolved if one.approved is not None))
    new = await queries.insert_genes(uow.conn, uow.tenant_id, panel.id, wanted)
    answer = GenesAdded(added=[], already_added=[], not_found=[], ambiguous={})
    for one in resolved:
        if one.approved is None and one.candidates:
            answer.ambiguous[one.text] = list(one.candidates)
        elif one.approved is None:
            answer.not_found.append(one.text)
        elif one.approved in new and one.approved not in answer.added:
            answer.added.append(one.approved)
        elif one.approved not in answer.added and one.approved not in answer.already_added:
            answer.already_added.append(one.approved)
    if new:
        data = {"number": panel.number, "added": sorted(new)}
        await uow.record(Event(type="gene_panel.genes_added", entity_id=panel.id, data=data))
    return answer
