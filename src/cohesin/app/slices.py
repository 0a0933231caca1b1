"""Importing this imports every slice, and so fills the registry of operations, tasks and event subscribers."""

from cohesin.platform.auth import routes as auth
from cohesin.platform.spaces import routes as spaces
from cohesin.platform.taxonomy import routes as taxonomy
from cohesin.platform.tenants import routes as tenants

SLICES = (auth, spaces, taxonomy, tenants)
