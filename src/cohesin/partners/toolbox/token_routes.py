"""Logging in."""

from __future__ import annotations

from cohesin.kernel.authz import PUBLIC
from cohesin.kernel.crypto.passwords import PasswordHasher
from cohesin.kernel.uow import Units
from cohesin.partners.toolbox import accounts
from cohesin.partners.toolbox.answers import Token
from cohesin.partners.toolbox.requests import TokenRequest
from cohesin.partners.toolbox.surface import toolbox
from cohesin.partners.toolbox.tokens import ToolboxTokens

tokens_of = toolbox.tagged("Toolbox: tokens")


@tokens_of.post("/api/v1/api-token-auth/", permission=PUBLIC, status=200)
async def create_token(
    units: Units, hasher: PasswordHasher, tokens: ToolboxTokens, body: TokenRequest
) -> Token:
    """Get a token for a username and its password; it is good for an hour."""
    return Token(token=await accounts.log_in(units, hasher, tokens, body.username, body.password))
