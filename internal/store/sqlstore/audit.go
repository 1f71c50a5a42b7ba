package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tradewind/internal/domain/audit"
)

// audits keeps audit_head and audit_entry.
type audits struct{ h handle }

var (
	auditHeadLock   = statement("audit_head.lock", `SELECT seq, hash FROM audit_head WHERE chain_no = :chain_no FOR UPDATE`)
	auditHeadGet    = statement("audit_head.get", `SELECT seq, hash FROM audit_head WHERE chain_no = :chain_no`)
	auditHeadInsert = statement("audit_head.insert", `INSERT INTO audit_head (chain_no, seq, hash) VALUES (:chain_no, 0, :hash)`)
	auditHeadUpdate = statement("audit_head.update", `UPDATE audit_head SET seq = :seq, hash = :hash WHERE chain_no = :chain_no`)

	auditInsert = statement("audit_entry.insert", `INSERT INTO audit_entry (chain_no, seq, at_time, actor, action, subject, details, hash)
		VALUES (:chain_no, :seq, :at_time, :actor, :action, :subject, :details, :hash)`)
	auditPage = statement("audit_entry.page", `SELECT chain_no, seq, at_time, actor, action, subject, details, hash
		FROM audit_entry WHERE chain_no = :chain_no AND seq > :after_seq ORDER BY seq FETCH FIRST :n ROWS ONLY`)
	auditNewest = statement("audit_entry.newest", `SELECT chain_no, seq, at_time, actor, action, subject, details, hash FROM audit_entry
		WHERE at_time <= :at_time AND (at_time < :at_time OR chain_no < :chain_no OR chain_no = :chain_no AND seq < :seq)
		ORDER BY at_time DESC, chain_no DESC, seq DESC FETCH FIRST :n ROWS ONLY`)
	auditOfSubject = statement("audit_entry.of_subject", `SELECT chain_no, seq, at_time, actor, action, subject, details, hash FROM audit_entry
		WHERE subject = :subject AND at_time <= :at_time AND (at_time < :at_time OR seq < :seq)
		ORDER BY at_time DESC, seq DESC FETCH FIRST :n ROWS ONLY`)
)

func (s audits) Add(ctx context.Context, e audit.Entry) error {
	details, err := json.Marshal(e.Details)
	if err != nil {
		return fmt.Errorf("encode audit details of %s: %w", e.Action, err)
	}
	chain := audit.ChainOf(e.Subject)
	seq, prev, err := s.lock(ctx, chain)
	if err != nil {
		return fail(err, "take hold of audit chain %d", chain)
	}
	r := audit.Record{Chain: chain, Seq: seq + 1, At: e.At.UTC().Truncate(time.Microsecond), Actor: e.Actor, Action: e.Action, Subject: e.Subject, Details: details}
	r.Hash = audit.Link(prev, r)
	if _, err := s.h.exec(ctx, auditInsert, bind("chain_no", r.Chain), bind("seq", r.Seq), bind("at_time", r.At), bind("actor", r.Actor), bind("action", r.Action),
		bind("subject", r.Subject), bind("details", string(details)), bind("hash", r.Hash)); err != nil {
		return fail(err, "insert audit entry %d/%d", chain, r.Seq)
	}
	if _, err := s.h.exec(ctx, auditHeadUpdate, bind("chain_no", chain), bind("seq", r.Seq), bind("hash", r.Hash)); err != nil {
		return fail(err, "move audit chain %d", chain)
	}
	return nil
}

// lock takes hold of the end of a chain and starts the chain if it is new.
func (s audits) lock(ctx context.Context, chain int64) (seq int64, hash []byte, err error) {
	no := bind("chain_no", chain)
	err = s.h.row(ctx, auditHeadLock, no).Scan(&seq, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		if _, err := s.h.exec(ctx, auditHeadInsert, no, bind("hash", make([]byte, 32))); err != nil && codeOf(err) != 1 {
			return 0, nil, err
		}
		err = s.h.row(ctx, auditHeadLock, no).Scan(&seq, &hash)
	}
	return seq, hash, err
}

func (s audits) Page(ctx context.Context, chain, after int64, n int) ([]audit.Record, error) {
	list, err := collect(ctx, s.h, auditPage, scanAudit, bind("chain_no", chain), bind("after_seq", after), bind("n", n))
	if err != nil {
		return nil, fail(err, "select audit chain %d", chain)
	}
	return list, nil
}

func (s audits) Newest(ctx context.Context, subject string, before audit.Record, n int) ([]audit.Record, error) {
	st, args := auditNewest, []sql.NamedArg{bind("at_time", before.At), bind("seq", before.Seq), bind("n", n)}
	if subject == "" {
		args = append(args, bind("chain_no", before.Chain))
	} else {
		st, args = auditOfSubject, append(args, bind("subject", subject))
	}
	list, err := collect(ctx, s.h, st, scanAudit, args...)
	return list, fail(err, "select newest audit entries")
}

func scanAudit(r scanner) (a audit.Record, err error) {
	var details string
	err = r.Scan(&a.Chain, &a.Seq, &a.At, &a.Actor, &a.Action, &a.Subject, &details, &a.Hash)
	a.Details = json.RawMessage(details)
	return a, err
}

func (s audits) Head(ctx context.Context, chain int64) (seq int64, hash []byte, err error) {
	err = s.h.row(ctx, auditHeadGet, bind("chain_no", chain)).Scan(&seq, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, nil
	}
	if err != nil {
		return 0, nil, fail(err, "select end of audit chain %d", chain)
	}
	return seq, hash, nil
}
