-- What people buy and look at, counted so that it can be recommended.

-- A pair of products in one order counts in both directions.
CREATE TABLE bought_together (
  product_id VARCHAR2(36 CHAR) NOT NULL,
  other_id VARCHAR2(36 CHAR) NOT NULL,
  times NUMBER(12) NOT NULL,
  last_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT bought_together_pk PRIMARY KEY (product_id, other_id),
  CONSTRAINT bought_together_product_fk FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE,
  CONSTRAINT bought_together_other_fk FOREIGN KEY (other_id) REFERENCES product (id) ON DELETE CASCADE
) ORGANIZATION INDEX;

CREATE INDEX bought_together_times_ix ON bought_together (product_id, times, other_id);

CREATE INDEX bought_together_other_ix ON bought_together (other_id);

CREATE INDEX bought_together_once_ix ON bought_together (CASE WHEN times = 1 THEN last_at END);

-- score is a logarithm of sales that lose half their weight with every half-life;
-- scores of any two times can be compared as they stand.
CREATE TABLE popularity (
  category_id VARCHAR2(36 CHAR) NOT NULL,
  product_id VARCHAR2(36 CHAR) NOT NULL,
  score NUMBER(18) NOT NULL,
  CONSTRAINT popularity_pk PRIMARY KEY (category_id, product_id),
  CONSTRAINT popularity_product_fk FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
) ORGANIZATION INDEX;

CREATE INDEX popularity_score_ix ON popularity (category_id, score, product_id);

CREATE INDEX popularity_product_ix ON popularity (product_id);

CREATE TABLE recent_view (
  visitor_hash RAW(32) NOT NULL,
  product_id VARCHAR2(36 CHAR) NOT NULL,
  viewed_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT recent_view_pk PRIMARY KEY (visitor_hash, product_id),
  CONSTRAINT recent_view_product_fk FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE
)
-- oracle-only
PARTITION BY HASH (visitor_hash) PARTITIONS 16
-- end
;

CREATE INDEX recent_view_newest_ix ON recent_view (visitor_hash, viewed_at, product_id);

CREATE INDEX recent_view_old_ix ON recent_view (viewed_at, visitor_hash, product_id);

CREATE INDEX recent_view_product_ix ON recent_view (product_id);
