package image

import (
	"crypto/x509"
	"debug/elf"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTheImageSaysHowItIsRun(t *testing.T) {
	c := image(t).Config
	if c.User != "10001:10001" {
		t.Errorf("it runs as %q", c.User)
	}
	if ports := slices.Sorted(maps.Keys(c.ExposedPorts)); !slices.Equal(ports, []string{"8080/tcp", "8081/tcp"}) {
		t.Errorf("ports: %v", ports)
	}
	if volumes := slices.Sorted(maps.Keys(c.Volumes)); !slices.Equal(volumes, []string{"/data"}) {
		t.Errorf("volumes: %v", volumes)
	}
	if !slices.Equal(c.Entrypoint, []string{"/tradewind"}) || !slices.Equal(c.Cmd, []string{"serve"}) {
		t.Errorf("it starts %v %v", c.Entrypoint, c.Cmd)
	}
	if !slices.Equal(c.Healthcheck.Test, []string{"CMD", "/tradewind", "probe"}) {
		t.Errorf("its health is asked with %v", c.Healthcheck.Test)
	}
	if !slices.Contains(c.Env, "TMPDIR=/data") {
		t.Errorf("there is no /tmp, and the environment is %v", c.Env)
	}
}

// The program, the authorities of TLS, a folder for data: no shell, no library,
// nothing that is another user's to run.
func TestTheImageHoldsTheProgramAndNothingElse(t *testing.T) {
	root := image(t).root
	var files []string
	var size int64
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		size += info.Size()
		if info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 || info.Mode().Perm()&0o022 != 0 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		files = append(files, strings.TrimPrefix(path, root))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(files, []string{"/etc/ssl/certs/ca-certificates.crt", "/tradewind"}) {
		t.Errorf("it holds %v", files)
	}
	if size > 100<<20 {
		t.Errorf("it has %d MB", size>>20)
	}
	t.Logf("%d MB", size>>20)
}

func TestTheProgramNeedsNoLibrary(t *testing.T) {
	f, err := elf.Open(filepath.Join(image(t).root, "tradewind"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if libraries, err := f.ImportedLibraries(); len(libraries) > 0 || err != nil {
		t.Errorf("it needs %v, %v", libraries, err)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("it needs a loader")
		}
	}
}

func TestTheAuthoritiesOfTLSAreThere(t *testing.T) {
	pem, err := os.ReadFile(filepath.Join(image(t).root, "etc/ssl/certs/ca-certificates.crt"))
	if err != nil {
		t.Fatal(err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		t.Error("the file holds no certificate")
	}
}
