package publishing_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// constants are the values of all constants called Topic… of the program.
func constants(t *testing.T) (topics []string) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Topic") {
				return true
			}
			if text, ok := spec.Values[0].(*ast.BasicLit); ok && text.Kind == token.STRING {
				topic, err := strconv.Unquote(text.Value)
				if err != nil {
					t.Fatal(err)
				}
				topics = append(topics, topic)
			}
			return true
		})
		return nil
	})
	if err != nil || len(topics) < 15 {
		t.Fatalf("%d topics were found, %v", len(topics), err)
	}
	return topics
}
