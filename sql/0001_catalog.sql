-- The catalogue: brands, category tree, products, variants, prices, attributes, media.

CREATE TABLE brand (
  id VARCHAR2(36 CHAR) NOT NULL,
  slug VARCHAR2(120 CHAR) NOT NULL,
  title VARCHAR2(120 CHAR) NOT NULL,
  logo VARCHAR2(1000 CHAR),
  version NUMBER(9) DEFAULT 1 NOT NULL,
  CONSTRAINT brand_pk PRIMARY KEY (id),
  CONSTRAINT brand_slug_uk UNIQUE (slug),
  CONSTRAINT brand_title_uk UNIQUE (title)
);

CREATE TABLE category (
  id VARCHAR2(36 CHAR) NOT NULL,
  parent_id VARCHAR2(36 CHAR),
  slug VARCHAR2(120 CHAR) NOT NULL,
  title VARCHAR2(200 CHAR) NOT NULL,
  position NUMBER(9) DEFAULT 0 NOT NULL,
  status VARCHAR2(10 CHAR) DEFAULT 'active' NOT NULL,
  description CLOB,
  image VARCHAR2(1000 CHAR),
  seo_title VARCHAR2(200 CHAR),
  seo_description VARCHAR2(400 CHAR),
  version NUMBER(9) DEFAULT 1 NOT NULL,
  CONSTRAINT category_pk PRIMARY KEY (id),
  CONSTRAINT category_slug_uk UNIQUE (slug),
  CONSTRAINT category_parent_fk FOREIGN KEY (parent_id) REFERENCES category (id),
  CONSTRAINT category_parent_ck CHECK (parent_id <> id),
  CONSTRAINT category_status_ck CHECK (status IN ('active', 'hidden'))
);

CREATE INDEX category_parent_ix ON category (parent_id, position, id);

-- Whoever changes the shape of the tree holds this row until the end: two moves
-- that are possible one by one may make a circle together.
CREATE TABLE category_guard (
  id NUMBER(1) NOT NULL,
  moves NUMBER(12) NOT NULL,
  CONSTRAINT category_guard_pk PRIMARY KEY (id)
);

CREATE TABLE attribute_def (
  category_id VARCHAR2(36 CHAR) NOT NULL,
  name VARCHAR2(60 CHAR) NOT NULL,
  label VARCHAR2(120 CHAR) NOT NULL,
  kind VARCHAR2(10 CHAR) NOT NULL,
  unit VARCHAR2(20 CHAR),
  facet NUMBER(1) DEFAULT 1 NOT NULL,
  required NUMBER(1) DEFAULT 0 NOT NULL,
  min_milli NUMBER(18),
  max_milli NUMBER(18),
  choices CLOB,
  position NUMBER(9) DEFAULT 0 NOT NULL,
  CONSTRAINT attribute_def_pk PRIMARY KEY (category_id, name),
  CONSTRAINT attribute_def_category_fk FOREIGN KEY (category_id) REFERENCES category (id) ON DELETE CASCADE,
  CONSTRAINT attribute_def_kind_ck CHECK (kind IN ('text', 'number', 'boolean', 'choice', 'many')),
  CONSTRAINT attribute_def_facet_ck CHECK (facet IN (0, 1)),
  CONSTRAINT attribute_def_required_ck CHECK (required IN (0, 1)),
  CONSTRAINT attribute_def_range_ck CHECK (min_milli <= max_milli),
  CONSTRAINT attribute_def_choices_ck CHECK (choices IS JSON)
);

