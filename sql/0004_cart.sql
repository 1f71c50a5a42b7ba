-- Carts, their items and promotion codes. Whoever holds the token holds the cart;
-- so does the customer whose it is.

CREATE TABLE cart (
  id VARCHAR2(36 CHAR) NOT NULL,
  token_hash RAW(32) NOT NULL,
  customer_id VARCHAR2(36 CHAR),
  email VARCHAR2(254 CHAR),
  currency VARCHAR2(3 CHAR) NOT NULL,
  channel VARCHAR2(20 CHAR) NOT NULL,
  status VARCHAR2(10 CHAR) DEFAULT 'open' NOT NULL,
  version NUMBER(9) DEFAULT 1 NOT NULL,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  expires_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT cart_pk PRIMARY KEY (id),
  CONSTRAINT cart_status_ck CHECK (status IN ('open', 'ordered', 'merged')),
  CONSTRAINT cart_merged_ck CHECK (status <> 'merged' OR customer_id IS NOT NULL)
)
-- oracle-only
PARTITION BY HASH (id) PARTITIONS 16
-- end
;

CREATE INDEX cart_customer_ix ON cart (customer_id, id);

-- Open carts of somebody who can be written to.
CREATE INDEX cart_reachable_ix ON cart (CASE WHEN status = 'open' AND (email IS NOT NULL OR customer_id IS NOT NULL) THEN updated_at END, id);

CREATE INDEX cart_expires_ix ON cart (expires_at, id);

CREATE TABLE cart_item (
  cart_id VARCHAR2(36 CHAR) NOT NULL,
  sku VARCHAR2(64 CHAR) NOT NULL,
  qty NUMBER(9) NOT NULL,
  seen_minor NUMBER(15),
  for_later NUMBER(1) DEFAULT 0 NOT NULL,
  added_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT cart_item_pk PRIMARY KEY (cart_id, sku),
  CONSTRAINT cart_item_cart_fk FOREIGN KEY (cart_id) REFERENCES cart (id) ON DELETE CASCADE,
  CONSTRAINT cart_item_variant_fk FOREIGN KEY (sku) REFERENCES variant (sku),
  CONSTRAINT cart_item_qty_ck CHECK (qty > 0),
  CONSTRAINT cart_item_later_ck CHECK (for_later IN (0, 1))
) ORGANIZATION INDEX;

CREATE TABLE cart_code (
  cart_id VARCHAR2(36 CHAR) NOT NULL,
  code VARCHAR2(40 CHAR) NOT NULL,
  added_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT cart_code_pk PRIMARY KEY (cart_id, code),
  CONSTRAINT cart_code_cart_fk FOREIGN KEY (cart_id) REFERENCES cart (id) ON DELETE CASCADE
) ORGANIZATION INDEX;
