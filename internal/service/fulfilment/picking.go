package fulfilment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tradewind/internal/domain/idempotency"
	"tradewind/internal/domain/order"
	"tradewind/internal/domain/picking"
	"tradewind/internal/platform/fault"
	"tradewind/internal/service/once"
	"tradewind/internal/store"
)

// warehouse is who acts when nobody of the staff does.
const warehouse = "warehouse"

// Allocate makes the pick lists of a paid order, one for each location that its
// reservations lie at. Of an order that has some, or is not waiting to be sent
// any more, nothing is made; so a second time changes nothing.
func (s *Service) Allocate(ctx context.Context, orderID string) error {
	return s.allocate(ctx, orderID, s.Config.Automatic)
}

// AllocateForStaff is Allocate for an order that nobody has told of, such as one
// that was imported: its lists wait for staff even where others go on by themselves.
func (s *Service) AllocateForStaff(ctx context.Context, orderID string) error {
	return s.allocate(ctx, orderID, false)
}

func (s *Service) allocate(ctx context.Context, orderID string, goesOn bool) error {
	err := s.DB.InTx(ctx, func(tx store.Stores) error {
		w, err := s.hold(ctx, tx, orderID, warehouse, 0)
		if err != nil || w.o.Status != order.Paid {
			return err
		}
		if has, err := tx.PickLists.OfOrder(ctx, orderID); err != nil || len(has) > 0 {
			return err
		}
		taken, err := tx.Stock.Reserved(ctx, orderID)
		if err != nil {
			return err
		}
		bundles, err := tx.Stock.BundledBy(ctx, orderID)
		if err != nil {
			return err
		}
		at := picking.Allot(w.o.Lines, taken, bundles)
		for _, location := range slices.Sorted(maps.Keys(at)) {
			if err := s.list(ctx, &w, location, at[location], goesOn); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("allocate order %s: %w", orderID, err)
	}
	return nil
}

// list begins a pick list.
func (s *Service) list(ctx context.Context, w *work, location string, lines []order.Pick, goesOn bool) error {
	l := picking.List{ID: s.NewID(), OrderID: w.o.ID, Location: location, State: picking.Open, Version: 1, Actor: w.actor, CreatedAt: w.now, UpdatedAt: w.now, Lines: lines}
	if err := w.tx.PickLists.Insert(ctx, l); err != nil {
		return err
	}
	if !goesOn {
		return nil
	}
	return s.tell(ctx, w, l)
}

// tell lets the next step come by the queue, where the steps go on by themselves.
func (s *Service) tell(ctx context.Context, w *work, l picking.List) error {
	if !s.Config.Automatic {
		return nil
	}
	return w.tx.Outbox.Add(ctx, picking.EventOf(l, w.now))
}

// Step is what staff, or the queue, say of a pick list.
type Step struct {
	ListID  string
	Version int64 // of the list as staff saw it; 0 for any
	Actor   string
	Once    idempotency.Request
}

// StartPicking says that somebody fetches the list. Errors have the codes
// "pick-list-not-found", "pick-list-…" with its state, and "changed-meanwhile".
func (s *Service) StartPicking(ctx context.Context, in Step) (picking.List, error) {
	return s.step(ctx, in, "start", []picking.State{picking.Open}, func(_ *work, l *picking.List) error {
		l.State = picking.Picking
		return nil
	})
}

// Pack says what went into the parcel of a list, all of it if lines is empty.
// What is left stands on a new list of the location. Errors have the codes of
// StartPicking, "units-exceeded", "no-units" and "bad-quantity".
func (s *Service) Pack(ctx context.Context, in Step, lines []order.Pick) (picking.List, error) {
	return s.step(ctx, in, "pack", []picking.State{picking.Open, picking.Picking}, func(w *work, l *picking.List) error {
		packed := lines
		if len(packed) == 0 {
			packed = l.Lines
		}
		rest, err := l.Part(packed)
		if err != nil {
			return err
		}
		if l.State, l.Lines = picking.Packed, packed; len(rest) == 0 {
			return nil
		}
		return s.list(ctx, w, l.Location, rest, s.Config.Automatic)
	})
}

// HandOver says that the parcel of a packed list is on its way: its units are
// sent as Ship does it. Errors have the codes of StartPicking and Ship.
func (s *Service) HandOver(ctx context.Context, in Step, parcel Ship) (picking.List, error) {
	return s.step(ctx, in, "hand-over", []picking.State{picking.Packed}, func(w *work, l *picking.List) error {
		parcel.OrderID, parcel.Lines, parcel.Actor, l.State = l.OrderID, l.Lines, in.Actor, picking.Shipped
		sh, err := s.parcel(ctx, w, parcel)
		l.ShipmentID = sh.ID
		return err
	})
}

// step changes a list that is in one of the states, with its order locked.
func (s *Service) step(ctx context.Context, in Step, name string, from []picking.State, change func(w *work, l *picking.List) error) (l picking.List, err error) {
	seen, err := s.DB.Read().PickLists.Get(ctx, in.ListID)
	if err != nil {
		return l, err
	}
	l, err = once.Do(ctx, s.DB, in.Once, s.Now(), func(tx store.Stores) (l picking.List, err error) {
		w, err := s.hold(ctx, tx, seen.OrderID, in.Actor, 0)
		if err != nil {
			return l, err
		}
		if l, err = tx.PickLists.Get(ctx, in.ListID); err != nil {
			return l, err
		}
		switch {
		case in.Version != 0 && l.Version != in.Version:
			return l, fault.ChangedMeanwhile("pick list " + l.ID)
		case !slices.Contains(from, l.State):
			return l, picking.Refuse(l.State)
		}
		l.Actor, l.UpdatedAt = in.Actor, w.now
		if err := change(&w, &l); err != nil {
			return l, err
		}
		if l, err = tx.PickLists.Save(ctx, l); err != nil {
			return l, err
		}
		if l.State == picking.Packed {
			if err := s.tell(ctx, &w, l); err != nil {
				return l, err
			}
		}
		return l, w.audit(ctx, "order.pick-list", map[string]any{"list": l.ID, "step": name, "location": l.Location, "lines": l.Lines})
	})
	if err != nil {
		return l, fmt.Errorf("%s pick list %s: %w", name, in.ListID, err)
	}
	return l, nil
}

// settleLists takes units that were cancelled, or sent without a list, off the
// order's live lists. A list that loses all becomes end.
func (s *Service) settleLists(ctx context.Context, w *work, end picking.State, shipmentID string) error {
	lists, err := w.tx.PickLists.OfOrder(ctx, w.o.ID)
	if err != nil {
		return err
	}
	for _, l := range picking.Shrink(lists, w.o.Lines, end) {
		l.Actor, l.UpdatedAt = w.actor, w.now
		if l.State == picking.Shipped {
			l.ShipmentID = shipmentID
		}
		if l, err = w.tx.PickLists.Save(ctx, l); err != nil {
			return err
		}
		if l.State == picking.Picking { // it was packed, and is to be packed again
			if err := s.tell(ctx, w, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// Advance takes the next step of a list without staff: what is listed is packed,
// what is packed is handed over. topic is the event that asks for it; if the list
// has gone on meanwhile, nothing happens.
func (s *Service) Advance(ctx context.Context, topic, listID string) (err error) {
	in := Step{ListID: listID, Actor: warehouse}
	if topic == picking.TopicPacked {
		_, err = s.HandOver(ctx, in, Ship{Carrier: s.Config.Carrier})
	} else {
		_, err = s.Pack(ctx, in, nil)
	}
	if fault.KindOf(err) == fault.Conflict && isStateOf(err) {
		return nil
	}
	if fault.Code(err) == "pick-list-not-found" { // its order was archived
		return nil
	}
	return err
}

// isStateOf reports whether the list refused a step because of its state.
func isStateOf(err error) bool {
	for _, s := range []picking.State{picking.Open, picking.Picking, picking.Packed, picking.Shipped, picking.Withdrawn} {
		if e, ok := errors.AsType[*fault.Error](picking.Refuse(s)); ok && fault.Code(err) == e.Code {
			return true
		}
	}
	return false
}
