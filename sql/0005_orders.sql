-- Orders with their lines, history, notes, shipments, returns and invoices.
--
-- Orders and what hangs on them carry the moment of placing and the sales
-- region. The id of an order is a UUIDv7 of that moment, so whoever has an id
-- has the partition too.

CREATE SEQUENCE order_number_seq START WITH 100001 INCREMENT BY 1
-- oracle-only
CACHE 1000
-- end
;

CREATE TABLE orders (
  id VARCHAR2(36 CHAR) NOT NULL,
  order_number NUMBER(12) NOT NULL,
  region VARCHAR2(8 CHAR) NOT NULL,
  cart_id VARCHAR2(36 CHAR) NOT NULL,
  token_hash RAW(32) NOT NULL,
  customer_id VARCHAR2(36 CHAR),
  email VARCHAR2(254 CHAR) NOT NULL,
  email_key VARCHAR2(254 CHAR) NOT NULL,
  status VARCHAR2(10 CHAR) NOT NULL,
  version NUMBER(9) DEFAULT 1 NOT NULL,
  currency VARCHAR2(3 CHAR) NOT NULL,
  subtotal_minor NUMBER(15) NOT NULL,
  discount_minor NUMBER(15) NOT NULL,
  shipping_minor NUMBER(15) NOT NULL,
  tax_minor NUMBER(15) NOT NULL,
  rounding_minor NUMBER(9) DEFAULT 0 NOT NULL,
  total_minor NUMBER(15) NOT NULL,
  tax_inclusive NUMBER(1) NOT NULL,
  shipping_method VARCHAR2(40 CHAR) NOT NULL,
  ship_to CLOB NOT NULL,
  placed_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  pay_by TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT orders_pk PRIMARY KEY (id),
  CONSTRAINT orders_cart_uk UNIQUE (cart_id),
  CONSTRAINT orders_number_uk UNIQUE (order_number),
  CONSTRAINT orders_status_ck CHECK (status IN ('placed', 'paid', 'shipped', 'delivered', 'cancelled', 'expired')),
  CONSTRAINT orders_ship_to_ck CHECK (ship_to IS JSON),
  CONSTRAINT orders_inclusive_ck CHECK (tax_inclusive IN (0, 1)),
  CONSTRAINT orders_total_ck CHECK (total_minor >= 0)
)
-- oracle-only
PARTITION BY RANGE (placed_at) INTERVAL (NUMTOYMINTERVAL(1, 'MONTH'))
SUBPARTITION BY LIST (region)
SUBPARTITION TEMPLATE (SUBPARTITION eu VALUES ('eu'), SUBPARTITION us VALUES ('us'), SUBPARTITION uk VALUES ('uk'), SUBPARTITION apac VALUES ('apac'), SUBPARTITION rest VALUES (DEFAULT))
(PARTITION orders_first VALUES LESS THAN (TIMESTAMP '2026-01-01 00:00:00 +00:00'))
-- end
;

CREATE INDEX orders_unpaid_ix ON orders (CASE WHEN status = 'placed' THEN pay_by END);

CREATE INDEX orders_status_ix ON orders (status, id);

CREATE INDEX orders_email_ix ON orders (email_key, id);

CREATE INDEX orders_customer_ix ON orders (customer_id, id);

CREATE TABLE order_line (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  line_no NUMBER(4) NOT NULL,
  region VARCHAR2(8 CHAR) NOT NULL,
  placed_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  sku VARCHAR2(64 CHAR) NOT NULL,
  title VARCHAR2(400 CHAR) NOT NULL,
  qty NUMBER(9) NOT NULL,
  unit_minor NUMBER(15) NOT NULL,
  discount_minor NUMBER(15) NOT NULL,
  tax_minor NUMBER(15) NOT NULL,
  tax_ppm NUMBER(7) NOT NULL,
  total_minor NUMBER(15) NOT NULL,
  cancelled NUMBER(9) DEFAULT 0 NOT NULL,
  shipped NUMBER(9) DEFAULT 0 NOT NULL,
  returned NUMBER(9) DEFAULT 0 NOT NULL,
  CONSTRAINT order_line_pk PRIMARY KEY (order_id, line_no),
  CONSTRAINT order_line_order_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
  CONSTRAINT order_line_qty_ck CHECK (qty > 0),
  CONSTRAINT order_line_units_ck CHECK (cancelled >= 0 AND shipped >= 0 AND cancelled + shipped <= qty),
  CONSTRAINT order_line_returned_ck CHECK (returned >= 0 AND returned <= shipped)
)
-- oracle-only
PARTITION BY RANGE (placed_at) INTERVAL (NUMTOYMINTERVAL(1, 'MONTH'))
SUBPARTITION BY LIST (region)
SUBPARTITION TEMPLATE (SUBPARTITION eu VALUES ('eu'), SUBPARTITION us VALUES ('us'), SUBPARTITION uk VALUES ('uk'), SUBPARTITION apac VALUES ('apac'), SUBPARTITION rest VALUES (DEFAULT))
(PARTITION order_line_first VALUES LESS THAN (TIMESTAMP '2026-01-01 00:00:00 +00:00'))
-- end
;

CREATE INDEX order_line_sku_ix ON order_line (sku, order_id);

CREATE TABLE order_history (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  version NUMBER(9) NOT NULL,
  from_status VARCHAR2(10 CHAR),
  to_status VARCHAR2(10 CHAR) NOT NULL,
  event VARCHAR2(20 CHAR) NOT NULL,
  actor VARCHAR2(80 CHAR) NOT NULL,
  note VARCHAR2(400 CHAR),
  changed_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT order_history_pk PRIMARY KEY (order_id, version),
  CONSTRAINT order_history_order_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE
) ORGANIZATION INDEX;

