"""Importing this imports every slice, and so fills the registry of operations, tasks and event subscribers."""

from cohesin.console.routes import files as console_files
from cohesin.console.routes import lists as console_lists
from cohesin.console.routes import review as console_review
from cohesin.console.routes import session as console_session
from cohesin.console.routes import variants as console_variants
from cohesin.platform.auth import routes as auth
from cohesin.platform.tenants import routes as tenants

SLICES = (auth, tenants, console_session, console_files, console_lists, console_review, console_variants)
