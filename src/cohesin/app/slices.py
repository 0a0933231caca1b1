"""Importing this imports every slice, and so fills the registry of operations, tasks and event subscribers."""

from cohesin.console import routes as console
from cohesin.lab import routes as lab
from cohesin.partners.opal import routes as opal
from cohesin.partners.toolbox import routes as toolbox
from cohesin.platform.api_keys import routes as api_keys
from cohesin.platform.audit_logs import routes as audit_logs
from cohesin.platform.auth import admin_reset
from cohesin.platform.auth import routes as auth
from cohesin.platform.groups import routes as groups
from cohesin.platform.iam import routes as iam
from cohesin.platform.tenants import routes as tenants
from cohesin.platform.users import routes as users

SLICES = (auth, admin_reset, tenants, users, groups, iam, api_keys, audit_logs, lab, toolbox, opal, console)
