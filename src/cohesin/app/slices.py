"""Importing this imports every slice, and so fills the registry of operations, tasks and event subscribers."""

from cohesin.lab import routes as lab
from cohesin.partners.caligenix import routes as caligenix
from cohesin.partners.toolbox import routes as toolbox
from cohesin.platform.auth import routes as auth
from cohesin.platform.tenants import routes as tenants

SLICES = (auth, tenants, lab, caligenix, toolbox)
