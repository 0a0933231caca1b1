"""Categories and tags over HTTP, and the entities that have them without a slice of their own here."""

from cohesin.platform.taxonomy import category_routes, owners, tag_routes

__all__ = ["category_routes", "owners", "tag_routes"]
