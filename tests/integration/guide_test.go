package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var shellBlock = regexp.MustCompile("(?s)\n```sh\n(.*?)\n```")

// The guides that talk to the shop are run as they stand, by a shell that stops
// at the first answer which is an error.
func TestTheGuidesDoWhatTheySay(t *testing.T) {
	for _, tool := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			if strings.Contains(os.Getenv("TRADEWIND_TEST_REQUIRE"), "jq") {
				t.Fatalf("%s is required and not installed", tool)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
	guides, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, guide := range guides {
		text, err := os.ReadFile(guide)
		if err != nil {
			t.Fatal(err)
		}
		var script []string
		for _, m := range shellBlock.FindAllStringSubmatch(string(text), -1) {
			script = append(script, m[1])
		}
		if !strings.Contains(strings.Join(script, "\n"), "shop=http://localhost:8080") {
			continue
		}
		ran++
		t.Run(filepath.Base(guide), func(t *testing.T) {
			s := openShop(t, nil)
			staff := s.people(t, "staff", map[string]string{})
			lines := strings.ReplaceAll(strings.Join(script, "\n"), "shop=http://localhost:8080", "shop="+s.base)
			// An answer of 4xx or 5xx, or a null where something should be, ends the script.
			cmd := exec.Command("bash", "-euo", "pipefail", "-c", `curl() { command curl --fail-with-body "$@"; }`+"\n"+lines)
			cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "staff="+staff)
			out, err := cmd.CombinedOutput()
			if err != nil || strings.Contains(string(out), "\nnull\n") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	if ran == 0 {
		t.Error("no guide talks to the shop")
	}
}
