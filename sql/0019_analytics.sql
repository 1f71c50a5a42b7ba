-- A star schema for reports, filled from the stream of facts. Nothing here is
-- about a person: buyer and visitor are hashes that cannot be undone without the
-- shop's secret. Rows stay when orders are archived and purged.

CREATE TABLE an_product (
  sku VARCHAR2(64 CHAR) NOT NULL,
  product_id VARCHAR2(36 CHAR) NOT NULL,
  title VARCHAR2(400 CHAR) NOT NULL,
  brand_id VARCHAR2(36 CHAR),
  category_id VARCHAR2(36 CHAR),
  status VARCHAR2(10 CHAR) NOT NULL,
  CONSTRAINT an_product_pk PRIMARY KEY (sku)
);

CREATE TABLE an_line (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  line_no NUMBER(4) NOT NULL,
  day NUMBER(8) NOT NULL,
  placed_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  region VARCHAR2(8 CHAR) NOT NULL,
  currency VARCHAR2(3 CHAR) NOT NULL,
  status VARCHAR2(10 CHAR) NOT NULL,
  buyer VARCHAR2(43 CHAR) NOT NULL,
  sku VARCHAR2(64 CHAR) NOT NULL,
  qty NUMBER(9) NOT NULL,
  cancelled NUMBER(9) NOT NULL,
  shipped NUMBER(9) NOT NULL,
  returned NUMBER(9) NOT NULL,
  unit_minor NUMBER(15) NOT NULL,
  discount_minor NUMBER(15) NOT NULL,
  tax_minor NUMBER(15) NOT NULL,
  total_minor NUMBER(15) NOT NULL,
  CONSTRAINT an_line_pk PRIMARY KEY (order_id, line_no)
);

CREATE INDEX an_line_day_ix ON an_line (day, order_id, line_no);

CREATE TABLE an_payment (
  id VARCHAR2(36 CHAR) NOT NULL,
  order_id VARCHAR2(36 CHAR) NOT NULL,
  kind VARCHAR2(10 CHAR) NOT NULL,
  cause VARCHAR2(10 CHAR),
  day NUMBER(8) NOT NULL,
  at_time TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  currency VARCHAR2(3 CHAR) NOT NULL,
  minor NUMBER(15) NOT NULL,
  provider VARCHAR2(20 CHAR),
  CONSTRAINT an_payment_pk PRIMARY KEY (id),
  CONSTRAINT an_payment_kind_ck CHECK (kind IN ('captured', 'refunded'))
);

CREATE INDEX an_payment_day_ix ON an_payment (day, id);

CREATE INDEX an_payment_order_ix ON an_payment (order_id);

CREATE TABLE an_promotion_use (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  promotion_id VARCHAR2(36 CHAR) NOT NULL,
  day NUMBER(8) NOT NULL,
  currency VARCHAR2(3 CHAR) NOT NULL,
  minor NUMBER(15) NOT NULL,
  CONSTRAINT an_promotion_use_pk PRIMARY KEY (order_id, promotion_id)
);

CREATE INDEX an_promotion_use_day_ix ON an_promotion_use (day, order_id, promotion_id);

CREATE TABLE an_movement (
  sku VARCHAR2(64 CHAR) NOT NULL,
  id VARCHAR2(36 CHAR) NOT NULL,
  day NUMBER(8) NOT NULL,
  moved_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  location_id VARCHAR2(36 CHAR) NOT NULL,
  reason VARCHAR2(20 CHAR) NOT NULL,
  on_hand_delta NUMBER(12) NOT NULL,
  incoming_delta NUMBER(12) NOT NULL,
  CONSTRAINT an_movement_pk PRIMARY KEY (sku, id)
);

CREATE INDEX an_movement_day_ix ON an_movement (day, sku, id);

CREATE TABLE an_event (
  id VARCHAR2(64 CHAR) NOT NULL,
  day NUMBER(8) NOT NULL,
  at_time TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  kind VARCHAR2(10 CHAR) NOT NULL,
  product_id VARCHAR2(36 CHAR),
  visitor VARCHAR2(43 CHAR),
  results NUMBER(12),
  units NUMBER(9),
  CONSTRAINT an_event_pk PRIMARY KEY (id),
  CONSTRAINT an_event_kind_ck CHECK (kind IN ('view', 'search', 'cart'))
);

CREATE INDEX an_event_day_ix ON an_event (day, id);

-- What has changed since it was exported: a day of a table.
CREATE TABLE an_part (
  part VARCHAR2(20 CHAR) NOT NULL,
  day NUMBER(8) NOT NULL,
  version NUMBER(12) NOT NULL,
  exported NUMBER(12) DEFAULT 0 NOT NULL,
  CONSTRAINT an_part_pk PRIMARY KEY (part, day)
);

CREATE INDEX an_part_due_ix ON an_part (CASE WHEN version <> exported THEN part END, day);

CREATE TABLE an_mark (
  name VARCHAR2(40 CHAR) NOT NULL,
  place VARCHAR2(64 CHAR) NOT NULL,
  at_time TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT an_mark_pk PRIMARY KEY (name)
);
