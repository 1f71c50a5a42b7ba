-- What staff may change while the shop runs. A setting without a row has its default.

CREATE TABLE setting (
  name VARCHAR2(60 CHAR) NOT NULL,
  value_doc CLOB NOT NULL,
  version NUMBER(9) DEFAULT 1 NOT NULL,
  CONSTRAINT setting_pk PRIMARY KEY (name),
  CONSTRAINT setting_value_ck CHECK (value_doc IS JSON)
);
