"""Importing this imports every slice, and so fills the registry of operations, tasks and event subscribers."""

from cohesin.partners.opal import routes as opal
from cohesin.platform.auth import routes as auth
from cohesin.platform.tenants import routes as tenants

SLICES = (auth, tenants, opal)
