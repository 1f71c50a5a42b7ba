-- Who people are at a provider of sign-ins, and which sessions it opened.

CREATE TABLE identity_link (
  id VARCHAR2(36 CHAR) NOT NULL,
  door VARCHAR2(10 CHAR) NOT NULL,
  issuer VARCHAR2(255 CHAR) NOT NULL,
  subject VARCHAR2(255 CHAR) NOT NULL,
  customer_id VARCHAR2(36 CHAR),
  staff_id VARCHAR2(36 CHAR),
  lapsed NUMBER(1) DEFAULT 0 NOT NULL,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT identity_link_pk PRIMARY KEY (id),
  CONSTRAINT identity_link_subject_uk UNIQUE (issuer, subject, door),
  CONSTRAINT identity_link_customer_fk FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE CASCADE,
  CONSTRAINT identity_link_staff_fk FOREIGN KEY (staff_id) REFERENCES staff (id) ON DELETE CASCADE,
  CONSTRAINT identity_link_door_ck CHECK (door = 'staff' AND staff_id IS NOT NULL AND customer_id IS NULL OR door = 'customer' AND customer_id IS NOT NULL AND staff_id IS NULL),
  CONSTRAINT identity_link_lapsed_ck CHECK (lapsed IN (0, 1))
);

CREATE INDEX identity_link_customer_ix ON identity_link (customer_id, id);

CREATE INDEX identity_link_staff_ix ON identity_link (staff_id, id);

CREATE TABLE identity_session (
  session_id VARCHAR2(36 CHAR) NOT NULL,
  link_id VARCHAR2(36 CHAR) NOT NULL,
  sid VARCHAR2(255 CHAR),
  CONSTRAINT identity_session_pk PRIMARY KEY (session_id),
  CONSTRAINT identity_session_session_fk FOREIGN KEY (session_id) REFERENCES user_session (id) ON DELETE CASCADE,
  CONSTRAINT identity_session_link_fk FOREIGN KEY (link_id) REFERENCES identity_link (id) ON DELETE CASCADE
) ORGANIZATION INDEX;

CREATE INDEX identity_session_link_ix ON identity_session (link_id, session_id);

CREATE INDEX identity_session_sid_ix ON identity_session (sid, session_id);
