"""The console's operations. They are pages, so none of them stands in the OpenAPI document."""

from cohesin.console.routes import files, lists, review, session, variants

__all__ = ["files", "lists", "review", "session", "variants"]
