-- Facts on their way out, messages already handled, answers already given, and the audit chain.

CREATE TABLE outbox (
  id VARCHAR2(36 CHAR) NOT NULL,
  aggregate_id VARCHAR2(64 CHAR) NOT NULL,
  aggregate_seq NUMBER(12) NOT NULL,
  topic VARCHAR2(60 CHAR) NOT NULL,
  payload CLOB NOT NULL,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  next_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  attempts NUMBER(4) DEFAULT 0 NOT NULL,
  claimed_by VARCHAR2(36 CHAR),
  claimed_until TIMESTAMP(6) WITH TIME ZONE,
  state VARCHAR2(10 CHAR) DEFAULT 'pending' NOT NULL,
  last_error VARCHAR2(1000 CHAR),
  done_at TIMESTAMP(6) WITH TIME ZONE,
  CONSTRAINT outbox_pk PRIMARY KEY (id),
  CONSTRAINT outbox_payload_ck CHECK (payload IS JSON),
  CONSTRAINT outbox_state_ck CHECK (state IN ('pending', 'done', 'dead'))
)
-- oracle-only
PARTITION BY RANGE (created_at) INTERVAL (NUMTODSINTERVAL(1, 'DAY')) (PARTITION outbox_first VALUES LESS THAN (TIMESTAMP '2026-01-01 00:00:00 +00:00'))
-- end
;

CREATE INDEX outbox_pending_ix ON outbox (CASE WHEN state = 'pending' THEN id END);

CREATE INDEX outbox_open_ix ON outbox (CASE WHEN state <> 'done' THEN aggregate_id END, CASE WHEN state <> 'done' THEN aggregate_seq END);

CREATE TABLE inbox (
  consumer VARCHAR2(40 CHAR) NOT NULL,
  message_id VARCHAR2(120 CHAR) NOT NULL,
  handled_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT inbox_pk PRIMARY KEY (consumer, message_id)
) ORGANIZATION INDEX;

CREATE INDEX inbox_handled_ix ON inbox (handled_at, consumer, message_id);

CREATE TABLE idempotency (
  scope VARCHAR2(100 CHAR) NOT NULL,
  idem_key VARCHAR2(200 CHAR) NOT NULL,
  request_hash RAW(32) NOT NULL,
  answer CLOB,
  expires_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT idempotency_pk PRIMARY KEY (scope, idem_key)
);

CREATE INDEX idempotency_expires_ix ON idempotency (expires_at, scope, idem_key);

CREATE TABLE audit_head (
  chain_no NUMBER(4) NOT NULL,
  seq NUMBER(15) NOT NULL,
  hash RAW(32) NOT NULL,
  CONSTRAINT audit_head_pk PRIMARY KEY (chain_no)
) ORGANIZATION INDEX;

CREATE TABLE audit_entry (
  chain_no NUMBER(4) NOT NULL,
  seq NUMBER(15) NOT NULL,
  at_time TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  actor VARCHAR2(80 CHAR) NOT NULL,
  action VARCHAR2(60 CHAR) NOT NULL,
  subject VARCHAR2(80 CHAR) NOT NULL,
  details CLOB NOT NULL,
  hash RAW(32) NOT NULL,
  CONSTRAINT audit_entry_pk PRIMARY KEY (chain_no, seq),
  CONSTRAINT audit_entry_details_ck CHECK (details IS JSON)
)
-- oracle-only
PARTITION BY RANGE (at_time) INTERVAL (NUMTOYMINTERVAL(1, 'MONTH')) (PARTITION audit_first VALUES LESS THAN (TIMESTAMP '2026-01-01 00:00:00 +00:00'))
-- end
;

CREATE INDEX audit_entry_at_ix ON audit_entry (at_time, chain_no, seq);

CREATE INDEX audit_entry_subject_ix ON audit_entry (subject, at_time, seq);
