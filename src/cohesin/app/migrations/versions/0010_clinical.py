"""Clinical: projects, genomes, gene panels, assay types, clinical reports with their variants; Opal's credentials."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

GENOMES = """
CREATE SCHEMA clinical;
GRANT USAGE ON SCHEMA clinical TO cohesin_app, cohesin_crossing;

CREATE TABLE clinical.projects (
  tenant_id   uuid NOT NULL REFERENCES platform.tenants,
  id          uuid NOT NULL UNIQUE,
  number      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  name        text NOT NULL CHECK (length(btrim(name)) > 0),
  description text NOT NULL DEFAULT '',
  share_role  text NOT NULL DEFAULT 'NONE' CHECK (share_role IN ('CONTRIBUTOR', 'VIEWER', 'NONE')),
  created_by  uuid,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX projects_by_number ON clinical.projects (tenant_id, number);
SELECT kernel.enable_tenancy('clinical.projects');

CREATE TABLE clinical.genomes (
  tenant_id       uuid NOT NULL REFERENCES platform.tenants,
  id              uuid NOT NULL UNIQUE,
  number          bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  project_id      uuid NOT NULL,
  label           text NOT NULL CHECK (length(label) BETWEEN 1 AND 100),
  sex             text NOT NULL CHECK (sex IN ('male', 'female', 'unspecified')),
  external_id     text CHECK (length(external_id) > 0),
  assembly        text NOT NULL CHECK (assembly IN ('GRCh37', 'GRCh38')),
  status          text NOT NULL DEFAULT 'QUEUED' CHECK (status IN ('QUEUED', 'ANNOTATING', 'ANNOTATED', 'FAILED')),
  failure_reason  text,
  size            bigint NOT NULL CHECK (size >= 0),
  md5             text NOT NULL,
  sample_count    integer NOT NULL CHECK (sample_count > 0),
  original_key    text NOT NULL,
  variants_key    text,
  annotation_key  text,
  record_count    bigint,
  variant_count   bigint,
  bam_file        text,
  notify_email    text,
  created_by      uuid,
  created_at      timestamptz NOT NULL,
  annotated_at    timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, project_id) REFERENCES clinical.projects (tenant_id, id),
  CHECK (status <> 'ANNOTATED' OR variants_key IS NOT NULL),
  CHECK ((status = 'FAILED') = (failure_reason IS NOT NULL))
);
CREATE INDEX genomes_by_number ON clinical.genomes (tenant_id, number);
CREATE INDEX genomes_by_project ON clinical.genomes (tenant_id, project_id, number);
SELECT kernel.enable_tenancy('clinical.genomes');
"""

PANELS = """
CREATE TABLE clinical.gene_panels (
  tenant_id      uuid NOT NULL REFERENCES platform.tenants,
  id             uuid NOT NULL UNIQUE,
  number         bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  name           text NOT NULL CHECK (length(btrim(name)) > 0),
  description    text NOT NULL CHECK (length(btrim(description)) > 0),
  methodology    text,
  limitations    text,
  fda_disclosure text,
  test_code      text,
  version        integer NOT NULL DEFAULT 1,
  created_by     uuid,
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX gene_panels_by_number ON clinical.gene_panels (tenant_id, number);
SELECT kernel.enable_tenancy('clinical.gene_panels');

CREATE TABLE clinical.panel_genes (
  tenant_id uuid NOT NULL,
  panel_id  uuid NOT NULL,
  symbol    text NOT NULL CHECK (length(symbol) > 0),
  PRIMARY KEY (tenant_id, panel_id, symbol),
  FOREIGN KEY (tenant_id, panel_id) REFERENCES clinical.gene_panels (tenant_id, id) ON DELETE CASCADE
);
SELECT kernel.enable_tenancy('clinical.panel_genes');

CREATE TABLE clinical.assay_types (
  tenant_id              uuid NOT NULL REFERENCES platform.tenants,
  id                     uuid NOT NULL UNIQUE,
  number                 bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  description            text NOT NULL CHECK (length(btrim(description)) > 0),
  quality_control_fields text[] NOT NULL,
  created_at             timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX assay_types_by_number ON clinical.assay_types (tenant_id, number);
SELECT kernel.enable_tenancy('clinical.assay_types');

CREATE TABLE clinical.condition_genes (
  tenant_id    uuid NOT NULL REFERENCES platform.tenants,
  id           uuid NOT NULL UNIQUE,
  number       bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  cui          text,
  gene_symbol  text NOT NULL CHECK (length(btrim(gene_symbol)) > 0),
  condition    text NOT NULL CHECK (length(btrim(condition)) > 0),
  inheritance  text,
  prevalence   text,
  penetrance   text,
  notes        text,
  age_of_onset text,
  pmids        text,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX condition_genes_pair
  ON clinical.condition_genes (tenant_id, md5(lower(cui)), md5(lower(gene_symbol))) NULLS NOT DISTINCT;
SELECT kernel.enable_tenancy('clinical.condition_genes');

CREATE TABLE clinical.secondary_jobs (
  tenant_id    uuid NOT NULL REFERENCES platform.tenants,
  id           uuid NOT NULL UNIQUE,
  number       bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  accession_id text NOT NULL CHECK (length(btrim(accession_id)) > 0),
  created_by   uuid,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
SELECT kernel.enable_tenancy('clinical.secondary_jobs');
"""

REPORTS = """
CREATE TABLE clinical.reports (
  tenant_id            uuid NOT NULL REFERENCES platform.tenants,
  id                   uuid NOT NULL UNIQUE,
  number               bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  test_type            text NOT NULL CHECK (test_type IN ('panel', 'panel_trio', 'somatic_panel', 'exome', 'Solo',
                                                          'Duo', 'Trio', 'Quad', 'Quintet')),
  status               text NOT NULL CHECK (status IN ('WAITING FOR SAMPLE', 'WAITING', 'PROCESSING',
                         'READY TO REVIEW', 'READY FOR INTERPRETATION', 'WAITING FOR APPROVAL', 'APPROVED', 'FAILED',
                         'CUSTOM_1', 'CUSTOM_2', 'CUSTOM_3', 'CUSTOM_4')),
  failure_reason       text,
  version              integer NOT NULL DEFAULT 1 CHECK (version > 0),
  -- Moves with every change below the report, so that an approval freezes exactly what was read for it.
  revision             bigint NOT NULL DEFAULT 0,
  accession_id         text,
  project_id           uuid,
  panel_id             uuid,
  assay_type_id        uuid,
  disease_id           text,
  filter_id            bigint,
  include_cosmic       boolean NOT NULL DEFAULT false,
  score_indels         boolean NOT NULL DEFAULT false,
  background           text,
  duo_relation         text,
  hpo_terms            text[],
  comment              text NOT NULL DEFAULT '',
  run_facts            jsonb NOT NULL DEFAULT '{}',
  created_by           uuid,
  created_at           timestamptz NOT NULL,
  submitted_at         timestamptz,
  processed_at         timestamptz,
  sent_for_approval_by uuid,
  sent_for_approval_at timestamptz,
  approved_by          uuid,
  approved_at          timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, project_id) REFERENCES clinical.projects (tenant_id, id),
  FOREIGN KEY (tenant_id, panel_id) REFERENCES clinical.gene_panels (tenant_id, id),
  FOREIGN KEY (tenant_id, assay_type_id) REFERENCES clinical.assay_types (tenant_id, id),
  CHECK (test_type NOT IN ('panel', 'panel_trio', 'somatic_panel') OR panel_id IS NOT NULL),
  CHECK ((status = 'APPROVED') = (approved_at IS NOT NULL)),
  CHECK ((status = 'FAILED') = (failure_reason IS NOT NULL))
);
CREATE INDEX reports_by_number ON clinical.reports (tenant_id, number);
CREATE INDEX reports_by_status ON clinical.reports (tenant_id, status);
SELECT kernel.enable_tenancy('clinical.reports');

CREATE TABLE clinical.report_members (
  tenant_id    uuid NOT NULL,
  report_id    uuid NOT NULL,
  slot         text NOT NULL CHECK (slot IN ('proband', 'mother', 'father', 'sibling', 'duo_relation',
                                             'family_1', 'family_2', 'family_3', 'family_4')),
  genome_id    uuid,
  sex          text CHECK (sex IN ('m', 'f', 'u')),
  affected     boolean,
  relationship text CHECK (relationship IN ('self', 'mother', 'father', 'sibling', 'other')),
  label        text,
  PRIMARY KEY (tenant_id, report_id, slot),
  FOREIGN KEY (tenant_id, report_id) REFERENCES clinical.reports (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT report_members_genome FOREIGN KEY (tenant_id, genome_id) REFERENCES clinical.genomes (tenant_id, id)
);
CREATE INDEX report_members_by_genome ON clinical.report_members (tenant_id, genome_id);
SELECT kernel.enable_tenancy('clinical.report_members');

CREATE TABLE clinical.patient_fields (
  tenant_id uuid NOT NULL,
  report_id uuid NOT NULL,
  name      text NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
  value     text NOT NULL CHECK (value <> ''),
  position  bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (tenant_id, report_id, name),
  FOREIGN KEY (tenant_id, report_id) REFERENCES clinical.reports (tenant_id, id) ON DELETE CASCADE
);
SELECT kernel.enable_tenancy('clinical.patient_fields');

CREATE TABLE clinical.qc_values (
  tenant_id uuid NOT NULL,
  report_id uuid NOT NULL,
  name      text NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
  value     jsonb NOT NULL CHECK (jsonb_typeof(value) IN ('string', 'number')),
  position  bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (tenant_id, report_id, name),
  FOREIGN KEY (tenant_id, report_id) REFERENCES clinical.reports (tenant_id, id) ON DELETE CASCADE
);
SELECT kernel.enable_tenancy('clinical.qc_values');
"""

VARIANTS = """
CREATE TABLE clinical.report_variants (
  tenant_id      uuid NOT NULL,
  id             uuid NOT NULL UNIQUE,
  number         bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  report_id      uuid NOT NULL,
  contig         text NOT NULL,
  contig_order   smallint NOT NULL,
  position       integer NOT NULL CHECK (position > 0),
  ref            text NOT NULL,
  alt            text NOT NULL,
  end_position   integer NOT NULL,
  gene           text,
  rsid           text,
  zygosity       text NOT NULL CHECK (zygosity IN ('heterozygous', 'homozygous', 'hemizygous')),
  quality        double precision,
  filter         text,
  consequence    text,
  impact         text,
  transcript     text,
  hgvs_c         text,
  hgvs_p         text,
  hgvs_g         text,
  frequency      double precision,
  inheritance    text,
  rank           integer NOT NULL,
  score          double precision NOT NULL,
  proposed_class text NOT NULL CHECK (proposed_class IN ('P', 'LP', 'VUS', 'LB', 'B')),
  -- Calls of each member, every transcript, ClinVar, population frequencies, verdicts, score parts, ACMG criteria.
  evidence       jsonb NOT NULL,
  status         text NOT NULL DEFAULT 'UNREVIEWED'
                 CHECK (status IN ('UNREVIEWED', 'REVIEWED', 'PENDING', 'CONFIRMED', 'FAILED_CONFIRMATION')),
  to_report      text NOT NULL DEFAULT 'DO_NOT_REPORT'
                 CHECK (to_report IN ('PRIMARY_FINDING', 'SECONDARY_FINDING', 'DO_NOT_REPORT')),
  classification text CHECK (classification IN ('P', 'LP', 'VUS', 'LB', 'B')),
  interpretation text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, report_id) REFERENCES clinical.reports (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX report_variants_allele
  ON clinical.report_variants (tenant_id, report_id, contig, position, md5(ref), md5(alt));
CREATE INDEX report_variants_by_report ON clinical.report_variants (tenant_id, report_id, number);
SELECT kernel.enable_tenancy('clinical.report_variants');

CREATE TABLE clinical.structural_variants (
  tenant_id    uuid NOT NULL,
  id           uuid NOT NULL UNIQUE,
  number       bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  report_id    uuid NOT NULL,
  contig       text NOT NULL,
  contig_order smallint NOT NULL,
  position     integer NOT NULL CHECK (position > 0),
  end_position integer NOT NULL,
  sv_type      text NOT NULL CHECK (sv_type IN ('DEL', 'DUP', 'INV', 'INS', 'BND', 'CNV')),
  length       integer,
  genes        text[] NOT NULL,
  zygosity     text NOT NULL CHECK (zygosity IN ('heterozygous', 'homozygous', 'hemizygous')),
  ref          text NOT NULL,
  alt          text NOT NULL,
  status       text NOT NULL DEFAULT 'UNREVIEWED'
               CHECK (status IN ('UNREVIEWED', 'REVIEWED', 'PENDING', 'CONFIRMED', 'FAILED_CONFIRMATION')),
  to_report    text NOT NULL DEFAULT 'DO_NOT_REPORT'
               CHECK (to_report IN ('PRIMARY_FINDING', 'SECONDARY_FINDING', 'DO_NOT_REPORT')),
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, report_id) REFERENCES clinical.reports (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX structural_variants_by_report ON clinical.structural_variants (tenant_id, report_id, number);
SELECT kernel.enable_tenancy('clinical.structural_variants');

CREATE TABLE clinical.variant_notes (
  tenant_id  uuid NOT NULL,
  id         uuid NOT NULL UNIQUE,
  number     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  variant_id uuid NOT NULL,
  note       text NOT NULL CHECK (length(btrim(note)) > 0),
  created_by uuid,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, variant_id) REFERENCES clinical.report_variants (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX variant_notes_by_variant ON clinical.variant_notes (tenant_id, variant_id, number);
SELECT kernel.enable_tenancy('clinical.variant_notes');

CREATE TABLE clinical.variant_changes (
  tenant_id  uuid NOT NULL,
  number     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  variant_id uuid NOT NULL,
  field      text NOT NULL,
  old_value  text,
  new_value  text,
  changed_by uuid,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, number),
  FOREIGN KEY (tenant_id, variant_id) REFERENCES clinical.report_variants (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX variant_changes_by_variant ON clinical.variant_changes (tenant_id, variant_id, number);
SELECT kernel.enable_tenancy('clinical.variant_changes');
-- Notes and history are written once.
REVOKE UPDATE ON clinical.variant_notes, clinical.variant_changes FROM cohesin_app, cohesin_crossing;

CREATE TABLE clinical.frozen_documents (
  tenant_id   uuid NOT NULL,
  id          uuid NOT NULL UNIQUE,
  report_id   uuid NOT NULL,
  version     integer NOT NULL,
  snapshot    jsonb NOT NULL,
  pdf_key     text NOT NULL,
  pdf_sha256  text NOT NULL,
  pdf_size    bigint NOT NULL,
  fhir_key    text NOT NULL,
  fhir_sha256 text NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, report_id, version),
  FOREIGN KEY (tenant_id, report_id) REFERENCES clinical.reports (tenant_id, id)
);
SELECT kernel.enable_tenancy('clinical.frozen_documents');
REVOKE UPDATE, DELETE ON clinical.frozen_documents FROM cohesin_app, cohesin_crossing;
"""

OPAL = """
CREATE SCHEMA IF NOT EXISTS partners;
GRANT USAGE ON SCHEMA partners TO cohesin_app, cohesin_crossing;

-- A tenant's number as a workspace, and the number of everyone who acts in it.
CREATE TABLE partners.opal_workspaces (
  tenant_id uuid PRIMARY KEY REFERENCES platform.tenants,
  number    bigint GENERATED ALWAYS AS IDENTITY UNIQUE
);
SELECT kernel.enable_tenancy('partners.opal_workspaces');

CREATE TABLE partners.opal_users (
  tenant_id uuid NOT NULL REFERENCES platform.tenants,
  actor_id  uuid NOT NULL,
  number    bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  PRIMARY KEY (tenant_id, actor_id)
);
SELECT kernel.enable_tenancy('partners.opal_users');

CREATE TABLE partners.opal_keys (
  tenant_id     uuid NOT NULL REFERENCES platform.tenants,
  id            uuid NOT NULL UNIQUE,
  login         text NOT NULL UNIQUE,
  password_hash bytea NOT NULL CHECK (length(password_hash) = 32),
  email         text NOT NULL,
  read_only     boolean NOT NULL DEFAULT false,
  enabled       boolean NOT NULL DEFAULT true,
  created_at    timestamptz NOT NULL,
  disabled_at   timestamptz,
  last_used_at  timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, id) REFERENCES partners.opal_users (tenant_id, actor_id)
);
SELECT kernel.enable_tenancy('partners.opal_keys');

-- Who a login and password stand for; an unknown pair answers nothing. Runs as the crossing role.
CREATE FUNCTION partners.identify_opal_key(
  in_login text, in_hash bytea,
  OUT key_id uuid, OUT tenant_id uuid, OUT tenant_status text, OUT user_number bigint, OUT read_only boolean,
  OUT enabled boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  SELECT k.id, k.tenant_id, t.status, u.number, k.read_only, k.enabled
    INTO key_id, tenant_id, tenant_status, user_number, read_only, enabled
    FROM partners.opal_keys k
    JOIN platform.tenants t ON t.id = k.tenant_id AND t.deleted_at IS NULL
    JOIN partners.opal_users u ON u.tenant_id = k.tenant_id AND u.actor_id = k.id
   WHERE k.login = in_login AND k.password_hash = in_hash;
END $$;
GRANT USAGE, CREATE ON SCHEMA partners TO cohesin_crossing;
ALTER FUNCTION partners.identify_opal_key(text, bytea) OWNER TO cohesin_crossing;
REVOKE CREATE ON SCHEMA partners FROM cohesin_crossing;
REVOKE ALL ON FUNCTION partners.identify_opal_key(text, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION partners.identify_opal_key(text, bytea) TO cohesin_app;
"""


def upgrade() -> None:
    for statement in (GENOMES, PANELS, REPORTS, VARIANTS, OPAL):
        op.execute(statement)
