package orasql

import (
	"errors"
	"slices"
	"testing"
)

func TestSplitScript(t *testing.T) {
	const text = `-- orders; and more
CREATE TABLE orders (
  id NUMBER(19) NOT NULL,
  note VARCHAR2(20 CHAR) DEFAULT 'a;
-- end
b' NOT NULL, -- why; not
  placed_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT orders_pk PRIMARY KEY (id)
)
-- oracle-only
PARTITION BY RANGE (placed_at) INTERVAL (NUMTOYMINTERVAL(1, 'MONTH'))
  (PARTITION p0 VALUES LESS THAN (TIMESTAMP '2024-01-01 00:00:00 +00:00'))
-- end
;

/* a comment;
   over lines */
CREATE SEQUENCE order_seq START WITH 10
  -- oracle-only
  CACHE 1000
  -- end
;
-- oracle-only
GRANT SELECT ON orders TO reporting;
CREATE INDEX orders_placed_ix ON orders (placed_at) LOCAL ONLINE;
-- end
COMMENT ON TABLE orders IS 'x'; -- the last
`
	steps, err := SplitScript(text)
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	var shared []bool
	c := NewCatalog()
	for _, s := range steps {
		lines = append(lines, s.Line)
		shared = append(shared, s.Shared != "")
		if _, err := ParseOracle(s.Oracle); err != nil {
			t.Errorf("line %d: %v\n%s", s.Line, err, s.Oracle)
		}
		if s.Shared == "" {
			continue
		}
		st, err := Parse(s.Shared)
		if err != nil {
			t.Errorf("line %d: %v\n%s", s.Line, err, s.Shared)
			continue
		}
		if err := c.Apply(st); err != nil {
			t.Errorf("line %d: %v", s.Line, err)
		}
	}
	if want := []int{1, 16, 22, 23, 25}; len(lines) != len(want) {
		t.Errorf("lines %v, want %d steps", lines, len(want))
	}
	if want := []bool{true, true, false, false, true}; !slices.Equal(shared, want) {
		t.Errorf("shared %v, want %v", shared, want)
	}
	if got := c.Table("orders").Column("note").Default; got != "'a;\n-- end\nb'" {
		t.Errorf("default %q", got)
	}
}

func TestSplitScriptRefuses(t *testing.T) {
	tests := map[string]string{
		"fence never closed":        "-- oracle-only\nGRANT SELECT ON t TO u;\n",
		"end without a fence":       "-- end\n",
		"fence in a fence":          "-- oracle-only\n-- oracle-only\n-- end\n",
		"literal never closed":      "COMMENT ON TABLE t IS 'x;\n",
		"last statement without ;":  "CREATE SEQUENCE s",
		"comment never closed":      "CREATE SEQUENCE s; /* x\n",
		"; inside a line ends none": "CREATE SEQUENCE s; CREATE SEQUENCE t",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			steps, err := SplitScript(text)
			var e *Error
			if !errors.As(err, &e) || e.Line < 1 {
				t.Errorf("SplitScript(%q) = %v, %v", text, steps, err)
			}
		})
	}
}

