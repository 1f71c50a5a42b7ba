package orasql

import "testing"

const typical = `SELECT l.id, l.lent_at, m.email, b.title, COUNT(*) OVER () AS total
  FROM loan l
  JOIN member m ON m.id = l.member_id
  LEFT JOIN book b ON b.isbn = l.isbn
 WHERE l.member_id = :member
   AND (l.lent_at < :at OR (l.lent_at = :at AND l.id < :id))
   AND EXISTS (SELECT 1 FROM book_copy c WHERE c.isbn = l.isbn AND c.copy_no = l.copy_no AND c.state IN ('IN', 'OUT', :state))
   AND CASE WHEN l.fee IS NULL THEN 0 ELSE l.fee END >= 0
 ORDER BY l.lent_at DESC, l.id DESC
 FETCH FIRST :n ROWS ONLY`

func BenchmarkParseAndCheck(b *testing.B) {
	c := build(b, readCorpus(b).Schema)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.gate(typical); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEmit(b *testing.B) {
	c := build(b, readCorpus(b).Schema)
	s, err := c.gate(typical)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Emit(s, SQLite); err != nil {
			b.Fatal(err)
		}
	}
}
