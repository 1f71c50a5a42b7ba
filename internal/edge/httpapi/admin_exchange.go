package httpapi

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"tradewind/internal/domain/exchange"
	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
	service "tradewind/internal/service/exchange"
)

// importPath is the one route whose body may be as large as http.import-limit.
const importPath = "/v1/admin/imports"

const exportPath = "/v1/admin/exports/{what}"

func (a *API) exchangeRoutes() []Route {
	return []Route{
		{"GET", exportPath, Staff("exchange:read"), a.exportNoun},
		{"POST", importPath, Staff("exchange:write"), a.importNoun},
		{"GET", importPath, Staff("exchange:read"), a.listImports},
		{"GET", importPath + "/{id}", Staff("exchange:read"), a.getImport},
	}
}

// areas are what a file of each noun touches: it reads and writes what other
// routes guard, so it needs their permissions too.
var areas = map[string][]string{"products": {"catalog", "prices", "stock"}, "prices": {"prices"}, "stock": {"stock"}, "customers": {"customers"},
	"categories": {"catalog"}, "brands": {"catalog"}, "collections": {"catalog"}, "texts": {"catalog"}, "promotions": {"promotions"}, "orders": {"orders", "refunds"}}

// mayExchange refuses staff who may not do the same by hand.
func mayExchange(r *http.Request, what, act string) error {
	for _, area := range areas[what] {
		if permission := area + ":" + act; !who(r).May(permission) {
			return user.PermissionMissing(permission)
		}
	}
	return nil
}

var mediaTypes = map[string]string{"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}

// exportNoun handles GET /v1/admin/exports/{what}?format&since. The answer is
// written while the shop is read; hashes of passwords are never in it.
func (a *API) exportNoun(w http.ResponseWriter, r *http.Request) error {
	what, err := pathText(r, "what", 20)
	if err != nil {
		return err
	}
	q := queryOf(r.URL, "format", "since")
	o := service.Export{What: what, Format: q.choice("format", "jsonl", service.Formats...), Since: q.moment("since")}
	if q.err != nil {
		return q.err
	}
	if err := o.Check(); err != nil {
		return err
	}
	if err := mayExchange(r, o.What, "read"); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", mediaTypes[o.Format])
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", o.What+"."+o.Format))
	h.Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	unhurried(w)
	_, err = a.Exchange.Export(r.Context(), w, o)
	return err
}

// unhurried lets a request take longer than others. Where the connection knows
// no deadlines there is none to lift.
func unhurried(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Time{})
	_ = c.SetWriteDeadline(time.Time{})
}

// importNoun handles POST /v1/admin/imports?what&format&dry_run&continue. The
// body is the file; it is kept on disk while it is read, since its hash has to
// be known before.
func (a *API) importNoun(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r.URL, "what", "format", "dry_run", "continue")
	in := service.Import{What: q.choice("what", "", service.What()...), Format: q.choice("format", "jsonl", append([]string{service.Shopify}, service.Formats...)...),
		DryRun: q.choice("dry_run", "false", "true", "false") == "true", Continue: q.choice("continue", "false", "true", "false") == "true",
		Actor: who(r).Actor(), Category: "Imported", Currency: a.Config.Currency}
	if q.err != nil {
		return q.err
	}
	if err := mayExchange(r, in.What, "write"); err != nil {
		return err
	}
	unhurried(w)
	file, err := spooled(r.Body, &in)
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	run, err := a.Exchange.Import(r.Context(), file, in)
	if err != nil {
		return err
	}
	a.Forget(r.Context())
	w.Header().Set("Location", importPath+"/"+run.ID)
	v, err := a.viewImport(r, run, 0, 100)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusCreated, v)
}

// spooled writes the body to a file of its own and its hash into in.
func spooled(body io.Reader, in *service.Import) (file *os.File, err error) {
	if file, err = os.CreateTemp("", "tradewind-import-*"); err != nil {
		return nil, fmt.Errorf("keep the body: %w", err)
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(file, hash), body)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		err = errors.Join(err, file.Close(), os.Remove(file.Name()))
		if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, fault.New(fault.TooLarge, "body-too-large", "The file is larger than %d bytes; import it with the command, or in parts.", tooLarge.Limit)
		}
		return nil, fault.New(fault.Invalid, "body-broken", "The file did not arrive whole.").Because(err)
	}
	in.Hash = hash.Sum(nil)
	return file, nil
}

// importView is an import with a page of what it left out.
type importView struct {
	ID        string                  `json:"id"`
	What      string                  `json:"what"`
	Format    string                  `json:"format"`
	DryRun    bool                    `json:"dry_run"`
	State     string                  `json:"state"`
	Read      int64                   `json:"read"`
	Added     int64                   `json:"added"`
	Changed   int64                   `json:"changed"`
	Unchanged int64                   `json:"unchanged"`
	Failed    int64                   `json:"failed"`
	Actor     string                  `json:"actor"`
	StartedAt time.Time               `json:"started_at"`
	UpdatedAt time.Time               `json:"updated_at"`
	Errors    *listView[rowErrorView] `json:"errors,omitempty"`
}

type rowErrorView struct {
	Line    int    `json:"line"`
	Column  int    `json:"column,omitempty"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

func viewRun(x exchange.Run) importView {
	n := x.Counts
	return importView{ID: x.ID, What: x.What, Format: x.Format, DryRun: x.DryRun, State: string(x.State), Read: n.Read, Added: n.Added, Changed: n.Changed, Unchanged: n.Unchanged,
		Failed: n.Failed, Actor: x.Actor, StartedAt: x.StartedAt, UpdatedAt: x.UpdatedAt}
}

func (a *API) viewImport(r *http.Request, run exchange.Run, skip int64, limit int) (importView, error) {
	v := viewRun(run)
	bad, err := a.DB.Read().Imports.Errors(r.Context(), run.ID, skip, limit+1)
	if err != nil {
		return v, err
	}
	page := pageOf(bad, limit, func(e exchange.RowError) rowErrorView { return rowErrorView(e) },
		func(exchange.RowError) string { return cursorOf("import "+run.ID, skip+int64(limit)) })
	v.Errors = &page
	return v, nil
}

// listImports handles GET /v1/admin/imports?limit&cursor: newest first.
func (a *API) listImports(w http.ResponseWriter, r *http.Request) error {
	return listed(w, r, queryOf(r.URL, "limit", "cursor"), "imports", a.DB.Read().Imports.List, viewRun, func(x exchange.Run) string { return x.ID })
}

// getImport handles GET /v1/admin/imports/{id}?limit&cursor: how far it has
// got, and a page of what it left out.
func (a *API) getImport(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "import-not-found")
	if err != nil {
		return err
	}
	q := queryOf(r.URL, "limit", "cursor")
	limit, skip := int(q.number("limit", 100, 1, 100)), int64(0)
	if q.cursor("import "+id, &skip); q.err != nil {
		return q.err
	}
	run, err := a.DB.Read().Imports.Get(r.Context(), id)
	if err != nil {
		return err
	}
	v, err := a.viewImport(r, run, max(0, skip), limit)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, v)
}
