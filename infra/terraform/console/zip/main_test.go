package main

import (
	"archive/zip"
	"bytes"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func files(t *testing.T) map[string]string {
	t.Helper()
	f, err := assemble(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTheArchiveHasWhatResourceManagerRuns(t *testing.T) {
	f := files(t)
	for name, text := range f {
		if strings.Contains(name, "test") || strings.Contains(text, `"../../modules`) {
			t.Errorf("%s does not belong into the archive, or names what is not in it", name)
		}
		if strings.HasPrefix(name, "region/") || strings.HasPrefix(name, "global/") {
			if provider.MatchString(text) {
				t.Errorf("%s has a provider of its own", name)
			}
		}
		for _, v := range variable.FindAllString(text, -1) {
			own := variable.FindStringSubmatch(v)[1]
			for _, rule := range validation.FindAllString(v, -1) {
				for _, m := range named.FindAllStringSubmatch(condition.FindString(rule), -1) {
					if m[1] != own {
						t.Errorf("%s: the condition of %s names %s: Terraform 1.5 refuses it", name, own, m[1])
					}
				}
			}
		}
		for _, v := range version.FindAllString(text, -1) {
			if !strings.Contains(v, `">= 1.5"`) {
				t.Errorf("%s: %s", name, v)
			}
		}
	}
	// What a variable says of itself alone stays.
	if !strings.Contains(f["modules/atp/variables.tf"], "ecpus must be between 2 and 512.") {
		t.Error("conditions were lost that Terraform 1.5 knows")
	}
}

func TestTheSameFilesMakeTheSameArchive(t *testing.T) {
	f := files(t)
	one, err := pack(f)
	if err != nil {
		t.Fatal(err)
	}
	if two, _ := pack(f); !bytes.Equal(one, two) {
		t.Error("two archives of the same files differ")
	}
	r, err := zip.NewReader(bytes.NewReader(one), int64(len(one)))
	if err != nil || len(r.File) != len(f) {
		t.Errorf("%d of %d files, %v", len(r.File), len(f), err)
	}
}

// schema is what is used of a schema document.
type schema struct {
	SchemaVersion  string `yaml:"schemaVersion"`
	Locale         string
	VariableGroups []struct {
		Title     string
		Variables []string
		Visible   any
	} `yaml:"variableGroups"`
	Variables map[string]struct {
		Type      string
		Title     string
		Required  bool
		Enum      []string
		Default   any
		Pattern   string
		DependsOn map[string]string `yaml:"dependsOn"`
		Visible   any
	}
	OutputGroups []struct {
		Title   string
		Outputs []string
	} `yaml:"outputGroups"`
	Outputs             map[string]struct{ Type, Title string }
	PrimaryOutputButton string `yaml:"primaryOutputButton"`
}

// What types of variables there are, as Terraform has them, and what they depend
// on: from Oracle's meta schema for schema documents.
var types = map[string]struct {
	terraform string
	needs     []string
}{
	"string": {"string", nil}, "enum": {"string", nil}, "integer": {"number", nil}, "number": {"number", nil}, "boolean": {"bool", nil},
	"oci:identity:compartment:id":        {"string", nil},
	"oci:identity:region:name":           {"string", nil},
	"oci:core:instanceshape:name":        {"string", []string{"compartmentId"}},
	"oci:database:autonomousdatabase:id": {"string", []string{"compartmentId"}},
}

func TestTheConsoleAsksForEachVariable(t *testing.T) {
	f := files(t)
	var s schema
	dec := yaml.NewDecoder(strings.NewReader(f["schema.yaml"]))
	if err := dec.Decode(&s); err != nil {
		t.Fatal(err)
	}
	if s.SchemaVersion != "1.1.0" || s.Locale != "en" {
		t.Errorf("version %q, locale %q", s.SchemaVersion, s.Locale)
	}
	declared := map[string]string{}
	for _, v := range variable.FindAllStringSubmatch(f["variables.tf"], -1) {
		declared[v[1]] = v[0]
	}
	if got, want := slices.Sorted(maps.Keys(s.Variables)), slices.Sorted(maps.Keys(declared)); !slices.Equal(got, want) {
		t.Fatalf("the schema has %v, the root %v", got, want)
	}
	grouped := map[string]int{}
	for _, g := range s.VariableGroups {
		for _, v := range g.Variables {
			grouped[v]++
		}
		s.refers(t, g.Title, g.Visible)
	}
	for name, v := range s.Variables {
		known, ok := types[v.Type]
		if !ok || !strings.Contains(declared[name], "= "+known.terraform+"\n") {
			t.Errorf("%s is a %s in the schema, and another thing in variables.tf", name, v.Type)
		}
		for _, need := range known.needs {
			if s.Variables[v.DependsOn[need]].Type == "" {
				t.Errorf("%s does not say what its %s is", name, need)
			}
		}
		has := regexp.MustCompile(`(?m)^  default +=`).MatchString(declared[name])
		if v.Required == has && name != "environment" && name != "size" {
			t.Errorf("%s: required is %v, and it has a default: %v", name, v.Required, has)
		}
		if d := regexp.MustCompile(`(?m)^  default += (.*)$`).FindStringSubmatch(declared[name]); d != nil && v.Default != nil && strings.Trim(d[1], `"`) != strings.TrimSpace(asText(v.Default)) {
			t.Errorf("%s is %v in the console, %s in Terraform", name, v.Default, d[1])
		}
		if v.Type == "enum" && !slices.Contains(v.Enum, asText(v.Default)) {
			t.Errorf("%s: %v is none of %v", name, v.Default, v.Enum)
		}
		if _, err := regexp.Compile(v.Pattern); err != nil || v.Title == "" || grouped[name] != 1 {
			t.Errorf("%s: pattern %v, title %q, in %d groups", name, err, v.Title, grouped[name])
		}
		s.refers(t, name, v.Visible)
	}
}

func asText(v any) string {
	text, _ := yaml.Marshal(v)
	return strings.Trim(strings.TrimSpace(string(text)), `"`)
}

// refers holds {eq: [variable, value]} to variables that there are.
func (s schema) refers(t *testing.T, where string, visible any) {
	t.Helper()
	m, ok := visible.(map[string]any)
	if !ok {
		return
	}
	eq, _ := m["eq"].([]any)
	if len(m) != 1 || len(eq) != 2 {
		t.Fatalf("%s: visible is %v", where, visible)
	}
	name, _ := eq[0].(string)
	v, ok := s.Variables[name]
	if !ok || v.Type == "enum" && !slices.Contains(v.Enum, asText(eq[1])) {
		t.Errorf("%s is visible when %v", where, eq)
	}
}

func TestTheConsoleShowsEachOutput(t *testing.T) {
	f := files(t)
	var s schema
	if err := yaml.Unmarshal([]byte(f["schema.yaml"]), &s); err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, m := range regexp.MustCompile(`(?m)^output "(\w+)"`).FindAllStringSubmatch(f["outputs.tf"], -1) {
		made = append(made, m[1])
	}
	var shown []string
	for _, g := range s.OutputGroups {
		shown = append(shown, g.Outputs...)
	}
	slices.Sort(made)
	slices.Sort(shown)
	if !slices.Equal(made, shown) || !slices.Equal(slices.Sorted(maps.Keys(s.Outputs)), made) || s.Outputs[s.PrimaryOutputButton].Type != "link" {
		t.Errorf("made %v, shown %v, button %q", made, shown, s.PrimaryOutputButton)
	}
	known := []string{"boolean", "number", "string", "copyableString", "link", "ocid", "map", "json", "list", "csv"}
	for name, o := range s.Outputs {
		if !slices.Contains(known, o.Type) || o.Title == "" {
			t.Errorf("%s: %+v", name, o)
		}
	}
}
