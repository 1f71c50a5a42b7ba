-- The stream of facts: a log in partitions that is appended to and read by groups.

-- The offset that the next fact of a partition gets. Whoever appends holds the
-- row to the end of the transaction, so that facts come into sight in order.
CREATE TABLE fact_part (
  part_no NUMBER(4) NOT NULL,
  next_no NUMBER(15) NOT NULL,
  last_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT fact_part_pk PRIMARY KEY (part_no)
) ORGANIZATION INDEX;

CREATE TABLE fact_log (
  part_no NUMBER(4) NOT NULL,
  seq_no NUMBER(15) NOT NULL,
  fact_key VARCHAR2(120 CHAR) NOT NULL,
  appended_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  fact CLOB NOT NULL,
  CONSTRAINT fact_log_pk PRIMARY KEY (part_no, seq_no),
  CONSTRAINT fact_log_fact_ck CHECK (fact IS JSON)
)
-- oracle-only
PARTITION BY HASH (part_no) PARTITIONS 8
-- end
;

CREATE INDEX fact_log_at_ix ON fact_log (part_no, appended_at, seq_no);

-- How far a group has come in a partition, and which of its readers has it now.
CREATE TABLE fact_group (
  group_name VARCHAR2(60 CHAR) NOT NULL,
  part_no NUMBER(4) NOT NULL,
  next_no NUMBER(15) NOT NULL,
  held_by VARCHAR2(36 CHAR),
  held_until TIMESTAMP(6) WITH TIME ZONE,
  CONSTRAINT fact_group_pk PRIMARY KEY (group_name, part_no)
) ORGANIZATION INDEX;

-- The readers of a group that are at work, so that each knows its share.
CREATE TABLE fact_reader (
  group_name VARCHAR2(60 CHAR) NOT NULL,
  reader_id VARCHAR2(36 CHAR) NOT NULL,
  alive_until TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT fact_reader_pk PRIMARY KEY (group_name, reader_id)
) ORGANIZATION INDEX;

-- How far somebody has come whose effects are in this database, written with
-- the effects; the source is the log that the offset belongs to.
CREATE TABLE fact_mark (
  owner_name VARCHAR2(60 CHAR) NOT NULL,
  source VARCHAR2(255 CHAR) NOT NULL,
  part_no NUMBER(4) NOT NULL,
  next_no NUMBER(15) NOT NULL,
  CONSTRAINT fact_mark_pk PRIMARY KEY (owner_name, source, part_no)
) ORGANIZATION INDEX;
