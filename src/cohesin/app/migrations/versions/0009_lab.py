"""The laboratory: customers, kits, shipments, panels, orders, reports; and the Toolbox accounts that order from it."""

from alembic import op

revision = "0009"
down_revision = "0008"

PARTNERS = """
CREATE SCHEMA lab;
GRANT USAGE ON SCHEMA lab TO cohesin_app, cohesin_crossing;

-- Who orders from a laboratory. Its things are seen through a partner's face in its own account only.
CREATE TABLE lab.partners (
  tenant_id             uuid NOT NULL REFERENCES platform.tenants,
  id                    uuid NOT NULL UNIQUE,
  number                bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  name                  text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
  active                boolean NOT NULL DEFAULT true,
  may_send_genetic_data boolean NOT NULL DEFAULT false,
  always_paged          boolean NOT NULL DEFAULT false,
  webhook_url           text CHECK (length(webhook_url) <= 2000),
  webhook_secret        bytea,
  created_at            timestamptz NOT NULL,
  updated_at            timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
SELECT kernel.enable_tenancy('lab.partners');

CREATE TABLE lab.deliveries (
  tenant_id       uuid NOT NULL,
  id              uuid NOT NULL UNIQUE,
  partner_id      uuid NOT NULL,
  event_sequence  bigint NOT NULL,
  event_type      text NOT NULL,
  status          text NOT NULL CHECK (status IN ('waiting', 'delivered', 'given_up')),
  attempts        integer NOT NULL DEFAULT 0,
  response_status integer,
  error           text,
  next_attempt_at timestamptz,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, partner_id, event_sequence),
  FOREIGN KEY (tenant_id, partner_id) REFERENCES lab.partners (tenant_id, id)
);
SELECT kernel.enable_tenancy('lab.deliveries');
"""

CUSTOMERS = """
CREATE TABLE lab.customers (
  tenant_id            uuid NOT NULL REFERENCES platform.tenants,
  id                   uuid NOT NULL UNIQUE,
  number               bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  partner_id           uuid,
  first_name           text NOT NULL,
  last_name            text NOT NULL,
  reference_id         text,
  email                text,
  date_of_birth        date,
  consent_date         date,
  sex                  text CHECK (sex IN ('male', 'female')),
  ethnicity            text[] NOT NULL DEFAULT '{}',
  caffeine_consumption boolean,
  diet                 text[] NOT NULL DEFAULT '{}',
  created_at           timestamptz NOT NULL,
  updated_at           timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, partner_id) REFERENCES lab.partners (tenant_id, id)
);
CREATE INDEX customers_by_partner ON lab.customers (tenant_id, partner_id, number);
SELECT kernel.enable_tenancy('lab.customers');
"""

KITS = """
-- Kinds of kits, the same for every tenant. Reference rows: written by migrations.
CREATE TABLE lab.kit_types (
  sku  text NOT NULL,
  name text NOT NULL
);
CREATE UNIQUE INDEX kit_types_sku ON lab.kit_types (lower(sku));
REVOKE INSERT, UPDATE, DELETE ON lab.kit_types FROM cohesin_app, cohesin_crossing;
INSERT INTO lab.kit_types (sku, name) VALUES
  ('PT-Kit-1', 'Saliva collection kit'), ('PT-Kit-2', 'Cheek swab collection kit');

CREATE TABLE lab.shipments (
  tenant_id         uuid NOT NULL,
  id                uuid NOT NULL UNIQUE,
  number            bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  partner_id        uuid NOT NULL,
  customer_id       uuid NOT NULL,
  recipient_address jsonb NOT NULL,
  recipient_phone   text NOT NULL,
  recipient_name    text NOT NULL,
  sku               text NOT NULL,
  quantity          integer NOT NULL CHECK (quantity >= 1),
  is_replacement    boolean NOT NULL DEFAULT false,
  notes             text,
  tracking_no       text CHECK (tracking_no IS NULL OR status = 'shipped'),
  status            text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'shipped', 'canceled')),
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, partner_id) REFERENCES lab.partners (tenant_id, id),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES lab.customers (tenant_id, id)
);
CREATE INDEX shipments_by_partner ON lab.shipments (tenant_id, partner_id, number);
SELECT kernel.enable_tenancy('lab.shipments');

CREATE TABLE lab.kits (
  tenant_id   uuid NOT NULL REFERENCES platform.tenants,
  id          uuid NOT NULL UNIQUE,
  number      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  partner_id  uuid,
  barcode     text NOT NULL CHECK (length(barcode) BETWEEN 1 AND 255),
  sku         text,
  shipment_id uuid,
  status      text CHECK (status IN ('shipped', 'received', 'in_process', 'data_available', 'unusable', 'lost')),
  reason      text,
  location_id uuid,
  genome_key  text,
  genome_id   uuid,
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, partner_id) REFERENCES lab.partners (tenant_id, id),
  FOREIGN KEY (tenant_id, shipment_id) REFERENCES lab.shipments (tenant_id, id),
  FOREIGN KEY (tenant_id, location_id) REFERENCES platform.spaces (tenant_id, id)
);
-- One kit a barcode, over all tenants and accounts: a unique index does not ask row security.
CREATE UNIQUE INDEX kits_barcode ON lab.kits (barcode);
CREATE INDEX kits_by_partner ON lab.kits (tenant_id, partner_id, number);
CREATE INDEX kits_by_shipment ON lab.kits (tenant_id, shipment_id) WHERE shipment_id IS NOT NULL;
SELECT kernel.enable_tenancy('lab.kits');

CREATE TABLE lab.registrations (
  tenant_id         uuid NOT NULL,
  id                uuid NOT NULL UNIQUE,
  number            bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  partner_id        uuid NOT NULL,
  customer_id       uuid NOT NULL,
  kit_id            uuid NOT NULL,
  verification_date timestamptz,
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, partner_id) REFERENCES lab.partners (tenant_id, id),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES lab.customers (tenant_id, id),
  FOREIGN KEY (tenant_id, kit_id) REFERENCES lab.kits (tenant_id, id)
);
CREATE UNIQUE INDEX registrations_kit ON lab.registrations (tenant_id, kit_id);
CREATE INDEX registrations_by_customer ON lab.registrations (tenant_id, customer_id);
CREATE INDEX registrations_by_partner ON lab.registrations (tenant_id, partner_id, number);
SELECT kernel.enable_tenancy('lab.registrations');
"""

