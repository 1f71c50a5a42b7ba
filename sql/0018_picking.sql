-- What is to be fetched at one location for one order, and what became of it.
-- Units on lists that are open, being picked or packed are those of the order
-- that are not sent yet, once it has been allocated.

CREATE TABLE pick_list (
  id VARCHAR2(36 CHAR) NOT NULL,
  order_id VARCHAR2(36 CHAR) NOT NULL,
  location_id VARCHAR2(36 CHAR) NOT NULL,
  state VARCHAR2(10 CHAR) NOT NULL,
  version NUMBER(9) NOT NULL,
  actor VARCHAR2(80 CHAR),
  shipment_id VARCHAR2(36 CHAR),
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT pick_list_pk PRIMARY KEY (id),
  CONSTRAINT pick_list_order_fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
  CONSTRAINT pick_list_state_ck CHECK (state IN ('open', 'picking', 'packed', 'shipped', 'withdrawn'))
);

CREATE INDEX pick_list_order_ix ON pick_list (order_id, id);

CREATE INDEX pick_list_state_ix ON pick_list (state, id);

CREATE INDEX pick_list_place_ix ON pick_list (state, location_id, id);

CREATE TABLE pick_list_line (
  list_id VARCHAR2(36 CHAR) NOT NULL,
  line_no NUMBER(4) NOT NULL,
  qty NUMBER(9) NOT NULL,
  CONSTRAINT pick_list_line_pk PRIMARY KEY (list_id, line_no),
  CONSTRAINT pick_list_line_list_fk FOREIGN KEY (list_id) REFERENCES pick_list (id) ON DELETE CASCADE,
  CONSTRAINT pick_list_line_qty_ck CHECK (qty >= 0)
) ORGANIZATION INDEX;
