package stockkeeping

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tradewind/internal/domain/inventory"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// Draft writes down goods that are to come: a delivery, or a transfer if From
// is set. Codes are "inbound-lines", "location-not-found" and "sku-not-found".
func (s *Service) Draft(ctx context.Context, by By, in inventory.Inbound) (inventory.Inbound, error) {
	in.Lines = slices.Clone(in.Lines)
	slices.SortFunc(in.Lines, func(a, b inventory.InboundLine) int { return cmp.Compare(a.SKU, b.SKU) })
	for i, l := range in.Lines {
		if l.Qty <= 0 || l.Qty > 999_999_999 || i > 0 && in.Lines[i-1].SKU == l.SKU {
			return in, fault.New(fault.Invalid, "inbound-lines", "Each SKU is listed once, with 1 to 999999999 pieces; look at %s.", l.SKU)
		}
		in.Lines[i] = inventory.InboundLine{SKU: l.SKU, Qty: l.Qty}
	}
	if len(in.Lines) == 0 || in.From == in.To {
		return in, fault.New(fault.Invalid, "inbound-lines", "Goods on their way have at least one line, and two ends that differ.")
	}
	return do(ctx, s, by, func(tx store.Stores, now time.Time) (deed[inventory.Inbound], error) {
		draft := in
		draft.ID, draft.State, draft.Version, draft.Created = s.NewID(), inventory.Draft, 1, now
		err := tx.Stock.InsertInbound(ctx, draft)
		return deed[inventory.Inbound]{answer: draft, action: "inbound.draft", subject: draft.ID, details: draft}, err
	})
}

// Send puts a draft on its way: the goods of a transfer leave, and count as
// incoming where they go. Codes are "inbound-not-found", "inbound-state" and
// "stock-below-reserved".
func (s *Service) Send(ctx context.Context, by By, id string) (inventory.Inbound, error) {
	return s.step(ctx, by, id, "inbound.send", inventory.Draft, func(in inventory.Inbound, m inventory.Movement) (inventory.Inbound, []inventory.Movement, error) {
		in.State = inventory.Sent
		var moves []inventory.Movement
		for _, l := range in.Lines {
			coming := m
			coming.SKU, coming.Location, coming.Reason, coming.IncomingDelta = l.SKU, in.To, inventory.Expect, l.Qty
			moves = append(moves, coming)
			if in.From != "" {
				going := m
				going.SKU, going.Location, going.Reason, going.OnHandDelta = l.SKU, in.From, inventory.TransferOut, -l.Qty
				moves = append(moves, going)
			}
		}
		return in, moves, nil
	})
}

// Receive takes in what has arrived of goods that were sent, and writes off what
// is missing. When nothing is to come any more, the goods are received. Codes
// are "inbound-not-found", "inbound-state" and those of inventory.Inbound.Accept.
func (s *Service) Receive(ctx context.Context, by By, id string, arrivals []inventory.Arrival) (inventory.Inbound, error) {
	return s.step(ctx, by, id, "inbound.receive", inventory.Sent, func(in inventory.Inbound, m inventory.Movement) (inventory.Inbound, []inventory.Movement, error) {
		in, err := in.Accept(arrivals)
		if err != nil {
			return in, nil, err
		}
		came, lost := inventory.Receive, inventory.Unexpect
		if in.From != "" {
			came, lost = inventory.TransferIn, inventory.Lost
		}
		var moves []inventory.Movement
		for _, a := range arrivals {
			m.Place = inventory.Place{SKU: a.SKU, Location: in.To}
			for reason, n := range map[inventory.Reason][2]int64{came: {a.Received, a.Received}, lost: {0, a.Missing}} {
				if n[1] > 0 {
					m.Reason, m.OnHandDelta, m.IncomingDelta = reason, n[0], -n[1]
					moves = append(moves, m)
				}
			}
		}
		if in.Over() {
			in.State = inventory.Received
		}
		return in, moves, nil
	})
}

// Cancel gives up a draft.
func (s *Service) Cancel(ctx context.Context, by By, id string) (inventory.Inbound, error) {
	return s.step(ctx, by, id, "inbound.cancel", inventory.Draft, func(in inventory.Inbound, _ inventory.Movement) (inventory.Inbound, []inventory.Movement, error) {
		in.State = inventory.Cancelled
		return in, nil, nil
	})
}

// step moves goods on from a state. next gets them and a movement that is
// filled in but for what moves where.
func (s *Service) step(ctx context.Context, by By, id, action string, from inventory.InboundState,
	next func(in inventory.Inbound, m inventory.Movement) (inventory.Inbound, []inventory.Movement, error)) (inventory.Inbound, error) {
	return do(ctx, s, by, func(tx store.Stores, now time.Time) (d deed[inventory.Inbound], err error) {
		in, err := tx.Stock.LockInbound(ctx, id)
		if err != nil {
			return d, err
		}
		if in.State != from {
			return d, fault.New(fault.Conflict, "inbound-state", "The goods are %s; that can be done while they are %s.", in.State, from)
		}
		in, moves, err := next(in, inventory.Movement{Reference: id, Actor: by.Actor, MovedAt: now})
		if err != nil {
			return d, err
		}
		if err := move(ctx, tx, moves); err != nil {
			return d, err
		}
		for _, m := range moves {
			if m.OnHandDelta != 0 {
				d.moved = append(d.moved, m.SKU)
			}
		}
		slices.Sort(d.moved)
		in.Version++
		d.answer, d.action, d.subject, d.details, d.moved = in, action, id, in, slices.Compact(d.moved)
		return d, tx.Stock.SaveInbound(ctx, in)
	})
}
