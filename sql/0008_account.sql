-- Customers and what is theirs, staff and what they may do, sessions of both, tokens that work once, and the guard of the doors.

CREATE TABLE customer (
  id VARCHAR2(36 CHAR) NOT NULL,
  email VARCHAR2(254 CHAR) NOT NULL,
  email_key VARCHAR2(254 CHAR) NOT NULL,
  name VARCHAR2(120 CHAR) NOT NULL,
  password_hash VARCHAR2(200 CHAR) NOT NULL,
  status VARCHAR2(10 CHAR) DEFAULT 'active' NOT NULL,
  customer_group VARCHAR2(40 CHAR) DEFAULT 'standard' NOT NULL,
  locale VARCHAR2(20 CHAR) DEFAULT 'en' NOT NULL,
  notes VARCHAR2(2000 CHAR),
  verified_at TIMESTAMP(6) WITH TIME ZONE,
  version NUMBER(9) DEFAULT 1 NOT NULL,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT customer_pk PRIMARY KEY (id),
  CONSTRAINT customer_email_uk UNIQUE (email_key),
  CONSTRAINT customer_status_ck CHECK (status IN ('active', 'locked', 'closed'))
);

CREATE INDEX customer_group_ix ON customer (customer_group, id);

CREATE INDEX customer_status_ix ON customer (status, id);

-- Accounts that nobody has verified.
CREATE INDEX customer_unverified_ix ON customer (CASE WHEN status = 'active' AND verified_at IS NULL THEN updated_at END, id);

CREATE TABLE customer_address (
  customer_id VARCHAR2(36 CHAR) NOT NULL,
  id VARCHAR2(36 CHAR) NOT NULL,
  address CLOB NOT NULL,
  ships_here NUMBER(1) DEFAULT 0 NOT NULL,
  bills_here NUMBER(1) DEFAULT 0 NOT NULL,
  CONSTRAINT customer_address_pk PRIMARY KEY (customer_id, id),
  CONSTRAINT customer_address_customer_fk FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE CASCADE,
  CONSTRAINT customer_address_json_ck CHECK (address IS JSON),
  CONSTRAINT customer_address_ships_ck CHECK (ships_here IN (0, 1)),
  CONSTRAINT customer_address_bills_ck CHECK (bills_here IN (0, 1))
);

CREATE TABLE staff (
  id VARCHAR2(36 CHAR) NOT NULL,
  email VARCHAR2(254 CHAR) NOT NULL,
  email_key VARCHAR2(254 CHAR) NOT NULL,
  name VARCHAR2(120 CHAR) NOT NULL,
  password_hash VARCHAR2(200 CHAR) NOT NULL,
  status VARCHAR2(10 CHAR) DEFAULT 'active' NOT NULL,
  totp_sealed RAW(64),
  totp_since TIMESTAMP(6) WITH TIME ZONE,
  totp_step NUMBER(12) DEFAULT 0 NOT NULL,
  version NUMBER(9) DEFAULT 1 NOT NULL,
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT staff_pk PRIMARY KEY (id),
  CONSTRAINT staff_email_uk UNIQUE (email_key),
  CONSTRAINT staff_status_ck CHECK (status IN ('active', 'disabled'))
);

CREATE TABLE recovery_code (
  staff_id VARCHAR2(36 CHAR) NOT NULL,
  code_hash RAW(32) NOT NULL,
  CONSTRAINT recovery_code_pk PRIMARY KEY (staff_id, code_hash),
  CONSTRAINT recovery_code_staff_fk FOREIGN KEY (staff_id) REFERENCES staff (id) ON DELETE CASCADE
) ORGANIZATION INDEX;

CREATE TABLE shop_role (
  id VARCHAR2(40 CHAR) NOT NULL,
  title VARCHAR2(120 CHAR) NOT NULL,
  version NUMBER(9) DEFAULT 1 NOT NULL,
  CONSTRAINT shop_role_pk PRIMARY KEY (id)
) ORGANIZATION INDEX;

