-- Imports: how far each has got, and what it had to leave out.

CREATE TABLE import_run (
  id VARCHAR2(36 CHAR) NOT NULL,
  what VARCHAR2(20 CHAR) NOT NULL,
  file_format VARCHAR2(10 CHAR) NOT NULL,
  file_hash RAW(32) NOT NULL,
  dry_run NUMBER(1) NOT NULL,
  state VARCHAR2(10 CHAR) NOT NULL,
  rows_read NUMBER(12) DEFAULT 0 NOT NULL,
  rows_added NUMBER(12) DEFAULT 0 NOT NULL,
  rows_changed NUMBER(12) DEFAULT 0 NOT NULL,
  rows_unchanged NUMBER(12) DEFAULT 0 NOT NULL,
  rows_failed NUMBER(12) DEFAULT 0 NOT NULL,
  actor VARCHAR2(80 CHAR) NOT NULL,
  started_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT import_run_pk PRIMARY KEY (id),
  CONSTRAINT import_run_dry_ck CHECK (dry_run IN (0, 1)),
  CONSTRAINT import_run_state_ck CHECK (state IN ('running', 'done')),
  CONSTRAINT import_run_counts_ck CHECK (rows_read = rows_added + rows_changed + rows_unchanged + rows_failed)
);

CREATE INDEX import_run_file_ix ON import_run (file_hash, id);

-- entry_no counts the errors of a run from 1.
CREATE TABLE import_error (
  run_id VARCHAR2(36 CHAR) NOT NULL,
  entry_no NUMBER(12) NOT NULL,
  line_no NUMBER(12) NOT NULL,
  column_no NUMBER(9) NOT NULL,
  field_name VARCHAR2(120 CHAR),
  message VARCHAR2(1000 CHAR) NOT NULL,
  CONSTRAINT import_error_pk PRIMARY KEY (run_id, entry_no),
  CONSTRAINT import_error_run_fk FOREIGN KEY (run_id) REFERENCES import_run (id) ON DELETE CASCADE
) ORGANIZATION INDEX;