CREATE TABLE product (
  id VARCHAR2(36 CHAR) NOT NULL,
  slug VARCHAR2(120 CHAR) NOT NULL,
  title VARCHAR2(200 CHAR) NOT NULL,
  description CLOB,
  brand_id VARCHAR2(36 CHAR),
  category_id VARCHAR2(36 CHAR) NOT NULL,
  status VARCHAR2(10 CHAR) DEFAULT 'draft' NOT NULL,
  tax_class VARCHAR2(20 CHAR) DEFAULT 'standard' NOT NULL,
  options CLOB,
  seo_title VARCHAR2(200 CHAR),
  seo_description VARCHAR2(400 CHAR),
  published_at TIMESTAMP(6) WITH TIME ZONE,
  version NUMBER(9) DEFAULT 1 NOT NULL,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT product_pk PRIMARY KEY (id),
  CONSTRAINT product_slug_uk UNIQUE (slug),
  CONSTRAINT product_category_fk FOREIGN KEY (category_id) REFERENCES category (id),
  CONSTRAINT product_brand_fk FOREIGN KEY (brand_id) REFERENCES brand (id),
  CONSTRAINT product_options_ck CHECK (options IS JSON),
  CONSTRAINT product_status_ck CHECK (status IN ('draft', 'active', 'archived'))
);

CREATE INDEX product_category_ix ON product (category_id, id);

CREATE INDEX product_brand_ix ON product (brand_id, id);

CREATE INDEX product_status_ix ON product (status, id);

CREATE INDEX product_updated_ix ON product (updated_at, id);

CREATE TABLE variant (
  sku VARCHAR2(64 CHAR) NOT NULL,
  product_id VARCHAR2(36 CHAR) NOT NULL,
  title VARCHAR2(200 CHAR),
  options CLOB,
  barcode VARCHAR2(40 CHAR),
  weight_g NUMBER(9) DEFAULT 0 NOT NULL,
  length_mm NUMBER(7) DEFAULT 0 NOT NULL,
  width_mm NUMBER(7) DEFAULT 0 NOT NULL,
  height_mm NUMBER(7) DEFAULT 0 NOT NULL,
  position NUMBER(9) DEFAULT 0 NOT NULL,
  CONSTRAINT variant_pk PRIMARY KEY (sku),
  CONSTRAINT variant_product_fk FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE,
  CONSTRAINT variant_options_ck CHECK (options IS JSON),
  CONSTRAINT variant_weight_ck CHECK (weight_g >= 0),
  CONSTRAINT variant_dimensions_ck CHECK (length_mm >= 0 AND width_mm >= 0 AND height_mm >= 0)
);

CREATE INDEX variant_product_ix ON variant (product_id, position, sku);

-- minor and compare_at_minor are what holds for everybody now: the base price,
-- or that of a schedule. changes_at is when they are to be looked at again.
CREATE TABLE price (
  sku VARCHAR2(64 CHAR) NOT NULL,
  currency VARCHAR2(3 CHAR) NOT NULL,
  base_minor NUMBER(15) NOT NULL,
  base_compare_minor NUMBER(15),
  minor NUMBER(15) NOT NULL,
  compare_at_minor NUMBER(15),
  changes_at TIMESTAMP(6) WITH TIME ZONE,
  CONSTRAINT price_pk PRIMARY KEY (sku, currency),
  CONSTRAINT price_variant_fk FOREIGN KEY (sku) REFERENCES variant (sku) ON DELETE CASCADE,
  CONSTRAINT price_base_ck CHECK (base_minor >= 0),
  CONSTRAINT price_minor_ck CHECK (minor >= 0)
) ORGANIZATION INDEX;

CREATE INDEX price_changes_ix ON price (changes_at, sku, currency);

-- customer_group is '*' for everybody. Of one SKU, currency and group no two
-- overlap; whoever adds one holds the product's row.
CREATE TABLE price_schedule (
  id VARCHAR2(36 CHAR) NOT NULL,
  sku VARCHAR2(64 CHAR) NOT NULL,
  currency VARCHAR2(3 CHAR) NOT NULL,
  customer_group VARCHAR2(36 CHAR) NOT NULL,
  minor NUMBER(15) NOT NULL,
  compare_at_minor NUMBER(15),
  starts_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  ends_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  note VARCHAR2(200 CHAR),
  CONSTRAINT price_schedule_pk PRIMARY KEY (id),
  CONSTRAINT price_schedule_start_uk UNIQUE (sku, currency, customer_group, starts_at),
  CONSTRAINT price_schedule_variant_fk FOREIGN KEY (sku) REFERENCES variant (sku) ON DELETE CASCADE,
  CONSTRAINT price_schedule_minor_ck CHECK (minor >= 0),
  CONSTRAINT price_schedule_moments_ck CHECK (ends_at > starts_at)
);

