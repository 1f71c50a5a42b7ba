-- Where stock is, how much of it, what holds it, and the ledger that explains it.

CREATE TABLE location (
  id VARCHAR2(36 CHAR) NOT NULL,
  code VARCHAR2(40 CHAR) NOT NULL,
  name VARCHAR2(120 CHAR) NOT NULL,
  country VARCHAR2(2 CHAR),
  priority NUMBER(4) DEFAULT 100 NOT NULL,
  active NUMBER(1) DEFAULT 1 NOT NULL,
  pickup NUMBER(1) DEFAULT 0 NOT NULL,
  version NUMBER(9) DEFAULT 1 NOT NULL,
  CONSTRAINT location_pk PRIMARY KEY (id),
  CONSTRAINT location_code_uk UNIQUE (code),
  CONSTRAINT location_active_ck CHECK (active IN (0, 1)),
  CONSTRAINT location_pickup_ck CHECK (pickup IN (0, 1))
);

-- A SKU has one row for each location it is kept at; one that many buy at once
-- is spread there over several buckets, so that its buyers do not wait for each
-- other. What is reserved may exceed what is on hand where a policy lets the
-- shop promise goods that are still to come.
CREATE TABLE stock (
  sku VARCHAR2(64 CHAR) NOT NULL,
  location_id VARCHAR2(36 CHAR) NOT NULL,
  bucket_no NUMBER(3) NOT NULL,
  on_hand NUMBER(12) DEFAULT 0 NOT NULL,
  reserved NUMBER(12) DEFAULT 0 NOT NULL,
  incoming NUMBER(12) DEFAULT 0 NOT NULL,
  CONSTRAINT stock_pk PRIMARY KEY (sku, location_id, bucket_no),
  CONSTRAINT stock_variant_fk FOREIGN KEY (sku) REFERENCES variant (sku),
  CONSTRAINT stock_location_fk FOREIGN KEY (location_id) REFERENCES location (id),
  CONSTRAINT stock_bucket_ck CHECK (bucket_no >= 0 AND bucket_no < 64),
  CONSTRAINT stock_reserved_ck CHECK (reserved >= 0),
  CONSTRAINT stock_incoming_ck CHECK (incoming >= 0)
) ORGANIZATION INDEX;

CREATE INDEX stock_location_ix ON stock (location_id, sku, bucket_no);

-- How a SKU is sold, where that is not the usual way: only what is there, and all of it.
CREATE TABLE stock_policy (
  sku VARCHAR2(64 CHAR) NOT NULL,
  tracking VARCHAR2(10 CHAR) DEFAULT 'counted' NOT NULL,
  backorder_limit NUMBER(9) DEFAULT 0 NOT NULL,
  safety NUMBER(9) DEFAULT 0 NOT NULL,
  low_level NUMBER(9),
  version NUMBER(9) DEFAULT 1 NOT NULL,
  CONSTRAINT stock_policy_pk PRIMARY KEY (sku),
  CONSTRAINT stock_policy_variant_fk FOREIGN KEY (sku) REFERENCES variant (sku) ON DELETE CASCADE,
  CONSTRAINT stock_policy_tracking_ck CHECK (tracking IN ('counted', 'unlimited', 'bundle')),
  CONSTRAINT stock_policy_backorder_ck CHECK (backorder_limit >= 0),
  CONSTRAINT stock_policy_safety_ck CHECK (safety >= 0 AND (safety = 0 OR backorder_limit = 0)),
  CONSTRAINT stock_policy_low_ck CHECK (low_level >= 0)
) ORGANIZATION INDEX;

-- What has been said of a SKU: that it is sold out, or that little is left.
CREATE TABLE stock_signal (
  sku VARCHAR2(64 CHAR) NOT NULL,
  sold_out NUMBER(1) NOT NULL,
  low NUMBER(1) NOT NULL,
  version NUMBER(9) NOT NULL,
  CONSTRAINT stock_signal_pk PRIMARY KEY (sku),
  CONSTRAINT stock_signal_sold_out_ck CHECK (sold_out IN (0, 1)),
  CONSTRAINT stock_signal_low_ck CHECK (low IN (0, 1))
) ORGANIZATION INDEX;