PANELS = """
-- The catalogue, the same for every tenant.
CREATE TABLE lab.panels (
  id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  number              bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  kind                text NOT NULL CHECK (kind IN ('trait', 'raw', 'multi_trait')),
  sku                 text NOT NULL CHECK (length(sku) BETWEEN 1 AND 100),
  name                text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
  description         text NOT NULL DEFAULT '',
  is_license_required boolean NOT NULL DEFAULT false,
  phenotype_groups    text[] NOT NULL DEFAULT '{}',
  snps                text[] NOT NULL DEFAULT '{}',
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX panels_sku ON lab.panels (lower(sku));
CREATE TABLE lab.panel_parts (
  bundle_id uuid NOT NULL REFERENCES lab.panels,
  panel_id  uuid NOT NULL REFERENCES lab.panels,
  place     integer NOT NULL,
  PRIMARY KEY (bundle_id, panel_id)
);

INSERT INTO lab.panels (kind, sku, name, description, is_license_required, phenotype_groups, snps) VALUES
  ('trait', 'cardiometabolic-1', 'Cardiometabolic', 'Markers studied with weight, blood sugar and the heart', false,
   '{Body weight,Blood sugar,Coronary artery}', '{rs9939609,rs17782313,rs7903146,rs1801282,rs1333049,rs5082,rs738409}'),
  ('trait', 'methylation-1', 'Folate and methylation', 'Two well-known variants of MTHFR and one of COMT', false,
   '{Folate,Catechols}', '{rs1801133,rs1801131,rs4680}'),
  ('trait', 'caffeine-1', 'Caffeine', 'Markers of how quickly caffeine is broken down', false,
   '{Caffeine}', '{rs762551,rs2472297,rs4410790}'),
  ('trait', 'vitamins-1', 'Vitamins and fatty acids', 'Markers of vitamin D, B12, beta-carotene and fatty acids', false,
   '{Vitamin D,Vitamin B12,Beta-carotene,Fatty acids}', '{rs2228570,rs2282679,rs601338,rs12934922,rs7501331,rs174537}'),
  ('trait', 'digestion-1', 'Food tolerance', 'Lactase persistence, bitter taste, alcohol, coeliac tags', false,
   '{Lactose,Taste,Alcohol,Gluten}', '{rs4988235,rs713598,rs671,rs1229984,rs2395182,rs2187668}'),
  ('trait', 'fitness-1', 'Fitness', 'Markers of muscle and endurance', false,
   '{Muscle,Endurance,Recovery}', '{rs1815739,rs8192678,rs1042713,rs1800795}'),
  ('trait', 'sleep-mood-1', 'Sleep and mood', 'Markers of the body clock and of nerve growth', false,
   '{Body clock,Mood}', '{rs1801260,rs6265,rs53576,rs1800497}'),
  ('trait', 'iron-clotting-1', 'Iron and clotting', 'HFE, factor V Leiden and the prothrombin variant', true,
   '{Iron,Clotting}', '{rs1800562,rs1799945,rs6025,rs1799963}'),
  ('raw', 'raw-apoe', 'APOE', 'The two markers of the APOE alleles', true, '{}', '{rs429358,rs7412}'),
  ('raw', 'raw-mthfr', 'MTHFR', 'The two common MTHFR markers', false, '{}', '{rs1801133,rs1801131}'),
  ('raw', 'raw-drug-response', 'Drug response markers', 'Single markers of genes that act on medicines', true, '{}',
   '{rs9923231,rs4149056,rs1799853,rs1057910,rs4244285,rs12248560,rs3918290}'),
  ('raw', 'raw-pigmentation', 'Pigmentation', 'Eye and hair colour', false, '{}', '{rs12913832,rs1805007}');
INSERT INTO lab.panels (kind, sku, name, description) VALUES
  ('multi_trait', 'wellness-bundle-1', 'Wellness bundle', 'Metabolism, vitamins, caffeine and food in one report'),
  ('multi_trait', 'active-bundle-1', 'Active bundle', 'Fitness, sleep and mood in one report');
INSERT INTO lab.panel_parts (bundle_id, panel_id, place)
  SELECT b.id, p.id, wanted.place
    FROM (VALUES ('wellness-bundle-1', 'cardiometabolic-1', 1), ('wellness-bundle-1', 'vitamins-1', 2),
                 ('wellness-bundle-1', 'caffeine-1', 3), ('wellness-bundle-1', 'digestion-1', 4),
                 ('active-bundle-1', 'fitness-1', 1), ('active-bundle-1', 'sleep-mood-1', 2)) wanted (bundle, part, place)
    JOIN lab.panels b ON b.sku = wanted.bundle JOIN lab.panels p ON p.sku = wanted.part;
REVOKE UPDATE, DELETE ON lab.panels, lab.panel_parts FROM cohesin_app, cohesin_crossing;
"""

