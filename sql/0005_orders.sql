-- Orders, their lines and their history.

CREATE SEQUENCE order_number_seq START WITH 100001 INCREMENT BY 1
-- oracle-only
CACHE 1000
-- end
;

CREATE TABLE orders (
  id VARCHAR2(36 CHAR) NOT NULL,
  order_number NUMBER(12) NOT NULL,
  cart_id VARCHAR2(36 CHAR) NOT NULL,
  token_hash RAW(32) NOT NULL,
  email VARCHAR2(254 CHAR) NOT NULL,
  status VARCHAR2(10 CHAR) NOT NULL,
  version NUMBER(9) DEFAULT 1 NOT NULL,
  currency VARCHAR2(3 CHAR) NOT NULL,
  subtotal_minor NUMBER(15) NOT NULL,
  discount_minor NUMBER(15) NOT NULL,
  shipping_minor NUMBER(15) NOT NULL,
  tax_minor NUMBER(15) NOT NULL,
  total_minor NUMBER(15) NOT NULL,
  tax_inclusive NUMBER(1) NOT NULL,
  shipping_method VARCHAR2(40 CHAR) NOT NULL,
  ship_to CLOB NOT NULL,
  placed_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  pay_by TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT orders_pk PRIMARY KEY (id),
  CONSTRAINT orders_cart_uk UNIQUE (cart_id),
  CONSTRAINT orders_number_uk UNIQUE (order_number),
  CONSTRAINT orders_status_ck CHECK (status IN ('placed', 'paid', 'cancelled', 'expired')),
  CONSTRAINT orders_ship_to_ck CHECK (ship_to IS JSON),
  CONSTRAINT orders_inclusive_ck CHECK (tax_inclusive IN (0, 1)),
  CONSTRAINT orders_total_ck CHECK (total_minor >= 0)
)
-- oracle-only
PARTITION BY RANGE (placed_at) INTERVAL (NUMTOYMINTERVAL(1, 'MONTH')) (PARTITION orders_first VALUES LESS THAN (TIMESTAMP '2026-01-01 00:00:00 +00:00'))
-- end
;

CREATE INDEX orders_unpaid_ix ON orders (CASE WHEN status = 'placed' THEN pay_by END);

CREATE TABLE order_line (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  line_no NUMBER(4) NOT NULL,
  sku VARCHAR2(64 CHAR) NOT NULL,
  title VARCHAR2(400 CHAR) NOT NULL,
  qty NUMBER(9) NOT NULL,
  unit_minor NUMBER(15) NOT NULL,
  discount_minor NUMBER(15) NOT NULL,
  tax_minor NUMBER(15) NOT NULL,
  tax_ppm NUMBER(7) NOT NULL,
  total_minor NUMBER(15) NOT NULL,
  CONSTRAINT order_line_pk PRIMARY KEY (order_id, line_no),
  CONSTRAINT order_line_order_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
  CONSTRAINT order_line_qty_ck CHECK (qty > 0)
) ORGANIZATION INDEX;

CREATE TABLE order_history (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  version NUMBER(9) NOT NULL,
  from_status VARCHAR2(10 CHAR),
  to_status VARCHAR2(10 CHAR) NOT NULL,
  actor VARCHAR2(80 CHAR) NOT NULL,
  note VARCHAR2(400 CHAR),
  changed_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT order_history_pk PRIMARY KEY (order_id, version),
  CONSTRAINT order_history_order_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE
) ORGANIZATION INDEX;
