"""Assay types: how a report was sequenced, and which quality values it may carry."""
