"""What a member needs to hold to see and to do the work of the console. Administrators of a tenant hold all of it."""

from cohesin.kernel.authz import permits

LAB_READ = permits("lab:read")
CLINICAL_READ = permits("clinical:read")
CLINICAL_WRITE = permits("clinical:write")
APPROVE = "clinical:approve"
CLINICAL_APPROVE = permits(APPROVE)
