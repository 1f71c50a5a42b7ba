// Command zip puts the stacks, the modules and the root for the console into one
// archive that OCI Resource Manager takes:
//
//	go run ./infra/terraform/console/zip -to bin/tradewind-stack.zip
//
// Resource Manager runs Terraform 1.5, in which the condition of a variable may
// name that variable alone: conditions that compare variables are left out. The
// root's own variables are such that they hold.
package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	from := flag.String("from", "infra/terraform", "folder with console, stacks and modules")
	to := flag.String("to", "bin/tradewind-stack.zip", "archive to write; a folder if it does not end with .zip")
	flag.Parse()
	if err := run(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "zip:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	files, err := assemble(os.DirFS(from))
	if err != nil {
		return err
	}
	if !strings.HasSuffix(to, ".zip") {
		return unpack(files, to)
	}
	text, err := pack(files)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}

// assemble returns the files of the archive by name: the console's root, what it
// calls, and no tests.
func assemble(src fs.FS) (map[string]string, error) {
	files := map[string]string{}
	for dir, to := range map[string]string{"console": ".", "stacks/global": "global", "stacks/region": "region", "modules": "modules"} {
		err := fs.WalkDir(src, dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && (d.Name() == "tests" || d.Name() == "zip" || strings.HasPrefix(d.Name(), ".")) {
				return fs.SkipDir
			}
			if path.Ext(name) != ".tf" && !strings.HasSuffix(name, ".tf.json") && name != "console/schema.yaml" {
				return nil
			}
			text, err := fs.ReadFile(src, name)
			if err != nil {
				return err
			}
			part := string(text)
			if dir != "console" {
				part = adapt(part)
			}
			files[path.Join(to, strings.TrimPrefix(name, dir))] = part
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if files["main.tf"] == "" || files["schema.yaml"] == "" || files["region/main.tf"] == "" {
		return nil, errors.New("there are no console, stacks and modules; run it at the project's root")
	}
	return files, nil
}

var (
	provider   = regexp.MustCompile(`(?m)^provider "oci" \{\n(?:  .*\n|\n)*\}\n`)
	version    = regexp.MustCompile(`(?m)^(  required_version = )"[^"]*".*$`)
	variable   = regexp.MustCompile(`(?m)^variable "(\w+)" \{\n(?:  .*\n|\n)*\}\n`)
	validation = regexp.MustCompile(`(?m)^\n?  validation \{\n(?:    .*\n|\n)*  \}\n`)
	condition  = regexp.MustCompile(`(?m)^    condition +=(.*)$`)
	named      = regexp.MustCompile(`\bvar\.(\w+)`)
)

// adapt makes a file of a stack or module one of a module that Terraform 1.5 runs,
// with the root's providers.
func adapt(text string) string {
	text = provider.ReplaceAllString(text, "")
	text = version.ReplaceAllString(text, `$1">= 1.5"`)
	text = strings.ReplaceAll(text, `"../../modules/`, `"../modules/`)
	return variable.ReplaceAllStringFunc(text, func(v string) string {
		own := variable.FindStringSubmatch(v)[1]
		return validation.ReplaceAllStringFunc(v, func(rule string) string {
			for _, m := range named.FindAllStringSubmatch(condition.FindString(rule), -1) {
				if m[1] != own {
					return ""
				}
			}
			return rule
		})
	})
}

// pack is the archive: the same bytes for the same files.
func pack(files map[string]string) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write([]byte(files[name])); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func unpack(files map[string]string, to string) error {
	for name, text := range files {
		file := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