CREATE INDEX stock_signal_scarce_ix ON stock_signal (CASE WHEN low = 1 OR sold_out = 1 THEN sku END);

-- A bundle has no stock of its own: who buys it takes its components.
CREATE TABLE bundle_item (
  sku VARCHAR2(64 CHAR) NOT NULL,
  component_sku VARCHAR2(64 CHAR) NOT NULL,
  qty NUMBER(6) NOT NULL,
  CONSTRAINT bundle_item_pk PRIMARY KEY (sku, component_sku),
  CONSTRAINT bundle_item_variant_fk FOREIGN KEY (sku) REFERENCES variant (sku) ON DELETE CASCADE,
  CONSTRAINT bundle_item_component_fk FOREIGN KEY (component_sku) REFERENCES variant (sku),
  CONSTRAINT bundle_item_qty_ck CHECK (qty > 0),
  CONSTRAINT bundle_item_self_ck CHECK (sku <> component_sku)
) ORGANIZATION INDEX;

CREATE INDEX bundle_item_component_ix ON bundle_item (component_sku, sku);

-- Every change of on_hand and incoming. What is reserved is explained by the
-- reservations themselves.
CREATE TABLE stock_movement (
  id VARCHAR2(36 CHAR) NOT NULL,
  sku VARCHAR2(64 CHAR) NOT NULL,
  location_id VARCHAR2(36 CHAR) NOT NULL,
  bucket_no NUMBER(3) NOT NULL,
  reason VARCHAR2(20 CHAR) NOT NULL,
  on_hand_delta NUMBER(12) NOT NULL,
  incoming_delta NUMBER(12) DEFAULT 0 NOT NULL,
  note VARCHAR2(400 CHAR),
  reference VARCHAR2(64 CHAR),
  actor VARCHAR2(80 CHAR),
  moved_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT stock_movement_pk PRIMARY KEY (sku, id),
  CONSTRAINT stock_movement_reason_ck CHECK (reason IN ('receive', 'adjust', 'damaged', 'lost', 'found', 'count', 'sale', 'return',
    'transfer_out', 'transfer_in', 'expect', 'unexpect', 'spread'))
) ORGANIZATION INDEX;

-- What an order or a hold has taken, and from where. A SKU that is not counted
-- is taken from nowhere: its location is 'none'.
CREATE TABLE reservation (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  sku VARCHAR2(64 CHAR) NOT NULL,
  location_id VARCHAR2(36 CHAR) NOT NULL,
  bucket_no NUMBER(3) NOT NULL,
  qty NUMBER(9) NOT NULL,
  backordered NUMBER(9) DEFAULT 0 NOT NULL,
  state VARCHAR2(10 CHAR) NOT NULL,
  held_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT reservation_pk PRIMARY KEY (order_id, sku, location_id, bucket_no),
  CONSTRAINT reservation_qty_ck CHECK (qty > 0),
  CONSTRAINT reservation_backordered_ck CHECK (backordered >= 0 AND backordered <= qty),
  CONSTRAINT reservation_state_ck CHECK (state IN ('held', 'sold', 'released'))
) ORGANIZATION INDEX;

-- What a bundle consisted of when an order took it.
CREATE TABLE reservation_bundle (
  order_id VARCHAR2(36 CHAR) NOT NULL,
  sku VARCHAR2(64 CHAR) NOT NULL,
  component_sku VARCHAR2(64 CHAR) NOT NULL,
  qty NUMBER(6) NOT NULL,
  CONSTRAINT reservation_bundle_pk PRIMARY KEY (order_id, sku, component_sku)
) ORGANIZATION INDEX;

-- Goods kept for somebody without an order, until a moment.
CREATE TABLE stock_hold (
  id VARCHAR2(36 CHAR) NOT NULL,
  state VARCHAR2(10 CHAR) NOT NULL,
  until_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  note VARCHAR2(400 CHAR),
  actor VARCHAR2(80 CHAR) NOT NULL,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT stock_hold_pk PRIMARY KEY (id),
  CONSTRAINT stock_hold_state_ck CHECK (state IN ('open', 'used', 'released', 'expired'))
);

