"""Importing this imports every slice, and so fills the registry of operations, tasks and event subscribers."""

from cohesin.console.routes import files as console_files
from cohesin.console.routes import session as console_session
from cohesin.platform.auth import routes as auth
from cohesin.platform.tenants import routes as tenants

SLICES = (auth, tenants, console_session, console_files)
