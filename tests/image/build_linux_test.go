package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// built is an image: its settings, and a folder with its files.
type built struct {
	Config struct {
		User         string
		ExposedPorts map[string]struct{}
		Env          []string
		Cmd          []string
		Entrypoint   []string
		Volumes      map[string]struct{}
		Healthcheck  struct{ Test []string }
	} `json:"config"`
	root string
}

const name = "tradewind:of-the-tests"

// store is where Buildah keeps what these tests make; nobody else's is touched.
var store string

func TestMain(m *testing.M) {
	code := m.Run()
	if store != "" {
		_, err := buildah("umount", "--all")
		if err = errors.Join(err, os.RemoveAll(store)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// buildah runs a command of Buildah and returns what it printed.
func buildah(args ...string) (string, error) { return runs("buildah", args...) }

func runs(program string, args ...string) (string, error) {
	c := exec.Command(program, args...)
	c.Env = append(os.Environ(), "CONTAINERS_STORAGE_CONF="+filepath.Join(store, "storage.conf"))
	var said strings.Builder
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", program, strings.Join(args, " "), err, out, said.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// build builds the image, once for all tests, as scripts/image.sh does it.
var build = sync.OnceValues(func() (b built, err error) {
	if store, err = os.MkdirTemp("", "tradewind-image-"); err != nil {
		return b, err
	}
	conf := fmt.Sprintf("[storage]\ndriver = \"vfs\"\ngraphroot = %q\nrunroot = %q\n", filepath.Join(store, "images"), filepath.Join(store, "run"))
	if err := os.WriteFile(filepath.Join(store, "storage.conf"), []byte(conf), 0o600); err != nil {
		return b, err
	}
	if _, err := runs("../../scripts/image.sh", name); err != nil {
		return b, err
	}
	text, err := buildah("inspect", "--type", "image", name)
	if err != nil {
		return b, err
	}
	inspected := struct{ Docker *built }{&b}
	if err := json.Unmarshal([]byte(text), &inspected); err != nil {
		return b, err
	}
	container, err := buildah("from", "--pull-never", name)
	if err != nil {
		return b, err
	}
	b.root, err = buildah("mount", container)
	return b, err
})

// image is build, unless it cannot be done here: then the test is skipped, or
// fails if TRADEWIND_TEST_REQUIRE has "buildah" in it.
func image(t *testing.T) built {
	t.Helper()
	missing := ""
	if err := exec.Command("unshare", "--mount", "true").Run(); err != nil {
		missing = "nobody may mount here, as in a container without privileges"
	}
	if os.Getuid() != 0 {
		missing = "Buildah is run as root, which this is not"
	}
	for _, tool := range []string{"buildah", "unshare", "setpriv", "chroot"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing = tool + " was not found; scripts/install-tools.sh installs it on Debian"
		}
	}
	if missing != "" && slices.Contains(strings.Fields(os.Getenv("TRADEWIND_TEST_REQUIRE")), "buildah") {
		t.Fatal(missing)
	}
	if missing != "" {
		t.Skip(missing)
	}
	b, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
