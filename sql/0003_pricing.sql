-- What a quote needs beside prices: tax rates, shipping rates, promotions.

CREATE TABLE tax_zone (
  country VARCHAR2(2 CHAR) NOT NULL,
  region VARCHAR2(8 CHAR) NOT NULL,
  inclusive NUMBER(1) NOT NULL,
  CONSTRAINT tax_zone_pk PRIMARY KEY (country),
  CONSTRAINT tax_zone_inclusive_ck CHECK (inclusive IN (0, 1))
);

CREATE TABLE tax_rate (
  country VARCHAR2(2 CHAR) NOT NULL,
  tax_class VARCHAR2(20 CHAR) NOT NULL,
  rate_ppm NUMBER(7) NOT NULL,
  CONSTRAINT tax_rate_pk PRIMARY KEY (country, tax_class),
  CONSTRAINT tax_rate_zone_fk FOREIGN KEY (country) REFERENCES tax_zone (country),
  CONSTRAINT tax_rate_ppm_ck CHECK (rate_ppm >= 0 AND rate_ppm <= 1000000)
);

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
  CONSTRAINT shipping_rate_pk PRIMARY KEY (id),
  CONSTRAINT shipping_rate_minor_ck CHECK (minor >= 0),
  CONSTRAINT shipping_rate_weight_ck CHECK (max_weight_g > 0)
);

CREATE INDEX shipping_rate_country_ix ON shipping_rate (country, currency, position, id);

CREATE TABLE promotion (
  id VARCHAR2(36 CHAR) NOT NULL,
  code VARCHAR2(40 CHAR) NOT NULL,
  title VARCHAR2(200 CHAR) NOT NULL,
  kind VARCHAR2(20 CHAR) NOT NULL,
  percent_ppm NUMBER(7) DEFAULT 0 NOT NULL,
  currency VARCHAR2(3 CHAR),
  amount_minor NUMBER(15) DEFAULT 0 NOT NULL,
  min_spend_minor NUMBER(15) DEFAULT 0 NOT NULL,
  category_id VARCHAR2(36 CHAR),
  max_uses NUMBER(9),
  used NUMBER(9) DEFAULT 0 NOT NULL,
  starts_at TIMESTAMP(6) WITH TIME ZONE,
  ends_at TIMESTAMP(6) WITH TIME ZONE,
  CONSTRAINT promotion_pk PRIMARY KEY (id),
  CONSTRAINT promotion_code_uk UNIQUE (code),
  CONSTRAINT promotion_kind_ck CHECK (kind IN ('percent', 'amount', 'free_shipping')),
  CONSTRAINT promotion_percent_ck CHECK (percent_ppm >= 0 AND percent_ppm <= 1000000),
  CONSTRAINT promotion_amount_ck CHECK (amount_minor >= 0),
  CONSTRAINT promotion_used_ck CHECK (used >= 0)
);

CREATE TABLE promotion_use (
  promotion_id VARCHAR2(36 CHAR) NOT NULL,
  order_id VARCHAR2(36 CHAR) NOT NULL,
  amount_minor NUMBER(15) NOT NULL,
  used_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT promotion_use_pk PRIMARY KEY (promotion_id, order_id),
  CONSTRAINT promotion_use_promotion_fk FOREIGN KEY (promotion_id) REFERENCES promotion (id)
) ORGANIZATION INDEX;

CREATE INDEX promotion_use_order_ix ON promotion_use (order_id);