CREATE TABLE order_note (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  id VARCHAR2(36 CHAR) NOT NULL,
  author VARCHAR2(80 CHAR) NOT NULL,
  body VARCHAR2(2000 CHAR) NOT NULL,
  for_shopper NUMBER(1) DEFAULT 0 NOT NULL,
  written_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT order_note_pk PRIMARY KEY (order_id, id),
  CONSTRAINT order_note_order_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
  CONSTRAINT order_note_shopper_ck CHECK (for_shopper IN (0, 1))
) ORGANIZATION INDEX;

CREATE TABLE shipment (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  id VARCHAR2(36 CHAR) NOT NULL,
  carrier VARCHAR2(60 CHAR) NOT NULL,
  tracking VARCHAR2(120 CHAR),
  tracking_url VARCHAR2(1000 CHAR),
  shipped_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  delivered_at TIMESTAMP(6) WITH TIME ZONE,
  CONSTRAINT shipment_pk PRIMARY KEY (order_id, id),
  CONSTRAINT shipment_order_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE
) ORGANIZATION INDEX;

CREATE TABLE shipment_line (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  shipment_id VARCHAR2(36 CHAR) NOT NULL,
  line_no NUMBER(4) NOT NULL,
  qty NUMBER(9) NOT NULL,
  CONSTRAINT shipment_line_pk PRIMARY KEY (order_id, shipment_id, line_no),
  CONSTRAINT shipment_line_shipment_fk FOREIGN KEY (order_id, shipment_id) REFERENCES shipment (order_id, id) ON DELETE CASCADE,
  CONSTRAINT shipment_line_qty_ck CHECK (qty > 0)
) ORGANIZATION INDEX;

CREATE TABLE order_return (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  id VARCHAR2(36 CHAR) NOT NULL,
  status VARCHAR2(10 CHAR) NOT NULL,
  reason VARCHAR2(400 CHAR),
  answer VARCHAR2(400 CHAR),
  refund_id VARCHAR2(36 CHAR),
  requested_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT order_return_pk PRIMARY KEY (order_id, id),
  CONSTRAINT order_return_order_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
  CONSTRAINT order_return_status_ck CHECK (status IN ('requested', 'approved', 'rejected', 'withdrawn', 'received', 'refunded'))
) ORGANIZATION INDEX;

CREATE INDEX order_return_open_ix ON order_return (status, id);

CREATE TABLE return_line (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  return_id VARCHAR2(36 CHAR) NOT NULL,
  line_no NUMBER(4) NOT NULL,
  qty NUMBER(9) NOT NULL,
  received NUMBER(9) DEFAULT 0 NOT NULL,
  restocked NUMBER(9) DEFAULT 0 NOT NULL,
  CONSTRAINT return_line_pk PRIMARY KEY (order_id, return_id, line_no),
  CONSTRAINT return_line_return_fk FOREIGN KEY (order_id, return_id) REFERENCES order_return (order_id, id) ON DELETE CASCADE,
  CONSTRAINT return_line_qty_ck CHECK (qty > 0),
  CONSTRAINT return_line_received_ck CHECK (received >= 0 AND received <= qty AND restocked >= 0 AND restocked <= received)
) ORGANIZATION INDEX;

-- Invoices and credit notes are numbered without gaps within their series: the
-- number is drawn in the transaction that writes the document.
CREATE TABLE invoice_series (
  series VARCHAR2(20 CHAR) NOT NULL,
  last_number NUMBER(12) NOT NULL,
  CONSTRAINT invoice_series_pk PRIMARY KEY (series)
) ORGANIZATION INDEX;

CREATE TABLE invoice (
  series VARCHAR2(20 CHAR) NOT NULL,
  invoice_number NUMBER(12) NOT NULL,
  kind VARCHAR2(10 CHAR) NOT NULL,
  order_id VARCHAR2(36 CHAR) NOT NULL,
  cause_id VARCHAR2(36 CHAR) NOT NULL,
  currency VARCHAR2(3 CHAR) NOT NULL,
  total_minor NUMBER(15) NOT NULL,
  tax_minor NUMBER(15) NOT NULL,
  issued_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT invoice_pk PRIMARY KEY (series, invoice_number),
  CONSTRAINT invoice_cause_uk UNIQUE (order_id, cause_id),
  CONSTRAINT invoice_kind_ck CHECK (kind IN ('invoice', 'credit')),
  CONSTRAINT invoice_total_ck CHECK (total_minor >= 0)
);

-- What is left of an order that was archived and purged: enough to tell its
-- holder where it went, to account for the provider's money, and to tell a
-- purge from a loss. kept_minor is what the provider holds of it for the shop.
CREATE TABLE purged_order (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  order_number NUMBER(12) NOT NULL,
  token_hash RAW(32) NOT NULL,
  archive VARCHAR2(40 CHAR) NOT NULL,
  payment_id VARCHAR2(36 CHAR) NOT NULL,
  attempts NUMBER(4) NOT NULL,
  currency VARCHAR2(3 CHAR) NOT NULL,
  kept_minor NUMBER(15) NOT NULL,
  purged_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT purged_order_pk PRIMARY KEY (order_id),
  CONSTRAINT purged_order_kept_ck CHECK (kept_minor >= 0)
) ORGANIZATION INDEX;
