package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"tradewind/internal/domain/fact"
	"tradewind/internal/domain/recommend"
	"tradewind/internal/domain/stream"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/recommending"
)

var interestPromises = map[string]func(t *testing.T, s *shop){
	"what is looked at becomes popular, less than what is bought": viewsCount,
	"a record is counted once, also after the group is moved":     viewsOnce,
}

// looks are records of views, as a log would have them from an offset on.
func (s *shop) looks(t testing.TB, partition int, from int64, views ...fact.View) (records []stream.Record) {
	t.Helper()
	for i, v := range views {
		m, err := fact.Fact{ID: newID(), Type: fact.ProductViewed, Subject: v.ProductID, At: s.now(), Data: v}.Message("https://shop.example")
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, stream.Record{Partition: partition, Offset: from + int64(i), At: s.now(), Key: m.Key, Value: m.Value})
	}
	return records
}

func times(n int, v fact.View) (out []fact.View) {
	for range n {
		out = append(out, v)
	}
	return out
}

func (s *shop) interested(t testing.TB, log string, records []stream.Record) {
	t.Helper()
	if err := s.recommends().Interested(context.Background(), log, records); err != nil {
		t.Fatal(err)
	}
}

func viewsCount(t *testing.T, s *shop) {
	a, b, c := s.sell(t, "WA", 1000, 100), s.sell(t, "WB", 1000, 100), s.sell(t, "WC", 1000, 100)
	views := append(times(3, fact.View{ProductID: a.ID}), times(5, fact.View{ProductID: b.ID})...)
	views = append(views, times(20, fact.View{ProductID: c.ID, Visitor: "one"})...) // one person, over and over
	views = append(views, fact.View{ProductID: "no-such"}, fact.View{})
	records := s.looks(t, 0, 0, views...)
	records = append(records, stream.Record{Partition: 0, Offset: 500, Value: []byte(`{"type":7}`)}, stream.Record{Partition: 0, Offset: 501, Value: []byte(`{"type":"tradewind.product.viewed.v1","data":[]}`)})
	s.interested(t, "log", records)
	for _, category := range []string{"", "cat-mugs"} {
		if got := s.suggests(t, recommending.Ask{CategoryID: category}); !slices.Equal(got, []string{"popular mug-WB", "popular mug-WA", "popular mug-WC"}) {
			t.Errorf("popular in %q: %v", category, got)
		}
	}
	s.buysAll(t, "WA")
	if got := s.suggests(t, recommending.Ask{Limit: 1}); !slices.Equal(got, []string{"popular mug-WA"}) {
		t.Errorf("popular: %v; a sale is worth less than a look", got)
	}
	for i := range int64(10) { // a machine
		s.interested(t, "log", s.looks(t, 0, 600+100*i, times(100, fact.View{ProductID: b.ID})...))
	}
	if got := s.suggests(t, recommending.Ask{Limit: 1}); !slices.Equal(got, []string{"popular mug-WB"}) {
		t.Errorf("popular: %v; a thousand looks are worth less than a sale", got)
	}
	for range recommend.MostInterest {
		s.buysAll(t, "WA")
	}
	if got := s.suggests(t, recommending.Ask{Limit: 1}); !slices.Equal(got, []string{"popular mug-WA"}) {
		t.Errorf("popular: %v; looks are worth more than a few sales", got)
	}
}

// order3 is what is popular, best first.
func (s *shop) order3(t testing.TB) []string {
	t.Helper()
	return s.suggests(t, recommending.Ask{Limit: 3})
}

func viewsOnce(t *testing.T, s *shop) {
	a, b := s.sell(t, "OA", 1000, 100), s.sell(t, "OB", 1000, 100)
	first, second := s.looks(t, 1, 0, times(4, fact.View{ProductID: a.ID})...), s.looks(t, 2, 0, times(6, fact.View{ProductID: b.ID})...)
	for range 5 {
		s.interested(t, "log", first)
	}
	s.interested(t, "log", append(slices.Clone(first), second...))
	if got := s.order3(t); !slices.Equal(got, []string{"popular mug-OB", "popular mug-OA"}) {
		t.Errorf("popular: %v; what came again was counted again", got)
	}
	s.interested(t, "another log", first) // whose offsets mean something else
	if got := s.order3(t); !slices.Equal(got, []string{"popular mug-OA", "popular mug-OB"}) {
		t.Errorf("popular: %v; the marks of one log hold for another", got)
	}
	if marks, err := s.db.Read().Facts.Marks(context.Background(), recommending.InterestGroup, "log"); err != nil || marks[1] != 4 || marks[2] != 6 {
		t.Errorf("marks are %v, %v", marks, err)
	}
}

// viewsRace has everybody count the same records.
func viewsRace(t *testing.T, s *shop, rounds int) {
	ctx := context.Background()
	for round := range rounds {
		a, b := s.sell(t, fmt.Sprint("RA-", round), 1000, 10), s.sell(t, fmt.Sprint("RB-", round), 1000, 10)
		from := int64(round * 9)
		few, more := s.looks(t, 0, from, times(4, fact.View{ProductID: a.ID})...), s.looks(t, 0, from+4, times(5, fact.View{ProductID: b.ID})...)
		each(crowd, func(int) {
			err := s.recommends().Interested(ctx, "log", few)
			if err != nil && fault.Code(err) != "changed-meanwhile" {
				t.Errorf("count: %v", err)
			}
		})
		s.interested(t, "log", more)
		got := s.suggests(t, recommending.Ask{Limit: 50})
		if x, y := slices.Index(got, "popular mug-"+fmt.Sprint("RA-", round)), slices.Index(got, "popular mug-"+fmt.Sprint("RB-", round)); x < 0 || y < 0 || y > x {
			t.Fatalf("what was looked at five times comes after what was four times: %v", got)
		}
	}
}
