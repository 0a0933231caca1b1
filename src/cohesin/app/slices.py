"""Importing this imports every slice, and so fills the registry of operations, tasks and event subscribers."""

from cohesin.partners.caligenix import routes as caligenix
from cohesin.platform.auth import routes as auth
from cohesin.platform.tenants import routes as tenants

SLICES = (auth, caligenix, tenants)
