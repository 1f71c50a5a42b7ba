package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tradewind/internal/domain/audit"
)

// AddAll takes the chains in order of their number, so that two of it never
// wait for each other in a circle.
func (s audits) AddAll(ctx context.Context, list []audit.Entry) error {
	var chains [audit.Chains][]audit.Record
	for _, e := range list {
		details, err := json.Marshal(e.Details)
		if err != nil {
			return fmt.Errorf("encode audit details of %s: %w", e.Action, err)
		}
		no := audit.ChainOf(e.Subject)
		chains[no] = append(chains[no], audit.Record{Chain: no, At: e.At.UTC().Truncate(time.Microsecond), Actor: e.Actor, Action: e.Action, Subject: e.Subject, Details: details})
	}
	for no, records := range chains {
		if len(records) == 0 {
			continue
		}
		if err := s.extend(ctx, int64(no), records); err != nil {
			return err
		}
	}
	return nil
}

// extend links the records to the end of their chain.
func (s audits) extend(ctx context.Context, chain int64, records []audit.Record) error {
	seq, hash, err := s.lock(ctx, chain)
	if err != nil {
		return fail(err, "take hold of audit chain %d", chain)
	}
	for i := range records {
		seq++
		records[i].Seq = seq
		records[i].Hash = audit.Link(hash, records[i])
		hash = records[i].Hash
	}
	type R = audit.Record
	_, err = s.h.bulk(ctx, auditInsert, column("chain_no", records, func(r R) int64 { return r.Chain }), column("seq", records, func(r R) int64 { return r.Seq }),
		column("at_time", records, func(r R) time.Time { return r.At }), column("actor", records, func(r R) string { return r.Actor }),
		column("action", records, func(r R) string { return r.Action }), column("subject", records, func(r R) string { return r.Subject }),
		column("details", records, func(r R) string { return string(r.Details) }), column("hash", records, func(r R) []byte { return r.Hash }))
	if err != nil {
		return fail(err, "insert %d audit entries into chain %d", len(records), chain)
	}
	_, err = s.h.exec(ctx, auditHeadUpdate, bind("chain_no", chain), bind("seq", seq), bind("hash", hash))
	return fail(err, "move audit chain %d", chain)
}
