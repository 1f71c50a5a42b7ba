package app

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tradewind/internal/domain/object"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store/sqlstore"
)

// RegionConfig says which of several regions this is. The embedded database does
// not know that another copy of it sells: a fence that all regions can reach does.
type RegionConfig struct {
	Name   string
	Fence  string
	Every  time.Duration
	Follow bool
}

// Flags declares the settings.
func (r *RegionConfig) Flags(fs *flag.FlagSet) {
	fs.StringVar(&r.Name, "region.name", "", "name of the region that this process is in, such as iad")
	fs.StringVar(&r.Fence, "region.fence", "", "folder or oci://BUCKET/PREFIX, the same for all regions, that says which of them sells; only for the embedded database, Oracle's own roles do that")
	fs.DurationVar(&r.Every, "region.every", 5*time.Second, "how often the fence, or the database for its role, is asked")
	fs.BoolVar(&r.Follow, "region.follow", false, "change nothing while another region sells (the fence, or Oracle's role in Data Guard), and end when that changes, to be started anew")
}

var regionName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// Validate reports the first setting that cannot work and what would.
func (r RegionConfig) Validate() error {
	switch {
	case r.Fence != "" && !regionName.MatchString(r.Name):
		return fmt.Errorf("region.fence needs region.name, which is %q; write a short name of lower-case letters and digits, such as iad", r.Name)
	case r.Every < 100*time.Millisecond || r.Every > time.Minute:
		return fmt.Errorf("region.every is %v; choose between 100ms and 1m, such as 5s", r.Every)
	}
	return nil
}

// Epoch is a time in which one region sells. A region that is promoted begins one.
type Epoch struct {
	N      int       `json:"-"`
	Region string    `json:"region"`
	Since  time.Time `json:"since"`
}

// fence is where epochs are kept: an object for each, which nobody replaces.
type fence struct {
	store  object.Store
	prefix string
}

func (c Config) openFence(ctx context.Context) (*fence, error) {
	store, prefix, err := c.depot(ctx, c.Region.Fence)
	return &fence{store, path.Join(prefix, "epochs")}, err
}

func (f *fence) close() error {
	if closer, ok := f.store.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

func (f *fence) key(n int) string { return fmt.Sprintf("%s/%010d", f.prefix, n) }

// now is the newest epoch; its N is 0 if there was none yet.
func (f *fence) now(ctx context.Context) (e Epoch, err error) {
	for start := ""; ; {
		page, err := f.store.List(ctx, f.prefix+"/", start, 1000)
		if err != nil {
			return e, err
		}
		for _, o := range page.Objects {
			if n, err := strconv.Atoi(strings.TrimPrefix(o.Key, f.prefix+"/")); err == nil && n > e.N {
				e.N = n
			}
		}
		if start = page.Next; start == "" {
			break
		}
	}
	if e.N == 0 {
		return e, nil
	}
	_, body, err := f.store.Get(ctx, f.key(e.N), object.Range{})
	if err != nil {
		return e, err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, 4096))
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	return e, err
}

// begin begins the epoch after one that was seen. Of several who try, one does.
func (f *fence) begin(ctx context.Context, after Epoch, region string) (Epoch, error) {
	e := Epoch{after.N + 1, region, now()}
	text, err := json.Marshal(e)
	if err != nil {
		return e, err
	}
	_, err = f.store.Put(ctx, f.key(e.N), strings.NewReader(string(text)), object.Put{ContentType: "application/json", IfNew: true})
	if fault.Code(err) == "object-exists" {
		return e, fmt.Errorf("another region was promoted at the same moment; look again: %w", err)
	}
	return e, err
}

// Promote lets this region sell, and no other from then on.
func (c Config) Promote(ctx context.Context) (was, is Epoch, err error) {
	if c.Region.Fence == "" {
		return was, is, errors.New("region.fence must say where it is known which region sells, and region.name which this is")
	}
	f, err := c.openFence(ctx)
	if err != nil {
		return was, is, err
	}
	if was, err = f.now(ctx); err == nil {
		is = was
		if was.Region != c.Region.Name {
			is, err = f.begin(ctx, was, c.Region.Name)
		}
	}
	return was, is, errors.Join(err, f.close())
}

