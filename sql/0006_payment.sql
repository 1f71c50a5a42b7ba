-- What is owed for an order, every attempt to collect it, and refunds.

CREATE TABLE payment (
  id VARCHAR2(36 CHAR) NOT NULL,
  order_id VARCHAR2(36 CHAR) NOT NULL,
  minor NUMBER(15) NOT NULL,
  currency VARCHAR2(3 CHAR) NOT NULL,
  status VARCHAR2(12 CHAR) NOT NULL,
  attempts NUMBER(4) DEFAULT 0 NOT NULL,
  refunded_minor NUMBER(15) DEFAULT 0 NOT NULL,
  provider VARCHAR2(20 CHAR),
  provider_ref VARCHAR2(120 CHAR),
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT payment_pk PRIMARY KEY (id),
  CONSTRAINT payment_order_uk UNIQUE (order_id),
  CONSTRAINT payment_order_fk FOREIGN KEY (order_id) REFERENCES orders (id),
  CONSTRAINT payment_status_ck CHECK (status IN ('due', 'captured', 'void', 'refunded')),
  CONSTRAINT payment_minor_ck CHECK (minor >= 0),
  CONSTRAINT payment_refunded_ck CHECK (refunded_minor >= 0 AND refunded_minor <= minor)
);

CREATE TABLE payment_attempt (
  payment_id VARCHAR2(36 CHAR) NOT NULL,
  attempt_no NUMBER(4) NOT NULL,
  method_hash RAW(32) NOT NULL,
  provider VARCHAR2(20 CHAR) NOT NULL,
  provider_ref VARCHAR2(120 CHAR),
  status VARCHAR2(16 CHAR) NOT NULL,
  reason VARCHAR2(200 CHAR),
  action_url VARCHAR2(1000 CHAR),
  started_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT payment_attempt_pk PRIMARY KEY (payment_id, attempt_no),
  CONSTRAINT payment_attempt_payment_fk FOREIGN KEY (payment_id) REFERENCES payment (id),
  CONSTRAINT payment_attempt_status_ck CHECK (status IN ('sent', 'requires_action', 'pending', 'authorised', 'captured', 'declined', 'void', 'refunded'))
) ORGANIZATION INDEX;

CREATE INDEX payment_attempt_open_ix ON payment_attempt (CASE WHEN status IN ('sent', 'requires_action', 'pending', 'authorised') THEN updated_at END);

-- refund is money on its way back. Its cause is unique, so that asking twice
-- gives back once; what is due counts against the payment at once.
CREATE TABLE refund (
  id VARCHAR2(36 CHAR) NOT NULL,
  payment_id VARCHAR2(36 CHAR) NOT NULL,
  attempt_no NUMBER(4) NOT NULL,
  cause VARCHAR2(10 CHAR) NOT NULL,
  cause_id VARCHAR2(36 CHAR) NOT NULL,
  minor NUMBER(15) NOT NULL,
  tax_minor NUMBER(15) DEFAULT 0 NOT NULL,
  status VARCHAR2(10 CHAR) NOT NULL,
  provider_ref VARCHAR2(120 CHAR),
  reason VARCHAR2(400 CHAR),
  actor VARCHAR2(80 CHAR) NOT NULL,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT refund_pk PRIMARY KEY (id),
  CONSTRAINT refund_cause_uk UNIQUE (payment_id, cause, cause_id),
  CONSTRAINT refund_payment_fk FOREIGN KEY (payment_id) REFERENCES payment (id),
  CONSTRAINT refund_cause_ck CHECK (cause IN ('late', 'cancel', 'return', 'goodwill')),
  CONSTRAINT refund_status_ck CHECK (status IN ('due', 'done', 'failed')),
  CONSTRAINT refund_minor_ck CHECK (minor > 0),
  CONSTRAINT refund_tax_ck CHECK (tax_minor >= 0 AND tax_minor <= minor)
);
