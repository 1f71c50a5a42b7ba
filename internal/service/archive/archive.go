package archive

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"tradewind/internal/domain/order"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// Config says how long orders stay. Flags fills in the default.
type Config struct {
	KeepMonths int
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.IntVar(&c.KeepMonths, "archive.keep-months", 24, "for how many whole months orders stay in the database before 'tradewind archive -purge' may delete them")
}

// leastMonths leaves room for returns, for card holders who dispute a charge,
// and for requests that are sent again.
const leastMonths = 3

// Validate says what is wrong with a setting and what would work.
func (c Config) Validate() error {
	if c.KeepMonths < leastMonths || c.KeepMonths > 1200 {
		return fmt.Errorf("archive.keep-months is %d; choose between %d and 1200", c.KeepMonths, leastMonths)
	}
	return nil
}

// Service archives into one folder.
type Service struct {
	DB     store.DB
	Config Config
	Folder string
	Schema string // of the database, for the manifests
	Now    func() time.Time
}

// Wish says what to archive.
type Wish struct {
	Before time.Time // the first of a month; whole months before it
	Region string    // only this sales region; "" for all
	Purge  bool      // delete from the database what is in a file
}

// Result says what became of a part.
type Result struct {
	order.Part
	File    string // "" if nothing of the part is over
	Orders  int64  // in the file
	Written bool   // the file is new
	Open    int64  // orders that are not over and stay
	Purged  int64
	Kept    int64 // were to be purged, and changed or have news to deliver
}

// Check says what is wrong with a wish and what would work.
func (s *Service) Check(w Wish) error {
	now := s.Now()
	month := order.FirstOfMonth(w.Before)
	switch latest := order.FirstOfMonth(now).AddDate(0, -s.Config.KeepMonths, 0); {
	case w.Before.IsZero():
		return errors.New("say before which month, such as -before 2026-01-01")
	case !w.Before.Equal(month):
		return fmt.Errorf("-before %s is not the first of a month, and whole months are archived: take %s or %s", w.Before.Format(time.DateOnly),
			month.Format(time.DateOnly), month.AddDate(0, 1, 0).Format(time.DateOnly))
	case w.Before.After(now):
		return fmt.Errorf("-before %s is in the future", w.Before.Format(time.DateOnly))
	case w.Purge && w.Before.After(latest):
		return fmt.Errorf("-purge -before %s would delete orders that are not %d months old (archive.keep-months); the latest is -before %s",
			w.Before.Format(time.DateOnly), s.Config.KeepMonths, latest.Format(time.DateOnly))
	case s.Folder == "":
		return errors.New("say where the files go: -to FOLDER")
	}
	return nil
}

// Run archives month after month and tells what became of each part. It may run
// while the shop is open, and again after it was interrupted: what is archived
// and whole is not written again. One run at a time works in a folder.
func (s *Service) Run(ctx context.Context, w Wish, tell func(Result)) error {
	if err := s.Check(w); err != nil {
		return err
	}
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return fmt.Errorf("folder of the archive: %w", err)
	}
	release, err := hold(s.Folder)
	if err != nil {
		return err
	}
	defer release()
	month, err := s.oldest(ctx, w.Before)
	for ; err == nil && month.Before(w.Before); month = month.AddDate(0, 1, 0) {
		err = s.month(ctx, month, w, tell)
	}
	return err
}

// oldest is the month of the first order, or of the first file: a run that was
// interrupted may have left a month that only has to be given back.
func (s *Service) oldest(ctx context.Context, before time.Time) (time.Time, error) {
	first, err := s.DB.Read().Orders.Page(ctx, "", 1)
	if err != nil {
		return before, err
	}
	for _, o := range first {
		if m := order.FirstOfMonth(o.PlacedAt); m.Before(before) {
			before = m
		}
	}
	filed, err := s.filed()
	for _, m := range filed {
		if m.Before(before) {
			before = m
		}
	}
	return before, err
}

func (s *Service) month(ctx context.Context, month time.Time, w Wish, tell func(Result)) error {
	regions, err := s.DB.Read().Orders.Regions(ctx, month)
	if err != nil {
		return err
	}
	for _, region := range regions {
		if w.Region != "" && region != w.Region {
			continue
		}
		p := order.Part{Month: month, Region: region}
		r, err := s.part(ctx, p, w.Purge)
		if err != nil {
			return fmt.Errorf("archive orders of %s: %w", p.Name(), err)
		}
		tell(r)
	}
	if !w.Purge {
		return nil
	}
	return s.DB.DropMonth(ctx, month)
}

// tries is how often a part is written while its orders change.
const tries = 3

// Unsteady says that orders of a part changed each time its file was written.
func Unsteady(path string) error {
	return fault.New(fault.Unavailable, "archive-unsteady", "Orders changed whenever %s was written; nothing of it was purged. Run the command again.", path)
}

// part brings the file of a part up to date, compares it with the database, and
// then, if that is wanted, purges what is in it.
func (s *Service) part(ctx context.Context, p order.Part, purge bool) (Result, error) {
	r := Result{Part: p}
	have, err := s.open(p)
	if err == nil && have != nil {
		err = errors.Join(s.tidy(p, have), s.ours(ctx, have))
	}
	if err != nil {
		return r, err
	}
	var want Contents
	var n seen
	if have != nil {
		if want, n, err = s.contents(ctx, p, have); err != nil {
			return r, err
		}
	}
	for try := 0; have == nil || !want.equal(have.Contents); try++ {
		if try == tries {
			return r, Unsteady(have.path)
		}
		if have, r.Open, err = s.write(ctx, p, have); err != nil || have == nil {
			return r, err
		}
		r.Written = true
		if want, n, err = s.contents(ctx, p, have); err != nil {
			return r, err
		}
	}
	r.File, r.Orders, r.Open = have.path, have.Contents.Orders, n.open
	if purge && n.over > 0 {
		r.Purged, r.Kept, err = s.purge(ctx, have)
	}
	return r, err
}

// ours refuses a file with orders that this shop neither has nor has purged:
// they were lost, or the folder is another shop's.
func (s *Service) ours(ctx context.Context, f *file) error {
	lines, err := f.lines()
	if err != nil {
		return err
	}
	defer lines.close()
	for {
		chunk, err := lines.some(page)
		if err != nil || len(chunk) == 0 {
			return err
		}
		ids := make([]string, len(chunk))
		for i, l := range chunk {
			ids[i] = l.ID
		}
		absent, err := s.DB.Read().Orders.Absent(ctx, ids)
		if err != nil {
			return err
		}
		if len(absent) > 0 {
			slices.Sort(absent)
			return fmt.Errorf("%s has the order %s, which the database neither has nor has purged: if it was lost, import the file; another shop's archive belongs in another folder", f.path, absent[0])
		}
	}
}