// errRole ends a process whose region has become another, to be started anew.
var errRole = errors.New("the region's role has changed; this process ends, to be started anew")

// follow decides whether the process may change anything, and ends it, by lose,
// when that becomes otherwise.
func (a *App) follow(ctx context.Context, lose context.CancelCauseFunc) (readOnly bool, err error) {
	sells, err := a.role(ctx)
	if err != nil {
		return false, err
	}
	was, err := sells(ctx)
	for err != nil { // a standby may be closed: it is waited for, and nobody is told that this process is ready
		if a.config.Region.Fence != "" {
			return false, fmt.Errorf("region.follow: %w", err)
		}
		a.log.WarnContext(ctx, "the database does not tell its role; it is asked again", "err", err)
		select {
		case <-time.After(a.config.Region.Every):
		case <-ctx.Done():
			return false, ctx.Err()
		}
		was, err = sells(ctx)
	}
	a.log.InfoContext(ctx, "the region's role is known", "sells", was)
	go a.attend(ctx, a.config.Region.Every, lose, func() (lost, err error) {
		is, err := sells(ctx)
		if err == nil && is != was {
			lost = errRole
		}
		return lost, err
	})
	return !was, nil
}

// attend asks again and again until ctx ends or why the process is to end is
// known. While nobody answers, the process goes on as it is.
func (a *App) attend(ctx context.Context, every time.Duration, lose context.CancelCauseFunc, ask func() (lost, err error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		lost, err := ask()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			a.log.ErrorContext(ctx, "it cannot be asked which region sells", "err", err)
		case lost != nil:
			a.log.ErrorContext(ctx, "this process closes", "cause", lost)
			lose(lost)
			return
		}
	}
}

// role is how to ask whether this region sells.
func (a *App) role(ctx context.Context) (func(context.Context) (bool, error), error) {
	c := a.config
	if c.Region.Fence != "" {
		f, err := c.openFence(ctx)
		if err != nil {
			return nil, err
		}
		a.closers = append(a.closers, f.close)
		return func(ctx context.Context) (bool, error) { e, err := f.now(ctx); return e.Region == c.Region.Name, err }, nil
	}
	if c.DB.Engine != sqlstore.EngineOracle {
		return nil, errors.New("region.follow asks the fence which region sells: set region.fence and region.name; only Oracle's databases know their role themselves")
	}
	r, err := sqlstore.OpenRole(c.DB)
	if err != nil {
		return nil, err
	}
	a.closers = append(a.closers, r.Close)
	return func(ctx context.Context) (bool, error) {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		return r.Primary(ctx)
	}, nil
}

// errFenced is why a region does not sell.
var errFenced = errors.New("another region sells")

func (c Config) fenced(e Epoch) error {
	if e.Region == c.Region.Name {
		return nil
	}
	return fmt.Errorf("%w: %s since %s; this one, %s, has an older database and would sell what was sold already. Restore what the other has shipped, "+
		"then tradewind promote; or open it with -db.read-only", errFenced, e.Region, e.Since.Format(time.RFC3339), c.Region.Name)
}

// guard refuses to open a shop in a region that may not sell, and closes it, by
// lose, when another is promoted. If the fence cannot be asked meanwhile the shop
// goes on: whoever promotes another makes sure that this one is gone.
func (a *App) guard(ctx context.Context, lose context.CancelCauseFunc) error {
	c := a.config
	if c.Region.Fence == "" || c.DB.ReadOnly {
		return nil
	}
	f, err := c.openFence(ctx)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, f.close)
	e, err := f.now(ctx)
	if err == nil && e.N == 0 {
		e, err = f.begin(ctx, e, c.Region.Name)
	}
	if err != nil {
		return fmt.Errorf("region.fence: %w", err)
	}
	if err := c.fenced(e); err != nil {
		return err
	}
	go a.attend(ctx, a.config.Region.Every, lose, func() (lost, err error) {
		e, err := f.now(ctx)
		if err == nil {
			lost = c.fenced(e)
		}
		return lost, err
	})
	return nil
}
