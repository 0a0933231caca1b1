"""What a database's catalog says about our schemas, as lines that two databases can be compared by."""

import hashlib
from typing import Final

import psycopg

_OURS: Final = """
    n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = {oid} AND d.deptype = 'e')
"""
_PARTS: Final[tuple[str, ...]] = (
    "SELECT 'schema ' || n.nspname || ' ' || COALESCE(n.nspacl::text, '') FROM pg_namespace n WHERE "
    + _OURS.format(oid="n.oid"),
    "SELECT 'relation ' || n.nspname || '.' || c.relname || ' ' || c.relkind::text || ' rls=' || c.relrowsecurity"
    " || ' forced=' || c.relforcerowsecurity || ' ' || COALESCE(c.relacl::text, '')"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'i', 'I') AND " + _OURS.format(oid="c.oid"),
    "SELECT 'column ' || n.nspname || '.' || c.relname || '.' || a.attname || ' '"
    " || format_type(a.atttypid, a.atttypmod) || ' notnull=' || a.attnotnull || ' '"
    " || a.attidentity::text || a.attgenerated::text || ' ' || COALESCE(pg_get_expr(f.adbin, f.adrelid), '')"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum"
    " WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm') AND "
    + _OURS.format(oid="c.oid"),
    "SELECT 'constraint ' || n.nspname || '.' || t.conname || ' ' || pg_get_constraintdef(t.oid)"
    " FROM pg_constraint t JOIN pg_namespace n ON n.oid = t.connamespace WHERE " + _OURS.format(oid="t.oid"),
    "SELECT 'index ' || pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE " + _OURS.format(oid="c.oid"),
    "SELECT 'view ' || n.nspname || '.' || c.relname || ' ' || pg_get_viewdef(c.oid) FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND "
    + _OURS.format(oid="c.oid"),
    "SELECT 'function ' || pg_get_functiondef(p.oid) || ' ' || COALESCE(p.proacl::text, '') FROM pg_proc p"
    " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prokind IN ('f', 'p') AND "
    + _OURS.format(oid="p.oid"),
    "SELECT 'trigger ' || pg_get_triggerdef(g.oid) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT g.tgisinternal AND "
    + _OURS.format(oid="c.oid"),
    (
        "SELECT 'policy ' || p.schemaname || '.' || p.tablename || '.' || p.policyname || ' ' || p.permissive || ' '"
        " || p.roles::text || ' ' || p.cmd || ' ' || COALESCE(p.qual, '') || ' ' || COALESCE(p.with_check, '')"
        " FROM pg_policies p"
    ),
    "SELECT 'type ' || n.nspname || '.' || t.typname || ' '"
    " || (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)"
    " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'e' AND "
    + _OURS.format(oid="t.oid"),
    (
        "SELECT 'default ' || d.defaclrole::regrole || ' ' || d.defaclobjtype::text || ' ' || d.defaclacl::text"
        " FROM pg_default_acl d"
    ),
    "SELECT 'extension ' || e.extname FROM pg_extension e",
)


def catalog_lines(dsn: str) -> list[str]:
    """One line per schema, relation, column, constraint, index, view, function, trigger, policy and grant, sorted."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET search_path = ''")
        return sorted(str(row[0]) for part in _PARTS for row in connection.execute(part).fetchall())


def schema_fingerprint(dsn: str) -> str:
    """A SHA-256 (hex) over :func:`catalog_lines`: equal for databases of the same shape."""
    return hashlib.sha256("\n".join(catalog_lines(dsn)).encode()).hexdigest()