func TestParseOracle(t *testing.T) {
	good := []string{
		"CREATE TABLE t (id NUMBER(19) NOT NULL, region VARCHAR2(10 CHAR) NOT NULL) PARTITION BY LIST (region) (PARTITION p_eu VALUES ('EU', 'UK'), PARTITION p_other VALUES (DEFAULT))",
		"CREATE TABLE t (id NUMBER(19) NOT NULL) PARTITION BY HASH (id) PARTITIONS 16",
		"CREATE TABLE t (id NUMBER(19) NOT NULL, at TIMESTAMP(6) WITH TIME ZONE) PARTITION BY RANGE (at) INTERVAL (NUMTODSINTERVAL(1, 'DAY')) SUBPARTITION BY HASH (id) SUBPARTITIONS 4 (PARTITION p0 VALUES LESS THAN (TIMESTAMP '2024-01-01 00:00:00 +00:00'))",
		"CREATE IMMUTABLE TABLE t (id NUMBER(19)) NO DROP UNTIL 31 DAYS IDLE NO DELETE UNTIL 365 DAYS AFTER INSERT",
		`CREATE BLOCKCHAIN TABLE t (id NUMBER(19), body VARCHAR2(4000 CHAR)) NO DROP UNTIL 31 DAYS IDLE NO DELETE LOCKED HASHING USING "SHA2_512" VERSION "v1"`,
		"CREATE TABLE stock (sku VARCHAR2(64 CHAR) CONSTRAINT stock_pk PRIMARY KEY, on_hand NUMBER(10) RESERVABLE CONSTRAINT stock_ck CHECK (on_hand >= 0))",
		"CREATE SEARCH INDEX product_sx ON product (attrs) FOR JSON",
		"CREATE INDEX orders_ix ON orders (placed_at, id) LOCAL",
		"CREATE INDEX orders_ix ON orders (placed_at) ONLINE COMPRESS ADVANCED LOW",
		"CREATE SEQUENCE s START WITH 1000 INCREMENT BY 1 CACHE 1000 NOORDER",
		"CREATE TABLE t (id NUMBER(19), CONSTRAINT t_pk PRIMARY KEY (id)) ORGANIZATION INDEX COMPRESS OVERFLOW",
		"GRANT SELECT, INSERT ON product TO app_rw", "GRANT app_role TO app_user", "REVOKE UPDATE (price) ON product FROM app_rw",
		"COMMENT ON TABLE product IS 'x'", "ALTER TABLE orders SET INTERVAL (NUMTOYMINTERVAL(1, 'MONTH'))", "ALTER TABLE orders ENABLE ROW MOVEMENT",
		"ALTER INDEX orders_ix REBUILD ONLINE", "ALTER SEQUENCE s CACHE 500", "DROP INDEX orders_ix ONLINE",
		"CREATE MATERIALIZED VIEW mv BUILD IMMEDIATE REFRESH COMPLETE ON DEMAND AS SELECT sku, SUM(qty) AS qty FROM order_line GROUP BY sku",
		"CREATE GLOBAL TEMPORARY TABLE tmp (id NUMBER(19) NOT NULL) ON COMMIT DELETE ROWS",
		"CALL dbms_aqadm.start_queue('orders')",
		"CREATE TABLE t (a NUMBER(9,2), b DATE, c VARCHAR2(10), d TIMESTAMP(6))",
	}
	for _, text := range good {
		if _, err := ParseOracle(text); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
	bad := []string{
		"CREATE TABLE t (id NUMBER(19)) PARTITION BY HASH id PARTITIONS 4", "CREATE TABLE t (id NUMBER(19)) PARTITION BY SIZE (id)",
		"CREATE TABLE t (id NUMBER(19)) PARTITION BY RANGE (id) (PARTITION p VALUES LESS (1))", "CREATE TABLE t (id NUMBER(19)) PARTITION BY HASH (id) INTERVAL (1) PARTITIONS 2",
		"CREATE TABLE t (id NUMBER(19)) ENGINE = InnoDB", "CREATE TABLE t (id BIGINT) PARTITION BY HASH (id) PARTITIONS 4", "CREATE INDEX i ON t (a) WHERE a > 1",
		"CREATE INDEX i ON t (a) LOCAL LIMIT", "GRANT SELECT ON product", "GRANT ON product TO x", "REVOKE SELECT ON product TO x", "CREATE SEQUENCE s CACHE",
		"CREATE TABLE t (id NUMBER(19)) NO DROP UNTIL DAYS IDLE", "ALTER SEQUENCE s", "SELECT 1", "SELECT a FROM t LIMIT 5", "GRANT SELECT ON product TO x;",
	}
	for _, text := range bad {
		if _, err := ParseOracle(text); err == nil {
			t.Errorf("accepted %s", text)
		}
	}
}
