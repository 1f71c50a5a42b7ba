package image

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// confined runs a command with the image as its root, as an engine does when it
// is told --read-only --cap-drop=ALL --security-opt=no-new-privileges and given a
// volume, but on this machine's network, and without /proc, /dev and /tmp.
const confined = `set -e
root=$1 data=$2
shift 2
mount --bind "$root" "$root"
mount --bind "$data" "$root/data"
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs chroot --userspec=10001:10001 --groups= "$root" "$@"`

func (b built) command(t *testing.T, data string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), "unshare", append([]string{"--mount", "sh", "-c", confined, "sh", b.root, data}, args...)...)
	c.Env = append(b.Config.Env, "TZ=America/New_York", "TRADEWIND_HTTP_ADDR=127.0.0.1:0", "TRADEWIND_OPS_ADDR=127.0.0.1:0")
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c
}

// volume is a folder as an engine makes it for a volume: a copy of the image's.
func (b built) volume(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	info, err := os.Stat(filepath.Join(b.root, "data"))
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	if err := os.Mkdir(dir, info.Mode().Perm()); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, int(owner.Uid), int(owner.Gid)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// said is what a process has said so far.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// opened is the line with which a shop says that it is open.
type opened struct {
	Time, Msg, URL, Ops string
}

func (s *said) opened() (o opened, ok bool) {
	for line := range strings.Lines(s.String()) {
		if json.Unmarshal([]byte(line), &o) == nil && o.Msg == "shop is open" {
			return o, true
		}
	}
	return o, false
}

func TestAShopInTheContainerSellsAndMayDoNothingElse(t *testing.T) {
	b := image(t)
	data := b.volume(t)
	if out, err := b.command(t, data, "/tradewind", "seed").CombinedOutput(); err != nil {
		t.Fatalf("seed: %v\n%s", err, out)
	}
	log := &said{}
	serve := b.command(t, data, append(b.Config.Entrypoint, b.Config.Cmd...)...)
	serve.Stdout, serve.Stderr = log, log
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve.Wait() }()
	var o opened
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		var ok bool
		if o, ok = log.opened(); ok {
			break
		}
		select {
		case err := <-ended:
			t.Fatalf("it ended: %v\n%s", err, log)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not open\n%s", log)
		}
	}
	mayDoNothingElse(t, serve.Process.Pid)
	if !strings.HasSuffix(o.Time, "Z") {
		t.Errorf("in a container that is told New York it is %s", o.Time)
	}
	if status, body := ask(t, http.MethodGet, o.Ops+"/readyz", ""); status != http.StatusOK {
		t.Errorf("readyz: %d %s", status, body)
	}
	probe := b.command(t, data, b.Config.Healthcheck.Test[1:]...)
	probe.Env = append(probe.Env, "TRADEWIND_OPS_ADDR="+strings.TrimPrefix(o.Ops, "http://"))
	if out, err := probe.CombinedOutput(); err != nil {
		t.Errorf("the health check: %v\n%s", err, out)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) { // the index is being made
		status, body := ask(t, http.MethodGet, o.URL+"/v1/search?q=mug", "")
		if status == http.StatusOK && strings.Contains(body, `"title":"`) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("search: %d %s", status, body)
		}
	}
	if status, body := ask(t, http.MethodPost, o.URL+"/v1/carts", `{"items":[{"sku":"MU01-HARB-SAND","qty":2}]}`); status != http.StatusCreated {
		t.Errorf("cart: %d %s", status, body)
	}
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it did not close well: %v\n%s", err, log)
		}
	case <-time.After(time.Minute):
		t.Errorf("it does not end\n%s", log)
	}
	if out, err := b.command(t, data, "/tradewind", "verify").CombinedOutput(); err != nil {
		t.Errorf("the books: %v\n%s", err, out)
	}
}

// mayDoNothingElse looks at the process from outside.
func mayDoNothingElse(t *testing.T, pid int) {
	t.Helper()
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	status, err := os.ReadFile(filepath.Join(proc, "status"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Name:\ttradewind\n", "Uid:\t10001\t10001\t10001\t10001\n", "Gid:\t10001\t10001\t10001\t10001\n", "Groups:\t \n",
		"CapPrm:\t0000000000000000\n", "CapEff:\t0000000000000000\n", "NoNewPrivs:\t1\n"} {
		if !strings.Contains(string(status), want) {
			t.Errorf("no %q in its status:\n%s", want, status)
		}
	}
	mounts, err := os.ReadFile(filepath.Join(proc, "mountinfo"))
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]string{}
	for line := range strings.Lines(string(mounts)) {
		f := strings.Fields(line)
		modes[f[4]] = f[5]
	}
	if !strings.HasPrefix(modes["/"], "ro") || !strings.HasPrefix(modes["/data"], "rw") {
		t.Errorf("its root is %q, its data %q", modes["/"], modes["/data"])
	}
}

func ask(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, strings.Replace(url, "localhost", "127.0.0.1", 1), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