-- A change of many base prices, and what it did to each, once.
CREATE TABLE price_change (
  id VARCHAR2(36 CHAR) NOT NULL,
  spec CLOB NOT NULL,
  CONSTRAINT price_change_pk PRIMARY KEY (id),
  CONSTRAINT price_change_spec_ck CHECK (spec IS JSON)
);

CREATE TABLE price_change_item (
  change_id VARCHAR2(36 CHAR) NOT NULL,
  sku VARCHAR2(64 CHAR) NOT NULL,
  from_minor NUMBER(15) NOT NULL,
  to_minor NUMBER(15) NOT NULL,
  CONSTRAINT price_change_item_pk PRIMARY KEY (change_id, sku),
  CONSTRAINT price_change_item_change_fk FOREIGN KEY (change_id) REFERENCES price_change (id)
) ORGANIZATION INDEX;

CREATE TABLE product_attribute (
  product_id VARCHAR2(36 CHAR) NOT NULL,
  name VARCHAR2(60 CHAR) NOT NULL,
  position NUMBER(4) NOT NULL,
  value_text VARCHAR2(400 CHAR) NOT NULL,
  value_milli NUMBER(18),
  CONSTRAINT product_attribute_pk PRIMARY KEY (product_id, name, position),
  CONSTRAINT product_attribute_product_fk FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
) ORGANIZATION INDEX;

CREATE TABLE product_tag (
  product_id VARCHAR2(36 CHAR) NOT NULL,
  tag VARCHAR2(60 CHAR) NOT NULL,
  CONSTRAINT product_tag_pk PRIMARY KEY (product_id, tag),
  CONSTRAINT product_tag_product_fk FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
) ORGANIZATION INDEX;

CREATE TABLE media (
  product_id VARCHAR2(36 CHAR) NOT NULL,
  position NUMBER(4) NOT NULL,
  kind VARCHAR2(10 CHAR) DEFAULT 'image' NOT NULL,
  url VARCHAR2(1000 CHAR) NOT NULL,
  alt VARCHAR2(400 CHAR),
  sku VARCHAR2(64 CHAR),
  width NUMBER(6),
  height NUMBER(6),
  CONSTRAINT media_pk PRIMARY KEY (product_id, position),
  CONSTRAINT media_product_fk FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE,
  CONSTRAINT media_kind_ck CHECK (kind IN ('image', 'video'))
);

CREATE TABLE collection (
  id VARCHAR2(36 CHAR) NOT NULL,
  slug VARCHAR2(120 CHAR) NOT NULL,
  title VARCHAR2(200 CHAR) NOT NULL,
  description CLOB,
  image VARCHAR2(1000 CHAR),
  status VARCHAR2(10 CHAR) DEFAULT 'active' NOT NULL,
  seo_title VARCHAR2(200 CHAR),
  seo_description VARCHAR2(400 CHAR),
  rule_doc CLOB NOT NULL,
  version NUMBER(9) DEFAULT 1 NOT NULL,
  CONSTRAINT collection_pk PRIMARY KEY (id),
  CONSTRAINT collection_slug_uk UNIQUE (slug),
  CONSTRAINT collection_rule_ck CHECK (rule_doc IS JSON),
  CONSTRAINT collection_status_ck CHECK (status IN ('active', 'hidden'))
);

-- What is in a collection, or out of it, whatever its rule says.
CREATE TABLE collection_pick (
  product_id VARCHAR2(36 CHAR) NOT NULL,
  collection_id VARCHAR2(36 CHAR) NOT NULL,
  kind VARCHAR2(10 CHAR) NOT NULL,
  CONSTRAINT collection_pick_pk PRIMARY KEY (product_id, collection_id),
  CONSTRAINT collection_pick_product_fk FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE,
  CONSTRAINT collection_pick_collection_fk FOREIGN KEY (collection_id) REFERENCES collection (id) ON DELETE CASCADE,
  CONSTRAINT collection_pick_kind_ck CHECK (kind IN ('pin', 'exclude'))
) ORGANIZATION INDEX;

