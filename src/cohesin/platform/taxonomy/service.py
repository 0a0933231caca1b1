"""The front door of taxonomy."""

from cohesin.platform.taxonomy.categories import get_category, list_categories
from cohesin.platform.taxonomy.tags import get_tag, list_tags

__all__ = ["get_category", "get_tag", "list_categories", "list_tags"]
