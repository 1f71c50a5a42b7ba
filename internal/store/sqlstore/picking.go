package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"tradewind/internal/domain/order"
	"tradewind/internal/domain/picking"
	"tradewind/internal/platform/fault"
)

// pickLists keeps pick_list and pick_list_line.
type pickLists struct{ h handle }

const pickListColumns = `SELECT id, order_id, location_id, state, version, actor, shipment_id, created_at, updated_at FROM pick_list`

var (
	pickListInsert = statement("pick_list.insert", `INSERT INTO pick_list (id, order_id, location_id, state, version, actor, created_at, updated_at)
		VALUES (:id, :order_id, :location_id, :state, 1, :actor, :created_at, :created_at)`)
	pickListUpdate = statement("pick_list.update", `UPDATE pick_list SET state = :state, actor = :actor, shipment_id = :shipment_id, updated_at = :updated_at, version = version + 1
		WHERE id = :id AND version = :version`)
	pickListGet     = statement("pick_list.get", pickListColumns+` WHERE id = :id`)
	pickListOfOrder = statement("pick_list.of_order", pickListColumns+` WHERE order_id = :order_id ORDER BY id`)
	pickListIn      = statement("pick_list.in_state", pickListColumns+` WHERE state = :state AND id > :after_id ORDER BY id FETCH FIRST :n ROWS ONLY`).page(50)
	pickListAt      = statement("pick_list.at_place", pickListColumns+` WHERE state = :state AND location_id = :location_id AND id > :after_id ORDER BY id FETCH FIRST :n ROWS ONLY`).page(50)
	// Orders that wait to be sent are few, however many there were.
	pickListMissing = statement("pick_list.missing", `SELECT o.id FROM orders o WHERE o.status = 'paid' AND o.id > :after_id
		AND NOT EXISTS (SELECT 1 FROM pick_list l WHERE l.order_id = o.id) ORDER BY o.id FETCH FIRST :n ROWS ONLY`)

	pickLineInsert = statement("pick_list_line.insert", `INSERT INTO pick_list_line (list_id, line_no, qty) VALUES (:list_id, :line_no, :qty)`)
	pickLineUpdate = statement("pick_list_line.update", `UPDATE pick_list_line SET qty = :qty WHERE list_id = :list_id AND line_no = :line_no`)
	pickLineEmpty  = statement("pick_list_line.empty", `UPDATE pick_list_line SET qty = 0 WHERE list_id = :list_id`)
	pickLinesOf    = listStatement("pick_list_line.of_lists", `SELECT list_id, line_no, qty FROM pick_list_line WHERE list_id IN (:list) AND qty > 0 ORDER BY list_id, line_no`)
)

func scanPickList(r scanner) (l picking.List, err error) {
	err = r.Scan(&l.ID, &l.OrderID, &l.Location, &l.State, &l.Version, &l.Actor, &l.ShipmentID, &l.CreatedAt, &l.UpdatedAt)
	l.CreatedAt, l.UpdatedAt = l.CreatedAt.UTC(), l.UpdatedAt.UTC()
	return l, err
}

func (s pickLists) Insert(ctx context.Context, l picking.List) error {
	if _, err := s.h.exec(ctx, pickListInsert, bind("id", l.ID), bind("order_id", l.OrderID), bind("location_id", l.Location), bind("state", string(l.State)),
		bind("actor", l.Actor), bind("created_at", l.CreatedAt)); err != nil {
		return fail(err, "insert pick list of order %s", l.OrderID)
	}
	for _, p := range l.Lines {
		if _, err := s.h.exec(ctx, pickLineInsert, bind("list_id", l.ID), bind("line_no", p.LineNo), bind("qty", p.Qty)); err != nil {
			return fail(err, "insert line %d of pick list %s", p.LineNo, l.ID)
		}
	}
	return nil
}

func (s pickLists) Get(ctx context.Context, id string) (picking.List, error) {
	l, err := scanPickList(s.h.row(ctx, pickListGet, bind("id", id)))
	if errors.Is(err, sql.ErrNoRows) {
		return l, picking.NotFound(id)
	}
	if err != nil {
		return l, fail(err, "select pick list %s", id)
	}
	list, err := s.filled(ctx, []picking.List{l})
	return list[0], err
}

func (s pickLists) OfOrder(ctx context.Context, orderID string) ([]picking.List, error) {
	list, err := collect(ctx, s.h, pickListOfOrder, scanPickList, bind("order_id", orderID))
	if err != nil {
		return nil, fail(err, "select pick lists of order %s", orderID)
	}
	return s.filled(ctx, list)
}

func (s pickLists) Page(ctx context.Context, f picking.Filter) ([]picking.List, error) {
	if f.After == "" {
		f.After = "0"
	}
	st, args := pickListIn, []sql.NamedArg{bind("state", string(f.State)), bind("after_id", f.After), bind("n", f.Limit)}
	if f.Location != "" {
		st, args = pickListAt, append(args, bind("location_id", f.Location))
	}
	list, err := collect(ctx, s.h, st, scanPickList, args...)
	if err != nil {
		return nil, fail(err, "select pick lists that are %s", f.State)
	}
	return s.filled(ctx, list)
}

// filled reads the lines of lists.
func (s pickLists) filled(ctx context.Context, list []picking.List) ([]picking.List, error) {
	ids, of := make([]string, len(list)), map[string]*picking.List{}
	for i := range list {
		ids[i], of[list[i].ID] = list[i].ID, &list[i]
	}
	_, err := collectIn(ctx, s.h, pickLinesOf, ids, func(r scanner) (none struct{}, err error) {
		var id string
		var p order.Pick
		if err := r.Scan(&id, &p.LineNo, &p.Qty); err != nil {
			return none, err
		}
		of[id].Lines = append(of[id].Lines, p)
		return none, nil
	})
	return list, fail(err, "select lines of pick lists")
}

func (s pickLists) Save(ctx context.Context, l picking.List) (picking.List, error) {
	n, err := s.h.exec(ctx, pickListUpdate, bind("id", l.ID), bind("version", l.Version), bind("state", string(l.State)), bind("actor", l.Actor),
		bind("shipment_id", l.ShipmentID), bind("updated_at", l.UpdatedAt))
	if err != nil {
		return l, fail(err, "update pick list %s", l.ID)
	}
	if n == 0 {
		return l, fault.ChangedMeanwhile("pick list " + l.ID)
	}
	l.Version++
	if _, err := s.h.exec(ctx, pickLineEmpty, bind("list_id", l.ID)); err != nil {
		return l, fail(err, "empty pick list %s", l.ID)
	}
	for _, p := range l.Lines {
		if _, err := s.h.exec(ctx, pickLineUpdate, bind("list_id", l.ID), bind("line_no", p.LineNo), bind("qty", p.Qty)); err != nil {
			return l, fail(err, "update line %d of pick list %s", p.LineNo, l.ID)
		}
	}
	return l, nil
}

func (s pickLists) Missing(ctx context.Context, after string, n int) ([]string, error) {
	if after == "" {
		after = "0"
	}
	ids, err := collect(ctx, s.h, pickListMissing, scanID, bind("after_id", after), bind("n", n))
	return ids, fail(err, "select paid orders without pick lists")
}