CREATE INDEX stock_hold_until_ix ON stock_hold (CASE WHEN state = 'open' THEN until_at END, CASE WHEN state = 'open' THEN id END);

-- Goods on their way to a location: from a supplier, or, with from_id, from
-- another location.
CREATE TABLE inbound (
  id VARCHAR2(36 CHAR) NOT NULL,
  from_id VARCHAR2(36 CHAR),
  to_id VARCHAR2(36 CHAR) NOT NULL,
  state VARCHAR2(10 CHAR) NOT NULL,
  version NUMBER(9) DEFAULT 1 NOT NULL,
  supplier VARCHAR2(120 CHAR),
  note VARCHAR2(400 CHAR),
  expected_at TIMESTAMP(6) WITH TIME ZONE,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT inbound_pk PRIMARY KEY (id),
  CONSTRAINT inbound_from_fk FOREIGN KEY (from_id) REFERENCES location (id),
  CONSTRAINT inbound_to_fk FOREIGN KEY (to_id) REFERENCES location (id),
  CONSTRAINT inbound_ends_ck CHECK (from_id <> to_id),
  CONSTRAINT inbound_state_ck CHECK (state IN ('draft', 'sent', 'received', 'cancelled'))
);

CREATE INDEX inbound_open_ix ON inbound (CASE WHEN state IN ('draft', 'sent') THEN id END);

CREATE TABLE inbound_line (
  inbound_id VARCHAR2(36 CHAR) NOT NULL,
  sku VARCHAR2(64 CHAR) NOT NULL,
  qty NUMBER(9) NOT NULL,
  received NUMBER(9) DEFAULT 0 NOT NULL,
  missing NUMBER(9) DEFAULT 0 NOT NULL,
  CONSTRAINT inbound_line_pk PRIMARY KEY (inbound_id, sku),
  CONSTRAINT inbound_line_inbound_fk FOREIGN KEY (inbound_id) REFERENCES inbound (id) ON DELETE CASCADE,
  CONSTRAINT inbound_line_variant_fk FOREIGN KEY (sku) REFERENCES variant (sku),
  CONSTRAINT inbound_line_qty_ck CHECK (qty > 0),
  CONSTRAINT inbound_line_received_ck CHECK (received >= 0 AND missing >= 0 AND received + missing <= qty)
) ORGANIZATION INDEX;

CREATE INDEX inbound_line_sku_ix ON inbound_line (sku, inbound_id);

CREATE TABLE stock_take (
  id VARCHAR2(36 CHAR) NOT NULL,
  location_id VARCHAR2(36 CHAR) NOT NULL,
  state VARCHAR2(10 CHAR) NOT NULL,
  note VARCHAR2(400 CHAR),
  opened_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  closed_at TIMESTAMP(6) WITH TIME ZONE,
  CONSTRAINT stock_take_pk PRIMARY KEY (id),
  CONSTRAINT stock_take_location_fk FOREIGN KEY (location_id) REFERENCES location (id),
  CONSTRAINT stock_take_state_ck CHECK (state IN ('open', 'closed', 'cancelled'))
);

-- opened is what the shop thought was there when the take began, known what it
-- thought when somebody counted.
CREATE TABLE stock_take_line (
  take_id VARCHAR2(36 CHAR) NOT NULL,
  sku VARCHAR2(64 CHAR) NOT NULL,
  opened NUMBER(12) NOT NULL,
  known NUMBER(12),
  counted NUMBER(12),
  applied NUMBER(1) DEFAULT 0 NOT NULL,
  CONSTRAINT stock_take_line_pk PRIMARY KEY (take_id, sku),
  CONSTRAINT stock_take_line_take_fk FOREIGN KEY (take_id) REFERENCES stock_take (id) ON DELETE CASCADE,
  CONSTRAINT stock_take_line_counted_ck CHECK (counted >= 0),
  CONSTRAINT stock_take_line_applied_ck CHECK (applied IN (0, 1))
) ORGANIZATION INDEX;
