package payment

import "testing"

var all = []AttemptStatus{Sent, RequiresAction, Pending, Authorised, Declined, AttemptVoid, AttemptCaptured, AttemptRefunded}

func TestAnAttemptMovesForwardOnly(t *testing.T) {
	for _, from := range all {
		if Follows(from, from) {
			t.Errorf("%s follows itself: a notice that comes twice would count twice", from)
		}
		if Follows(from, "odd") || Follows("odd", from) {
			t.Errorf("a state that nobody knows follows or is followed by %s", from)
		}
		for _, to := range all {
			if Follows(from, to) && Follows(to, from) {
				t.Errorf("%s and %s follow each other", from, to)
			}
			for _, last := range all {
				if Follows(from, to) && Follows(to, last) && !Follows(from, last) {
					t.Errorf("%s may be skipped to between %s and %s", to, from, last)
				}
			}
		}
	}
}

func TestWhatMoneyDecides(t *testing.T) {
	for _, from := range all {
		if want := from != AttemptCaptured && from != AttemptRefunded; Follows(from, AttemptCaptured) != want {
			t.Errorf("captured after %s is %v: money that came is always heard of, and once", from, !want)
		}
		if from != AttemptRefunded && !Follows(from, AttemptRefunded) {
			t.Errorf("refunded does not follow %s", from)
		}
	}
	if Follows(Declined, AttemptVoid) || Follows(AttemptVoid, Declined) {
		t.Error("of declined and void one is as final as the other")
	}
}

func TestWhatIsStillOpen(t *testing.T) {
	for i, s := range all {
		if want := i < 4; s.Open() != want {
			t.Errorf("%s is open: %v", s, s.Open())
		}
	}
}
