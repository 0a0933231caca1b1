"""Real objects to ask for: the caller's own, and those of another tenant that must look like nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from cohesin.kernel.http.operation import Operation
from tests.served import Signed, World


@dataclass
class Seeds:
    """Ids by the path's first words, for an owner and for a stranger."""

    owner: Signed
    admin: Signed
    guest_headers: dict[str, str]
    own: dict[str, dict[str, str]] = field(default_factory=dict)
    foreign: dict[str, dict[str, str]] = field(default_factory=dict)
    partner_headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def headers(self, operation: Operation) -> dict[str, str]:
        """Credentials that are allowed to call the operation."""
        if operation.surface.name != "platform":
            return self.partner_headers[operation.surface.name]
        signed = self.admin if operation.permission.name == "system_admin" else self.owner
        return {"Authorization": f"Bearer {signed.token}"}

    async def fresh_headers(self, world: World, operation: Operation) -> dict[str, str]:
        """As `headers`, with a session that nothing else uses."""
        signed = self.admin if operation.permission.name == "system_admin" else self.owner
        fresh = await world.sign_in(signed.email, signed.password)
        return {"Authorization": f"Bearer {fresh.token}"}

    def bad_credentials(self, surface: str) -> dict[str, str]:
        if surface == "opal":
            return {"Authorization": "Basic bm9ib2R5Om5vdGhpbmc="}
        return {"Authorization": "Bearer not-a-credential"}

    def absent_statuses(self, operation: Operation) -> tuple[int, ...]:
        """What an id of nothing is answered: 404, but where the path names a thing by a word of ours."""
        return (404,)

    def _noun(self, operation: Operation, table: dict[str, dict[str, str]]) -> dict[str, str] | None:
        found = [prefix for prefix in table if operation.path.startswith(prefix)]
        return table[max(found, key=len)] if found else None

    def own_ids(self, operation: Operation) -> dict[str, str] | None:
        return self._noun(operation, self.own)

    def spare_ids(self, operation: Operation) -> dict[str, str] | None:
        """Ids that may be changed for good: a system administrator's steps (suspending) must not hit the caller's tenant."""
        return self._noun(
            operation, self.foreign if operation.permission.name == "system_admin" else self.own
        )

    def foreign_ids(self, operation: Operation) -> dict[str, str] | None:
        """Path values of another tenant's object; None where a system administrator may see everything."""
        if operation.permission.name == "system_admin":
            return None
        return self._noun(operation, self.foreign)
