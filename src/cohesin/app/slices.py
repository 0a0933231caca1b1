"""Importing this imports every slice, and so fills the registry of operations, tasks and event subscribers."""

from cohesin.clinical import event_types as clinical_events
from cohesin.console import routes as console
from cohesin.lab import event_types as lab_events
from cohesin.lab import routes as lab
from cohesin.partners.caligenix import event_types as caligenix_events
from cohesin.partners.caligenix import routes as caligenix
from cohesin.partners.opal import event_types as opal_events
from cohesin.partners.opal import routes as opal
from cohesin.partners.toolbox import event_types as toolbox_events
from cohesin.partners.toolbox import routes as toolbox
from cohesin.platform.api_keys import routes as api_keys
from cohesin.platform.audit_logs import routes as audit_logs
from cohesin.platform.auth import admin_reset
from cohesin.platform.auth import routes as auth
from cohesin.platform.groups import routes as groups
from cohesin.platform.iam import routes as iam
from cohesin.platform.jobs import routes as jobs
from cohesin.platform.spaces import event_types as space_events
from cohesin.platform.spaces import rights as space_rights
from cohesin.platform.spaces import routes as spaces
from cohesin.platform.system import routes as system
from cohesin.platform.taxonomy import category_routes, tag_routes
from cohesin.platform.taxonomy import event_types as taxonomy_events
from cohesin.platform.taxonomy import owners as taxonomy_owners
from cohesin.platform.tenants import routes as tenants
from cohesin.platform.users import routes as users
from cohesin.platform.webhooks import routes as webhooks

SLICES = (
    console,
    lab,
    caligenix,
    opal,
    toolbox,
    api_keys,
    audit_logs,
    admin_reset,
    auth,
    groups,
    iam,
    jobs,
    space_rights,
    spaces,
    system,
    category_routes,
    tag_routes,
    taxonomy_owners,
    tenants,
    users,
    webhooks,
)
EVENT_TYPES = (
    clinical_events,
    lab_events,
    caligenix_events,
    opal_events,
    toolbox_events,
    space_events,
    taxonomy_events,
)