ORDERS = """
CREATE TABLE lab.panel_orders (
  tenant_id   uuid NOT NULL,
  id          uuid NOT NULL UNIQUE,
  number      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  partner_id  uuid NOT NULL,
  customer_id uuid NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, partner_id) REFERENCES lab.partners (tenant_id, id),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES lab.customers (tenant_id, id)
);
CREATE INDEX panel_orders_by_partner ON lab.panel_orders (tenant_id, partner_id, number);
SELECT kernel.enable_tenancy('lab.panel_orders');

CREATE TABLE lab.order_items (
  tenant_id uuid NOT NULL,
  id        uuid NOT NULL UNIQUE,
  number    bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  order_id  uuid NOT NULL,
  place     integer NOT NULL,
  panel_id  uuid NOT NULL REFERENCES lab.panels,
  panel_sku text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, order_id, place),
  UNIQUE (tenant_id, order_id, panel_id),
  FOREIGN KEY (tenant_id, order_id) REFERENCES lab.panel_orders (tenant_id, id)
);
SELECT kernel.enable_tenancy('lab.order_items');
"""

REPORTS = """
-- The last moment given to a report of a tenant. Its row lock is held until commit, so moments are unique, rise, and
-- become visible in their order: polling by them misses nothing.
CREATE TABLE lab.report_clock (
  tenant_id uuid PRIMARY KEY REFERENCES platform.tenants,
  last      timestamptz NOT NULL
);
SELECT kernel.enable_tenancy('lab.report_clock');

-- Every report of a person on its way to those who asked for it, whichever face they use.
CREATE TABLE lab.reports (
  tenant_id          uuid NOT NULL REFERENCES platform.tenants,
  id                 uuid NOT NULL UNIQUE,
  number             bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  partner_id         uuid,
  customer_id        uuid NOT NULL,
  kit_id             uuid,
  order_item_id      uuid,
  clinical_report_id uuid,
  panel_id           uuid,
  report_type_id     uuid NOT NULL,
  report_type        text NOT NULL,
  location_id        uuid,
  status             text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'ready', 'downloaded')),
  own_data           boolean NOT NULL DEFAULT false,
  sealed_result      bytea,
  causes_told        text[] NOT NULL DEFAULT '{}',
  uploaded_at        timestamptz CHECK ((uploaded_at IS NULL) = (status = 'pending')),
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, partner_id) REFERENCES lab.partners (tenant_id, id),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES lab.customers (tenant_id, id),
  FOREIGN KEY (tenant_id, kit_id) REFERENCES lab.kits (tenant_id, id),
  FOREIGN KEY (tenant_id, order_item_id) REFERENCES lab.order_items (tenant_id, id)
);
CREATE UNIQUE INDEX reports_moment ON lab.reports (tenant_id, updated_at DESC);
CREATE UNIQUE INDEX reports_order_item ON lab.reports (tenant_id, order_item_id) WHERE order_item_id IS NOT NULL;
CREATE UNIQUE INDEX reports_clinical ON lab.reports (tenant_id, clinical_report_id)
  WHERE clinical_report_id IS NOT NULL;
CREATE INDEX reports_by_customer ON lab.reports (tenant_id, customer_id);
CREATE INDEX reports_by_partner ON lab.reports (tenant_id, partner_id, number);
SELECT kernel.enable_tenancy('lab.reports');

-- A replaced file stays, for links to it that have not ended.
CREATE TABLE lab.report_files (
  tenant_id   uuid NOT NULL,
  id          uuid NOT NULL UNIQUE,
  number      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  report_id   uuid NOT NULL,
  category    text NOT NULL CHECK (category IN ('health_action_plan', 'practitioner_summary', 'supplements', 'client_summary')),
  object_key  text NOT NULL UNIQUE,
  file_name   text,
  size_bytes  bigint NOT NULL,
  created_at  timestamptz NOT NULL,
  replaced_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, report_id) REFERENCES lab.reports (tenant_id, id)
);
CREATE UNIQUE INDEX report_files_category ON lab.report_files (tenant_id, report_id, category) WHERE replaced_at IS NULL;
SELECT kernel.enable_tenancy('lab.report_files');

-- A partner's part of the log, newest first.
CREATE INDEX events_of_lab_partner ON kernel.events (tenant_id, (data ->> 'partner_id'), sequence DESC)
  WHERE entity_type IN ('kit', 'lab_report');
"""

