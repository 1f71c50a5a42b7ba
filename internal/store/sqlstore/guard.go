package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tradewind/internal/domain/user"
)

// guards keeps sign_in_guard.
type guards struct{ h handle }

var (
	guardCount = statement("sign_in_guard.count", `UPDATE sign_in_guard SET attempts = attempts + 1, forget_at = :forget_at
		WHERE guard_key = :guard_key AND shut_until <= :at_time AND forget_at > :at_time RETURNING attempts INTO :n`)
	guardRestart = statement("sign_in_guard.restart", `UPDATE sign_in_guard SET attempts = 1, shut_until = :at_time, forget_at = :forget_at
		WHERE guard_key = :guard_key AND forget_at <= :at_time`)
	guardInsert = statement("sign_in_guard.insert", `INSERT INTO sign_in_guard (guard_key, attempts, shut_until, forget_at) VALUES (:guard_key, :n, :at_time, :forget_at)`)
	guardShut   = statement("sign_in_guard.shut", `UPDATE sign_in_guard SET shut_until = :shut_until, forget_at = :forget_at WHERE guard_key = :guard_key`)
	guardGet    = statement("sign_in_guard.get", `SELECT shut_until, forget_at FROM sign_in_guard WHERE guard_key = :guard_key`)
	guardUndo   = statement("sign_in_guard.undo", `UPDATE sign_in_guard SET attempts = attempts - 1, shut_until = :at_time WHERE guard_key = :guard_key AND attempts > 0`)
	guardDelete = statement("sign_in_guard.delete", `DELETE FROM sign_in_guard WHERE guard_key = :id`)
	guardOld    = statement("sign_in_guard.old", `SELECT guard_key FROM sign_in_guard WHERE forget_at < :at_time ORDER BY forget_at, guard_key FETCH FIRST :n ROWS ONLY`)
)

// Attempt changes the row only while the door is open, so that of many who
// come at once no more than the limit allows get through.
func (s guards) Attempt(ctx context.Context, key string, l user.Limit, now time.Time) (time.Duration, error) {
	k, at, forget := bind("guard_key", key), bind("at_time", now), bind("forget_at", now.Add(l.Forget))
	for range 3 { // between two statements the row may come, or go
		var attempts int64
		n, err := s.h.exec(ctx, guardCount, k, at, forget, bind("n", sql.Out{Dest: &attempts}))
		if err == nil && n == 0 {
			attempts = 1
			if n, err = s.h.exec(ctx, guardRestart, k, at, forget); err == nil && n == 0 {
				n, err = s.h.exec(ctx, guardInsert, k, bind("n", 1), at, forget)
			}
		}
		if err != nil && codeOf(err) != codeUnique {
			return 0, fail(err, "count an attempt")
		}
		if err == nil && n > 0 {
			return 0, s.shut(ctx, key, l, attempts, now)
		}
		var until, forgets time.Time
		err = s.h.row(ctx, guardGet, k).Scan(&until, &forgets)
		if err == nil && until.After(now) {
			return until.Sub(now), nil
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, fail(err, "look at a door")
		}
	}
	return 0, fmt.Errorf("the guard of %s changes too fast", key)
}

// shut closes the door behind an attempt that used up what is free.
func (s guards) shut(ctx context.Context, key string, l user.Limit, attempts int64, now time.Time) error {
	wait := l.Wait(attempts)
	if wait == 0 {
		return nil
	}
	_, err := s.h.exec(ctx, guardShut, bind("guard_key", key), bind("shut_until", now.Add(wait)), bind("forget_at", now.Add(wait+l.Forget)))
	return fail(err, "shut a door")
}

func (s guards) Undo(ctx context.Context, key string, now time.Time) error {
	_, err := s.h.exec(ctx, guardUndo, bind("guard_key", key), bind("at_time", now))
	return fail(err, "take an attempt back")
}

func (s guards) Forget(ctx context.Context, key string) error {
	_, err := s.h.exec(ctx, guardDelete, bind("id", key))
	return fail(err, "forget attempts")
}

func (s guards) Trust(ctx context.Context, key string, until time.Time) error {
	k := bind("guard_key", key)
	n, err := s.h.exec(ctx, guardShut, k, bind("shut_until", until), bind("forget_at", until))
	if err == nil && n == 0 {
		_, err = s.h.exec(ctx, guardInsert, k, bind("n", 0), bind("at_time", until), bind("forget_at", until))
	}
	if codeOf(err) == codeUnique {
		return nil
	}
	return fail(err, "trust a place")
}

func (s guards) Trusted(ctx context.Context, key string, now time.Time) (bool, error) {
	var until, forgets time.Time
	err := s.h.row(ctx, guardGet, bind("guard_key", key)).Scan(&until, &forgets)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return forgets.After(now), fail(err, "ask whether a place is trusted")
}

func (s guards) Purge(ctx context.Context, before time.Time, n int) (int64, error) {
	return purge(ctx, s.h, guardOld, guardDelete, bind("at_time", before), n)
}
