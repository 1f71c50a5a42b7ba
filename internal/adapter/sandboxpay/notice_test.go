package sandboxpay

import (
	"strings"
	"testing"
	"time"

	"tradewind/internal/platform/fault"
)

const event1 = `{"id":"evt_1","type":"charge.captured","created":1700000000,"charge":{"id":"ch_1","reference":"o1","status":"captured","amount":1999,"currency":"EUR","captured":1999}}`

func TestNotice(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	c := NewClient("", "", "new", time.Second)
	good := Sign("new", []byte(event1), now)
	tests := map[string]struct {
		header, body, want string
		at                 time.Time
	}{
		"good":                       {good, event1, "", now},
		"nearly five minutes old":    {good, event1, "", now.Add(5 * time.Minute)},
		"over five minutes old":      {good, event1, "bad-signature", now.Add(301 * time.Second)},
		"from the future":            {good, event1, "bad-signature", now.Add(-301 * time.Second)},
		"two secrets, ours second":   {Sign("old", []byte(event1), now) + ",v1=" + strings.Split(good, "v1=")[1], event1, "", now},
		"secret of somebody else":    {Sign("old", []byte(event1), now), event1, "bad-signature", now},
		"time changed":               {strings.Replace(good, "t=17", "t=18", 1), event1, "bad-signature", now.Add(1e8 * time.Second)},
		"no time":                    {"v1=" + strings.Split(good, "v1=")[1], event1, "bad-signature", now},
		"no hexadecimal":             {"t=1700000000,v1=xyz", event1, "bad-signature", now},
		"signed but not JSON":        {Sign("new", []byte("hi"), now), "hi", "bad-notice", now},
		"signed but not an event":    {Sign("new", []byte("{}"), now), "{}", "bad-notice", now},
		"signed with unknown status": {Sign("new", []byte(strings.ReplaceAll(event1, `"captured"`, `"lost"`)), now), strings.ReplaceAll(event1, `"captured"`, `"lost"`), "bad-notice", now},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			n, err := c.Notice(map[string]string{SignatureHeader: tc.header}, []byte(tc.body), tc.at)
			if fault.Code(err) != tc.want || (tc.want == "" && err != nil) {
				t.Fatalf("Notice: %v, want %q", err, tc.want)
			}
			if tc.want == "" && (n.ID != "evt_1" || n.State.Ref != "ch_1" || n.State.Amount.Minor != 1999 || !n.At.Equal(now)) {
				t.Errorf("Notice = %+v", n)
			}
		})
	}
}

// FuzzNotice checks that nothing gets in without a signature, that whatever
// gets in makes sense, and that every other error has a code.
func FuzzNotice(f *testing.F) {
	f.Add("t=1,v1=00", []byte(event1), false)
	f.Add("", []byte(`{"id":1}`), true)
	f.Add("t=,v1=,,==", []byte(nil), true)
	c := NewClient("", "", "secret", time.Second)
	now := time.Unix(1_700_000_000, 0)
	f.Fuzz(func(t *testing.T, header string, body []byte, signed bool) {
		if signed {
			header = Sign("secret", body, now)
		}
		n, err := c.Notice(map[string]string{SignatureHeader: header}, body, now)
		switch code := fault.Code(err); {
		case err == nil && (!signed || n.ID == "" || n.State.Ref == "" || n.State.Status == "" || n.State.Amount.Minor <= 0):
			t.Errorf("accepted %q signed by %q as %+v", body, header, n)
		case err != nil && code != "bad-signature" && code != "bad-notice":
			t.Errorf("error %v has the code %q", err, code)
		case signed && code == "bad-signature":
			t.Errorf("our own signature is refused: %v", err)
		}
	})
}
