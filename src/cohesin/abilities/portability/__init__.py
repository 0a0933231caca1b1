"""Spreadsheets of an entity: written for those who may read it, read back row by row through its own use cases."""
