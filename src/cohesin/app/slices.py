"""Importing this imports every slice, and so fills the registry of operations, tasks and event subscribers."""

from cohesin.platform.auth import routes as auth
from cohesin.platform.jobs import routes as jobs
from cohesin.platform.system import routes as system
from cohesin.platform.tenants import routes as tenants
from cohesin.platform.webhooks import routes as webhooks

SLICES = (auth, jobs, system, tenants, webhooks)
