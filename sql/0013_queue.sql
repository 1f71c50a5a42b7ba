-- Work that waits for somebody to do it, where the database is the queue, and
-- work that failed too often, wherever the queue is. What is done is deleted.

CREATE TABLE queue_job (
  id VARCHAR2(36 CHAR) NOT NULL,
  channel VARCHAR2(40 CHAR) NOT NULL,
  kind VARCHAR2(40 CHAR) NOT NULL,
  job_id VARCHAR2(64 CHAR) NOT NULL,
  body CLOB NOT NULL,
  put_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  visible_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  deliveries NUMBER(9) DEFAULT 0 NOT NULL,
  CONSTRAINT queue_job_pk PRIMARY KEY (id),
  CONSTRAINT queue_job_body_ck CHECK (body IS JSON),
  CONSTRAINT queue_job_deliveries_ck CHECK (deliveries >= 0)
);

CREATE INDEX queue_job_visible_ix ON queue_job (channel, visible_at, id);

CREATE INDEX queue_job_put_ix ON queue_job (channel, put_at);

CREATE TABLE queue_letter (
  letter_key VARCHAR2(105 CHAR) NOT NULL,
  channel VARCHAR2(40 CHAR) NOT NULL,
  kind VARCHAR2(40 CHAR) NOT NULL,
  job_id VARCHAR2(64 CHAR) NOT NULL,
  body CLOB NOT NULL,
  deliveries NUMBER(9) NOT NULL,
  last_error VARCHAR2(1000 CHAR),
  put_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  died_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT queue_letter_pk PRIMARY KEY (letter_key),
  CONSTRAINT queue_letter_body_ck CHECK (body IS JSON)
);

CREATE INDEX queue_letter_channel_ix ON queue_letter (channel, letter_key);
