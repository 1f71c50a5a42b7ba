-- What a quote needs beside prices: tax rates, shipping rates, promotions.

-- A zone is a country, or a part of it that taxes differently; * is the rest.
CREATE TABLE tax_zone (
  country VARCHAR2(2 CHAR) NOT NULL,
  subdivision VARCHAR2(12 CHAR) NOT NULL,
  region VARCHAR2(8 CHAR) NOT NULL,
  inclusive NUMBER(1) NOT NULL,
  version NUMBER(9) DEFAULT 1 NOT NULL,
  CONSTRAINT tax_zone_pk PRIMARY KEY (country, subdivision),
  CONSTRAINT tax_zone_inclusive_ck CHECK (inclusive IN (0, 1))
) ORGANIZATION INDEX;

CREATE TABLE tax_rate (
  country VARCHAR2(2 CHAR) NOT NULL,
  subdivision VARCHAR2(12 CHAR) NOT NULL,
  tax_class VARCHAR2(20 CHAR) NOT NULL,
  rate_ppm NUMBER(7) NOT NULL,
  CONSTRAINT tax_rate_pk PRIMARY KEY (country, subdivision, tax_class),
  CONSTRAINT tax_rate_zone_fk FOREIGN KEY (country, subdivision) REFERENCES tax_zone (country, subdivision) ON DELETE CASCADE,
  CONSTRAINT tax_rate_ppm_ck CHECK (rate_ppm >= 0 AND rate_ppm <= 1000000)
) ORGANIZATION INDEX;

CREATE TABLE shipping_rate (
  id VARCHAR2(36 CHAR) NOT NULL,
  country VARCHAR2(2 CHAR) NOT NULL,
  method VARCHAR2(40 CHAR) NOT NULL,
  title VARCHAR2(120 CHAR) NOT NULL,
  currency VARCHAR2(3 CHAR) NOT NULL,
  max_weight_g NUMBER(9) NOT NULL,
  minor NUMBER(15) NOT NULL,
  free_from_minor NUMBER(15),
  postcode_prefix VARCHAR2(12 CHAR),
  position NUMBER(9) DEFAULT 0 NOT NULL,
  version NUMBER(9) DEFAULT 1 NOT NULL,
  CONSTRAINT shipping_rate_pk PRIMARY KEY (id),
  CONSTRAINT shipping_rate_minor_ck CHECK (minor >= 0),
  CONSTRAINT shipping_rate_weight_ck CHECK (max_weight_g > 0)
);

CREATE INDEX shipping_rate_page_ix ON shipping_rate (country, id);

CREATE INDEX shipping_rate_country_ix ON shipping_rate (country, currency, position, id);

-- The terms are read and written whole. The counters used and spent_minor are
-- kept only where a budget limits them: all orders with the promotion wait for
-- each other there.
CREATE TABLE promotion (
  id VARCHAR2(36 CHAR) NOT NULL,
  title VARCHAR2(200 CHAR) NOT NULL,
  kind VARCHAR2(20 CHAR) NOT NULL,
  automatic NUMBER(1) DEFAULT 0 NOT NULL,
  active NUMBER(1) DEFAULT 1 NOT NULL,
  priority NUMBER(9) DEFAULT 0 NOT NULL,
  exclusive_use NUMBER(1) DEFAULT 0 NOT NULL,
  terms CLOB NOT NULL,
  max_uses NUMBER(9),
  max_minor NUMBER(15),
  max_per_customer NUMBER(9),
  used NUMBER(9) DEFAULT 0 NOT NULL,
  spent_minor NUMBER(15) DEFAULT 0 NOT NULL,
  starts_at TIMESTAMP(6) WITH TIME ZONE,
  ends_at TIMESTAMP(6) WITH TIME ZONE,
  version NUMBER(9) DEFAULT 1 NOT NULL,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT promotion_pk PRIMARY KEY (id),
  CONSTRAINT promotion_terms_ck CHECK (terms IS JSON),
  CONSTRAINT promotion_kind_ck CHECK (kind IN ('percent', 'amount', 'free_shipping', 'buy_get', 'tiered', 'gift')),
  CONSTRAINT promotion_flags_ck CHECK (automatic IN (0, 1) AND active IN (0, 1) AND exclusive_use IN (0, 1)),
  CONSTRAINT promotion_used_ck CHECK (used >= 0 AND spent_minor >= 0)
);

CREATE INDEX promotion_automatic_ix ON promotion (CASE WHEN automatic = 1 AND active = 1 THEN priority END, id);

CREATE TABLE promotion_code (
  code VARCHAR2(40 CHAR) NOT NULL,
  promotion_id VARCHAR2(36 CHAR) NOT NULL,
  max_uses NUMBER(9),
  used NUMBER(9) DEFAULT 0 NOT NULL,
  CONSTRAINT promotion_code_pk PRIMARY KEY (code),
  CONSTRAINT promotion_code_promotion_fk FOREIGN KEY (promotion_id) REFERENCES promotion (id),
  CONSTRAINT promotion_code_used_ck CHECK (used >= 0)
) ORGANIZATION INDEX;

CREATE INDEX promotion_code_of_ix ON promotion_code (promotion_id, code);

CREATE TABLE promotion_customer (
  promotion_id VARCHAR2(36 CHAR) NOT NULL,
  customer_key VARCHAR2(254 CHAR) NOT NULL,
  used NUMBER(9) NOT NULL,
  CONSTRAINT promotion_customer_pk PRIMARY KEY (promotion_id, customer_key),
  CONSTRAINT promotion_customer_promotion_fk FOREIGN KEY (promotion_id) REFERENCES promotion (id),
  CONSTRAINT promotion_customer_used_ck CHECK (used >= 0)
) ORGANIZATION INDEX;

CREATE TABLE promotion_use (
  promotion_id VARCHAR2(36 CHAR) NOT NULL,
  order_id VARCHAR2(36 CHAR) NOT NULL,
  code VARCHAR2(40 CHAR),
  customer_key VARCHAR2(254 CHAR),
  amount_minor NUMBER(15) NOT NULL,
  used_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT promotion_use_pk PRIMARY KEY (promotion_id, order_id),
  CONSTRAINT promotion_use_promotion_fk FOREIGN KEY (promotion_id) REFERENCES promotion (id)
) ORGANIZATION INDEX;

CREATE INDEX promotion_use_order_ix ON promotion_use (order_id);
