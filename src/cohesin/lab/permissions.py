"""What a member needs to hold to see the laboratory's work and to do it."""

from cohesin.kernel.authz import permits

LAB_READ = permits("lab:read")
LAB_WRITE = permits("lab:write")
