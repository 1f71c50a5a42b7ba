package archive

import (
	"bytes"
	"context"

	"tradewind/internal/domain/order"
	"tradewind/internal/service/exchange"
)

// page is how many orders are read at once.
const page = 100

// walk calls each with every line that the file of a part should have, in order
// of ids: orders of the database that are over, and what only the old file has,
// since it was purged. It says how many orders are not over.
func (s *Service) walk(ctx context.Context, p order.Part, old *file, each func(l line) error) (open int64, err error) {
	was, err := old.lines()
	if err != nil {
		return 0, err
	}
	defer was.close()
	if err := was.next(); err != nil {
		return 0, err
	}
	read := s.DB.Read()
	for after := ""; ; {
		list, err := read.Orders.InPart(ctx, p, after, page)
		if err != nil {
			return open, err
		}
		if len(list) == 0 {
			return open, was.pass("", each)
		}
		after = list[len(list)-1].ID
		texts, err := exchange.OrderLines(ctx, read, list)
		if err != nil {
			return open, err
		}
		for i, o := range list {
			if err := was.pass(o.ID, each); err != nil {
				return open, err
			}
			known := was.at.ID == o.ID
			same := known && bytes.Equal(was.at.text, texts[i])
			if known {
				if err := was.next(); err != nil {
					return open, err
				}
			}
			l, err := lineOf(texts[i])
			if err != nil {
				return open, err
			}
			if !same {
				over, err := s.over(ctx, o, l)
				if err != nil {
					return open, err
				}
				if !over {
					open++
					continue
				}
			}
			if err := each(l); err != nil {
				return open, err
			}
		}
	}
}

// contents says what the file of a part should hold.
func (s *Service) contents(ctx context.Context, p order.Part, old *file) (Contents, int64, error) {
	var c counter
	open, err := s.walk(ctx, p, old, c.add)
	return c.contents(), open, err
}