CREATE INDEX collection_pick_collection_ix ON collection_pick (collection_id, product_id);

-- What lists show of an active product, for each currency it has a price in:
-- the lowest, and the former price that goes with it. Written with listing.
CREATE TABLE product_card (
  product_id VARCHAR2(36 CHAR) NOT NULL,
  currency VARCHAR2(3 CHAR) NOT NULL,
  minor NUMBER(15) NOT NULL,
  compare_at_minor NUMBER(15),
  slug VARCHAR2(120 CHAR) NOT NULL,
  title VARCHAR2(200 CHAR) NOT NULL,
  brand_id VARCHAR2(36 CHAR),
  image VARCHAR2(1000 CHAR),
  image_alt VARCHAR2(400 CHAR),
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT product_card_pk PRIMARY KEY (product_id, currency),
  CONSTRAINT product_card_product_fk FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
) ORGANIZATION INDEX;

-- listing has a row for every active product, for each category above it, each
-- collection it is in (and 'all'), for each currency it has a price in: a page
-- of a category is one range scan of an index in the order of the page, and a
-- card for each of its rows.
CREATE TABLE listing (
  category_id VARCHAR2(36 CHAR) NOT NULL,
  currency VARCHAR2(3 CHAR) NOT NULL,
  product_id VARCHAR2(36 CHAR) NOT NULL,
  minor NUMBER(15) NOT NULL,
  title_key VARCHAR2(200 CHAR) NOT NULL,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT listing_pk PRIMARY KEY (product_id, category_id, currency),
  CONSTRAINT listing_product_fk FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
) ORGANIZATION INDEX;

CREATE INDEX listing_newest_ix ON listing (category_id, currency, created_at, product_id);

CREATE INDEX listing_price_ix ON listing (category_id, currency, minor, product_id);

CREATE INDEX listing_title_ix ON listing (category_id, currency, title_key, product_id);

-- Texts in other languages than the shop's own, by the name of the field.
CREATE TABLE translation (
  noun VARCHAR2(10 CHAR) NOT NULL,
  locale VARCHAR2(10 CHAR) NOT NULL,
  target_id VARCHAR2(36 CHAR) NOT NULL,
  field VARCHAR2(200 CHAR) NOT NULL,
  content CLOB NOT NULL,
  CONSTRAINT translation_pk PRIMARY KEY (noun, target_id, locale, field),
  CONSTRAINT translation_noun_ck CHECK (noun IN ('product', 'category', 'collection'))
);

-- A slug that a product or a category had before leads to it by id, so a chain
-- cannot arise; a row goes when somebody takes the slug.
CREATE TABLE slug_redirect (
  noun VARCHAR2(10 CHAR) NOT NULL,
  slug VARCHAR2(120 CHAR) NOT NULL,
  target_id VARCHAR2(36 CHAR) NOT NULL,
  CONSTRAINT slug_redirect_pk PRIMARY KEY (noun, slug),
  CONSTRAINT slug_redirect_noun_ck CHECK (noun IN ('product', 'category', 'brand', 'collection'))
) ORGANIZATION INDEX;

CREATE INDEX slug_redirect_target_ix ON slug_redirect (noun, target_id);

-- Work over many products, done in chunks: after_id is how far it has got.
CREATE TABLE catalog_task (
  id VARCHAR2(36 CHAR) NOT NULL,
  kind VARCHAR2(10 CHAR) NOT NULL,
  target_id VARCHAR2(36 CHAR) NOT NULL,
  after_id VARCHAR2(36 CHAR) NOT NULL,
  change_id VARCHAR2(36 CHAR),
  forced NUMBER(1) NOT NULL,
  due_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT catalog_task_pk PRIMARY KEY (id),
  CONSTRAINT catalog_task_kind_ck CHECK (kind IN ('product', 'category', 'brand', 'all')),
  CONSTRAINT catalog_task_change_fk FOREIGN KEY (change_id) REFERENCES price_change (id),
  CONSTRAINT catalog_task_forced_ck CHECK (forced IN (0, 1))
);

CREATE INDEX catalog_task_due_ix ON catalog_task (due_at, id);
