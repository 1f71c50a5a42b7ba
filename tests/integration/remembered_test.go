package integration

import (
	"strings"
	"testing"

	"tradewind/internal/app"
)

// found waits until a process answers from Redis.
func (s *shop) found(t *testing.T, of string, ask func() answer) {
	t.Helper()
	series := `tradewind_cache_documents_total{from="shared",of="` + of + `"}`
	eventually(t, of+" is found in Redis", func() bool {
		before := s.metric(t, series)
		ask().expect(t, 200)
		return s.metric(t, series) > before
	})
}

func TestWhoIsSignedOutInOneProcessIsRefusedByTheOther(t *testing.T) {
	one, other := twoProcesses(t, shareRedis(t), func(*app.Config) {})
	bearer := "Bearer " + one.people(t, "customer", map[string]string{})
	account := func(s *shop) func() answer {
		return func() answer { return s.ask(t, "GET", "/v1/account", "", "Authorization", bearer) }
	}
	one.found(t, "session", account(one))
	other.found(t, "session", account(other))
	one.ask(t, "POST", "/v1/account/sign-out", "", "Authorization", bearer).expect(t, 204)
	account(other)().expect(t, 401)
	account(one)().expect(t, 401)
}

func TestACartWrittenInOneProcessIsReadInTheOther(t *testing.T) {
	one, other := twoProcesses(t, shareRedis(t), func(*app.Config) {})
	cart := one.cart(t, "MU01-ALMA-SAND", 1)
	id, token := cart.ID, cart.Token
	get := func(s *shop) func() answer {
		return func() answer { return s.ask(t, "GET", "/v1/carts/"+id, "", "Cart-Token", token) }
	}
	one.found(t, "cart", get(one))
	other.found(t, "cart", get(other))
	for i, qty := range []string{"3", "5", "2", "7"} {
		writer, reader := one, other
		if i%2 == 1 {
			writer, reader = other, one
		}
		writer.ask(t, "PUT", "/v1/carts/"+id+"/items/MU01-ALMA-SAND", `{"qty":`+qty+`}`, "Cart-Token", token).expect(t, 200)
		if a := get(reader)(); !strings.Contains(string(a.body), `"qty":`+qty) {
			t.Errorf("after %s were written the other shows %d %s", qty, a.status, a.body)
		}
		reader.found(t, "cart", get(reader))
	}
	other.ask(t, "GET", "/v1/carts/"+id, "", "Cart-Token", "another").expect(t, 404)
}
