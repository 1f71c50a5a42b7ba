-- Stock counters, the reservations that hold them, and the ledger that explains them.

CREATE TABLE stock (
  sku VARCHAR2(64 CHAR) NOT NULL,
  on_hand NUMBER(12) DEFAULT 0 NOT NULL,
  reserved NUMBER(12) DEFAULT 0 NOT NULL,
  CONSTRAINT stock_pk PRIMARY KEY (sku),
  CONSTRAINT stock_variant_fk FOREIGN KEY (sku) REFERENCES variant (sku),
  CONSTRAINT stock_on_hand_ck CHECK (on_hand >= 0),
  CONSTRAINT stock_reserved_ck CHECK (reserved >= 0 AND reserved <= on_hand)
) ORGANIZATION INDEX;

CREATE TABLE stock_movement (
  id VARCHAR2(36 CHAR) NOT NULL,
  sku VARCHAR2(64 CHAR) NOT NULL,
  reason VARCHAR2(20 CHAR) NOT NULL,
  on_hand_delta NUMBER(12) NOT NULL,
  reserved_delta NUMBER(12) NOT NULL,
  reference VARCHAR2(64 CHAR),
  moved_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT stock_movement_pk PRIMARY KEY (sku, id),
  CONSTRAINT stock_movement_reason_ck CHECK (reason IN ('receive', 'adjust', 'reserve', 'release', 'sale', 'return'))
) ORGANIZATION INDEX;

CREATE TABLE reservation (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  sku VARCHAR2(64 CHAR) NOT NULL,
  qty NUMBER(9) NOT NULL,
  state VARCHAR2(10 CHAR) NOT NULL,
  CONSTRAINT reservation_pk PRIMARY KEY (order_id, sku),
  CONSTRAINT reservation_qty_ck CHECK (qty > 0),
  CONSTRAINT reservation_state_ck CHECK (state IN ('held', 'sold', 'released'))
) ORGANIZATION INDEX;