TOOLBOX = """
CREATE SCHEMA IF NOT EXISTS partners;
GRANT USAGE ON SCHEMA partners TO cohesin_app, cohesin_crossing;

CREATE TABLE partners.toolbox_accounts (
  tenant_id     uuid NOT NULL,
  id            uuid NOT NULL UNIQUE,
  number        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  partner_id    uuid NOT NULL,
  username      text NOT NULL UNIQUE CHECK (length(username) BETWEEN 1 AND 150),
  email         text NOT NULL DEFAULT '',
  password_hash text NOT NULL,
  active        boolean NOT NULL DEFAULT true,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, partner_id) REFERENCES lab.partners (tenant_id, id)
);
SELECT kernel.enable_tenancy('partners.toolbox_accounts');

-- Who a login or a token stands for, before any tenant is known. Run as the crossing role.
CREATE FUNCTION partners.find_toolbox_login(in_username text,
  OUT id uuid, OUT number bigint, OUT email text, OUT password_hash text, OUT active boolean
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.id, a.number, a.email, a.password_hash, a.active AND p.active
    FROM partners.toolbox_accounts a JOIN lab.partners p ON p.tenant_id = a.tenant_id AND p.id = a.partner_id
   WHERE a.username = in_username
$$;
CREATE FUNCTION partners.identify_toolbox(in_account uuid,
  OUT tenant_id uuid, OUT partner_id uuid, OUT number bigint, OUT usable boolean,
  OUT may_send_genetic_data boolean, OUT always_paged boolean
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.tenant_id, a.partner_id, a.number,
         a.active AND p.active AND t.status NOT IN ('inactive', 'retired') AND t.deleted_at IS NULL,
         p.may_send_genetic_data, p.always_paged
    FROM partners.toolbox_accounts a
    JOIN lab.partners p ON p.tenant_id = a.tenant_id AND p.id = a.partner_id
    JOIN platform.tenants t ON t.id = a.tenant_id
   WHERE a.id = in_account
$$;
GRANT CREATE ON SCHEMA partners TO cohesin_crossing;
ALTER FUNCTION partners.find_toolbox_login(text) OWNER TO cohesin_crossing;
ALTER FUNCTION partners.identify_toolbox(uuid) OWNER TO cohesin_crossing;
REVOKE CREATE ON SCHEMA partners FROM cohesin_crossing;
REVOKE ALL ON FUNCTION partners.find_toolbox_login(text), partners.identify_toolbox(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION partners.find_toolbox_login(text), partners.identify_toolbox(uuid) TO cohesin_app;
"""


def upgrade() -> None:
    for statement in (PARTNERS, CUSTOMERS, KITS, PANELS, ORDERS, REPORTS, TOOLBOX):
        op.execute(statement)
