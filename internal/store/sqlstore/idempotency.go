package sqlstore

import (
	"bytes"
	"context"
	"time"

	"tradewind/internal/domain/idempotency"
)

// answers keeps idempotency.
type answers struct{ h handle }

var (
	idemInsert = statement("idempotency.insert", `INSERT INTO idempotency (scope, idem_key, request_hash, expires_at) VALUES (:scope, :idem_key, :request_hash, :expires_at)`)
	idemGet    = statement("idempotency.get", `SELECT request_hash, answer FROM idempotency WHERE scope = :scope AND idem_key = :idem_key`)
	idemSave   = statement("idempotency.save", `UPDATE idempotency SET answer = :answer WHERE scope = :scope AND idem_key = :idem_key`)
	idemOld    = statement("idempotency.old", `SELECT scope, idem_key FROM idempotency WHERE expires_at < :at_time ORDER BY expires_at, scope, idem_key FETCH FIRST :n ROWS ONLY`)
	idemCut    = statement("idempotency.delete", `DELETE FROM idempotency WHERE scope = :scope AND idem_key = :idem_key`)
)

// Claim inserts first: the unique key makes a second transaction wait until
// the first has ended, so what it then reads is the answer.
func (s answers) Claim(ctx context.Context, r idempotency.Request, expires time.Time) (answer []byte, claimed bool, err error) {
	_, err = s.h.exec(ctx, idemInsert, bind("scope", r.Scope), bind("idem_key", r.Key), bind("request_hash", r.Hash), bind("expires_at", expires))
	if err == nil {
		return nil, true, nil
	}
	if codeOf(err) != 1 {
		return nil, false, fail(err, "claim idempotency key")
	}
	var hash []byte
	var text string
	if err := s.h.row(ctx, idemGet, bind("scope", r.Scope), bind("idem_key", r.Key)).Scan(&hash, &text); err != nil {
		return nil, false, fail(err, "select answer of idempotency key")
	}
	if !bytes.Equal(hash, r.Hash) {
		return nil, false, idempotency.Reused()
	}
	return []byte(text), false, nil
}

func (s answers) Save(ctx context.Context, r idempotency.Request, answer []byte) error {
	if _, err := s.h.exec(ctx, idemSave, bind("scope", r.Scope), bind("idem_key", r.Key), bind("answer", string(answer))); err != nil {
		return fail(err, "save answer of idempotency key")
	}
	return nil
}

func (s answers) Purge(ctx context.Context, before time.Time, n int) (int64, error) {
	type key struct{ scope, key string }
	old, err := collect(ctx, s.h, idemOld, func(r scanner) (k key, err error) { return k, r.Scan(&k.scope, &k.key) }, bind("at_time", before), bind("n", n))
	if err != nil {
		return 0, fail(err, "select old idempotency keys")
	}
	var deleted int64
	for _, k := range old {
		n, err := s.h.exec(ctx, idemCut, bind("scope", k.scope), bind("idem_key", k.key))
		if err != nil {
			return deleted, fail(err, "delete old idempotency key")
		}
		deleted += n
	}
	return deleted, nil
}