CREATE TABLE role_permission (
  role_id VARCHAR2(40 CHAR) NOT NULL,
  permission VARCHAR2(60 CHAR) NOT NULL,
  CONSTRAINT role_permission_pk PRIMARY KEY (role_id, permission),
  CONSTRAINT role_permission_role_fk FOREIGN KEY (role_id) REFERENCES shop_role (id) ON DELETE CASCADE
) ORGANIZATION INDEX;

CREATE TABLE staff_role (
  staff_id VARCHAR2(36 CHAR) NOT NULL,
  role_id VARCHAR2(40 CHAR) NOT NULL,
  CONSTRAINT staff_role_pk PRIMARY KEY (staff_id, role_id),
  CONSTRAINT staff_role_staff_fk FOREIGN KEY (staff_id) REFERENCES staff (id) ON DELETE CASCADE,
  CONSTRAINT staff_role_role_fk FOREIGN KEY (role_id) REFERENCES shop_role (id)
) ORGANIZATION INDEX;

CREATE INDEX staff_role_role_ix ON staff_role (role_id, staff_id);

CREATE TABLE user_session (
  id VARCHAR2(36 CHAR) NOT NULL,
  token_hash RAW(32) NOT NULL,
  customer_id VARCHAR2(36 CHAR),
  staff_id VARCHAR2(36 CHAR),
  enrols_only NUMBER(1) DEFAULT 0 NOT NULL,
  user_agent VARCHAR2(400 CHAR),
  created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  last_used_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  ends_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  expires_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT user_session_pk PRIMARY KEY (id),
  CONSTRAINT user_session_token_uk UNIQUE (token_hash),
  CONSTRAINT user_session_customer_fk FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE CASCADE,
  CONSTRAINT user_session_staff_fk FOREIGN KEY (staff_id) REFERENCES staff (id) ON DELETE CASCADE,
  CONSTRAINT user_session_one_ck CHECK (customer_id IS NULL AND staff_id IS NOT NULL OR customer_id IS NOT NULL AND staff_id IS NULL),
  CONSTRAINT user_session_enrols_ck CHECK (enrols_only IN (0, 1))
);

CREATE INDEX user_session_customer_ix ON user_session (customer_id, id);

CREATE INDEX user_session_staff_ix ON user_session (staff_id, id);

CREATE INDEX user_session_ends_ix ON user_session (ends_at, id);

CREATE TABLE one_time_token (
  id VARCHAR2(36 CHAR) NOT NULL,
  token_hash RAW(32) NOT NULL,
  purpose VARCHAR2(10 CHAR) NOT NULL,
  customer_id VARCHAR2(36 CHAR) NOT NULL,
  email VARCHAR2(254 CHAR) NOT NULL,
  used NUMBER(1) DEFAULT 0 NOT NULL,
  expires_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT one_time_token_pk PRIMARY KEY (id),
  CONSTRAINT one_time_token_hash_uk UNIQUE (token_hash),
  CONSTRAINT one_time_token_customer_fk FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE CASCADE,
  CONSTRAINT one_time_token_purpose_ck CHECK (purpose IN ('verify', 'reset', 'email')),
  CONSTRAINT one_time_token_used_ck CHECK (used IN (0, 1))
);

CREATE INDEX one_time_token_customer_ix ON one_time_token (customer_id, purpose);

CREATE INDEX one_time_token_expires_ix ON one_time_token (expires_at, id);

CREATE TABLE sign_in_guard (
  guard_key VARCHAR2(80 CHAR) NOT NULL,
  attempts NUMBER(9) NOT NULL,
  shut_until TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  forget_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT sign_in_guard_pk PRIMARY KEY (guard_key)
) ORGANIZATION INDEX;

CREATE INDEX sign_in_guard_forget_ix ON sign_in_guard (forget_at, guard_key);
