// Package once runs a mutation once per idempotency key: the key, the effect
// and the answer are one transaction.
package once

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/store"
)

// Keep is how long an answer is remembered.
const Keep = 24 * time.Hour

// Do runs fn in one transaction. With a key in r it runs at most once: whoever
// comes second with an equal request waits for the first and gets its answer;
// another request under the same key gets "idempotency-key-reused". Errors are
// not remembered, so a request that failed may be made again.
func Do[T any](ctx context.Context, db store.DB, r idempotency.Request, now time.Time, fn func(tx store.Stores) (T, error)) (T, error) {
	var answer T
	err := db.InTx(ctx, func(tx store.Stores) error {
		if r.Key == "" {
			var err error
			answer, err = fn(tx)
			return err
		}
		old, claimed, err := tx.Idempotency.Claim(ctx, r, now.Add(Keep))
		if err != nil {
			return err
		}
		if !claimed {
			if err := json.Unmarshal(old, &answer); err != nil {
				return fmt.Errorf("decode remembered answer: %w", err)
			}
			return nil
		}
		if answer, err = fn(tx); err != nil {
			return err
		}
		text, err := json.Marshal(answer)
		if err != nil {
			return fmt.Errorf("encode answer: %w", err)
		}
		return tx.Idempotency.Save(ctx, r, text)
	})
	return answer, err
}
