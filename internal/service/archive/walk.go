package archive

import (
	"bytes"
	"context"

	"tradewind/internal/domain/order"
	"tradewind/internal/service/exchange"
)

// page is how many orders are read at once.
const page = 100

// seen counts the orders of a part in the database: those that are over, and
// those that have to stay.
type seen struct{ over, open int64 }

// walk calls each with every line that the file of a part should have, in order
// of ids: orders of the database that are over, and what only the old file has,
// since it was purged.
func (s *Service) walk(ctx context.Context, p order.Part, old *file, each func(l line) error) (n seen, err error) {
	was, err := old.lines()
	if err != nil {
		return n, err
	}
	defer was.close()
	if err := was.next(); err != nil {
		return n, err
	}
	read := s.DB.Read()
	for after := ""; ; {
		list, err := read.Orders.InPart(ctx, p, after, page)
		if err != nil {
			return n, err
		}
		if len(list) == 0 {
			return n, was.pass("", each)
		}
		after = list[len(list)-1].ID
		texts, err := exchange.OrderLines(ctx, read, list)
		if err != nil {
			return n, err
		}
		for i, o := range list {
			if err := was.pass(o.ID, each); err != nil {
				return n, err
			}
			known := was.at.ID == o.ID
			same := known && bytes.Equal(was.at.text, texts[i])
			if known {
				if err := was.next(); err != nil {
					return n, err
				}
			}
			l, err := lineOf(texts[i])
			if err != nil {
				return n, err
			}
			if !same {
				over, err := s.over(ctx, o, l)
				if err != nil {
					return n, err
				}
				if !over {
					n.open++
					continue
				}
			}
			n.over++
			if err := each(l); err != nil {
				return n, err
			}
		}
	}
}

// contents says what the file of a part should hold.
func (s *Service) contents(ctx context.Context, p order.Part, old *file) (Contents, seen, error) {
	var c counter
	n, err := s.walk(ctx, p, old, c.add)
	return c.contents(), n, err
}
