package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rooms says which packages may import what has one place in the house. A name
// that ends with / stands for everything below it. Adding to this table is a decision.
var rooms = map[string][]string{
	"database/sql":                   {"internal/store/sqlstore", "internal/store/oraemu", "internal/store/pgtest", "internal/adapter/fts", "tests/bench"},
	"modernc.org/":                   {"internal/store/sqlstore", "internal/store/oraemu", "internal/adapter/fts", "tests/bench"},
	"github.com/jackc/":              {"internal/store/oraemu", "internal/store/pgtest"},
	"github.com/godror/":             {"internal/store/sqlstore"},
	"github.com/gorilla/mux":         {"internal/edge/httpapi"},
	"github.com/failsafe-go/":        {"internal/platform/caller", "internal/adapter/redis", "internal/adapter/opensearch", "internal/adapter/oci/"},
	"github.com/redis/":              {"internal/adapter/redis"},
	"github.com/opensearch-project/": {"internal/adapter/opensearch"},
	"github.com/oracle/":             {"internal/adapter/oci/"},
	"github.com/coreos/go-oidc/":     {"internal/adapter/oidc"},
	"golang.org/x/oauth2":            {"internal/adapter/oidc"},
	"golang.org/x/image/":            {"internal/domain/media"},
	"github.com/prometheus/":         {"internal/app", "internal/platform/telemetry"},
	"go.opentelemetry.io/":           {"internal/app", "internal/platform/telemetry"},
	"github.com/santhosh-tekuri/":    {}, // for tests
	"net/smtp":                       {},
	"tradewind/internal/app":         {"cmd/tradewind"},
	"tradewind/internal/demo":        {"internal/app", "cmd/tradewind"},
	"tradewind/cmd/":                 {},
	"tradewind/tests/":               {},
	"tradewind/api":                  {"internal/edge/httpapi"},
	"tradewind/internal/edge/":       {"internal/app"},
}

// floors are the floors of the house from the top down. A package imports from
// its own floor and from those below it.
var floors = [][]string{
	{"cmd/", "tests/", "infra/"},
	{"internal/app"},
	{"internal/edge/"},
	{"internal/demo"},
	{"internal/service/"},
	{"internal/store/"},
	{"internal/domain/"},
	{"internal/platform/"},
}

// aside live beside the floors: adapters fill the ports of domains, suites of
// promises are for tests, and the others import nothing of ours.
var aside = []string{"internal/adapter/", "internal/store/storetest", "sql", "api"}

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = filepath.Join("..", "..")
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, failed.String())
	}
	var list []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// within reports whether name is one of places, or below one that ends with /.
func within(name string, places []string) bool {
	return slices.ContainsFunc(places, func(place string) bool {
		return name == place || strings.HasSuffix(place, "/") && strings.HasPrefix(name+"/", place)
	})
}

func floorOf(name string) int {
	if within(name, aside) {
		return -1
	}
	return slices.IndexFunc(floors, func(places []string) bool { return within(name, places) })
}

func TestALineOfCodeKnowsItsRoom(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, "tradewind/")
		for _, imported := range p.Imports {
			for what, places := range rooms {
				if (imported == what || strings.HasSuffix(what, "/") && strings.HasPrefix(imported, what)) && !within(name, places) {
					t.Errorf("%s imports %s, which belongs to %v", name, imported, places)
				}
			}
			ours, ok := strings.CutPrefix(imported, "tradewind/")
			if from, to := floorOf(name), floorOf(ours); ok && from >= 0 && to >= 0 && to < from {
				t.Errorf("%s imports %s from a floor above it", name, ours)
			}
			if ok && within(name, []string{"internal/adapter/"}) && !within(ours, []string{"internal/domain/", "internal/platform/", "internal/adapter/"}) {
				t.Errorf("%s is an adapter and imports %s; it knows domains only", name, ours)
			}
			if ok && within(name, []string{"internal/domain/"}) && within(ours, []string{"internal/adapter/"}) {
				t.Errorf("%s is a domain and imports the adapter %s", name, ours)
			}
		}
		if floorOf(name) < 0 && !within(name, aside) {
			t.Errorf("%s is on no floor of the house", name)
		}
	}
}

// Only the program itself asks its environment or ends its process.
func TestOnlyTheProgramTouchesItsProcess(t *testing.T) {
	allowed := []string{"cmd/", "tests/", "infra/", "internal/app", "internal/store/pgtest", "internal/adapter/opensearchtest", "internal/adapter/oidctest", "internal/adapter/enginestest"}
	private := []string{"Exit", "Getenv", "LookupEnv", "Environ", "Setenv", "Chdir"}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		name, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil || within(filepath.ToSlash(name), allowed) {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "os" && slices.Contains(private, sel.Sel.Name) {
					t.Errorf("%s uses os.%s", path, sel.Sel.Name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
