package crash

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tradewind/internal/adapter/sandboxpay"
)

// patience bounds every wait for something that should take milliseconds.
const patience = 60 * time.Second

const (
	payKey    = "sk_crash"
	paySecret = "whsec_crash"
)

// binary builds the program once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	out := filepath.Join(buildDir, "tradewind")
	text, err := exec.Command("go", "build", "-o", out, "tradewind/cmd/tradewind").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("go build: %w\n%s", err, text)
	}
	return out, err
})

var buildDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tradewind-crash-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	buildDir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// place is a folder in which the program runs with its default paths, and the
// addresses it uses there from start to start.
type place struct {
	testing.TB
	bin, dir       string
	shop, ops, pay string // host:port
	room           int64  // if not 0, no file may grow above so many bytes
}

func newPlace(t testing.TB) *place {
	t.Helper()
	if !canKill {
		t.Skip("processes cannot be killed reliably on this system; run this on Linux")
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &place{TB: t, bin: bin, dir: t.TempDir(), shop: freeAddr(t), ops: freeAddr(t), pay: freeAddr(t)}
	t.Cleanup(func() {
		if t.Failed() {
			for _, name := range []string{"serve.log", "sandboxpay.log"} {
				t.Logf("errors in %s:\n%s\nits last lines:\n%s", name, p.errors(name, 20), p.tail(name, 40))
			}
		}
	})
	return p
}

// freeAddr finds a port that nobody listens on. It is below those that systems
// give to connections on their way out (32768 and up on Linux, RFC 6335 has
// 49152): a process that is opened again a second later would meet one there.
func freeAddr(t testing.TB) string {
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 15_000+rand.IntN(17_000)))
		if err != nil {
			continue
		}
		defer l.Close()
		return l.Addr().String()
	}
	t.Fatal("no port is free")
	return ""
}

func (p *place) lines(name string) []string {
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		return []string{err.Error()}
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func (p *place) tail(name string, lines int) string {
	all := p.lines(name)
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// errors are the first lines that the program wrote as errors.
func (p *place) errors(name string, lines int) string {
	bad := slices.DeleteFunc(p.lines(name), func(line string) bool { return !strings.Contains(line, `"level":"ERROR"`) })
	return strings.Join(bad[:min(lines, len(bad))], "\n")
}

// command prepares a run of the program in the place, with none of the
// settings of whoever runs the test.
func (p *place) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, p.bin, args...)
	if p.room > 0 { // in blocks of 512 bytes, as POSIX has it
		c = exec.CommandContext(ctx, "sh", append([]string{"-c", fmt.Sprintf(`ulimit -f %d && exec "$0" "$@"`, p.room/512), p.bin}, args...)...)
	}
	c.Dir, c.SysProcAttr = p.dir, bound()
	c.Env = []string{"TRADEWIND_SANDBOXPAY_KEY=" + payKey, "TRADEWIND_SANDBOXPAY_WEBHOOK_SECRET=" + paySecret}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "TRADEWIND_") {
			c.Env = append(c.Env, kv)
		}
	}
	return c
}

// run runs the program to its end and returns what it printed.
func (p *place) run(args ...string) (stdout string, err error) {
	ctx, cancel := context.WithTimeout(p.Context(), 2*patience)
	defer cancel()
	var out, bad bytes.Buffer
	c := p.command(ctx, args...)
	c.Stdout, c.Stderr = &out, &bad
	if err = c.Run(); err != nil {
		err = fmt.Errorf("tradewind %s: %w: %s", strings.Join(args, " "), err, bad.String())
	}
	return out.String(), err
}

// must is run for what has to succeed.
func (p *place) must(args ...string) string {
	p.Helper()
	out, err := p.run(args...)
	if err != nil {
		p.Fatal(err)
	}
	return out
}

// process is a run of the program that goes on until somebody ends it.
type process struct {
	cmd  *exec.Cmd
	over chan struct{} // closed when it has ended
	err  error         // how; readable after over
}

// start starts the program and appends what it prints to log.
func (p *place) start(log string, args ...string) *process {
	p.Helper()
	out, err := os.OpenFile(filepath.Join(p.dir, log), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		p.Fatal(err)
	}
	defer out.Close()
	r := &process{cmd: p.command(context.Background(), args...), over: make(chan struct{})}
	r.cmd.Stdout, r.cmd.Stderr = out, out
	if err := r.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	go func() { r.err = r.cmd.Wait(); close(r.over) }()
	p.Cleanup(r.kill)
	return r
}

// kill ends the process as a power cut would, and waits for the end.
func (r *process) kill() {
	_ = r.cmd.Process.Kill() // it may have ended already
	<-r.over
}

// stop asks the process to end and reports how it did.
func (r *process) stop() error {
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-r.over:
		return r.err
	case <-time.After(patience):
		r.kill()
		return fmt.Errorf("still there %v after SIGTERM", patience)
	}
}

// provider starts the payment provider, whose book is the truth about money.
func (p *place) provider(webhook string) *sandboxpay.Client {
	p.Helper()
	r := p.start("sandboxpay.log", "sandboxpay", "-sandboxpay.addr", p.pay, "-sandboxpay.delay", "300ms", "-webhook", webhook)
	p.until(r, "the provider to answer", func() bool { return answers("http://" + p.pay + "/healthz") })
	return sandboxpay.NewClient("http://"+p.pay, payKey, paySecret, 10*time.Second)
}

// open starts the shop, in a hurry wherever a setting allows it.
func (p *place) open(more ...string) *process {
	p.Helper()
	return p.start("serve.log", append([]string{"serve", "-http.addr", p.shop, "-ops.addr", p.ops, "-http.cache-for", "0", "-sandboxpay.url", "http://" + p.pay,
		"-sandboxpay.timeout", "1s", "-payment.reconcile-after", "200ms", "-worker.poll", "50ms", "-worker.lease", "1s", "-queue.visible", "3s", "-queue.poll", "50ms", "-checkout.expire-every", "200ms"}, more...)...)
}

func (p *place) ready(shop *process) {
	p.Helper()
	p.until(shop, "the shop to be ready", func() bool { return answers("http://" + p.ops + "/readyz") })
}

// until waits for ok while r lives; r may be nil.
func (p *place) until(r *process, what string, ok func() bool) {
	p.Helper()
	var over chan struct{}
	if r != nil {
		over = r.over
	}
	deadline := time.After(patience)
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for !ok() {
		select {
		case <-poll.C:
		case <-over:
			p.Fatalf("waiting for %s, the process ended: %v", what, r.err)
		case <-deadline:
			p.Fatalf("%v were not enough for %s", patience, what)
		}
	}
}

var probe = &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func answers(url string) bool {
	r, err := probe.Get(url)
	if err != nil {
		return false
	}
	r.Body.Close()
	return r.StatusCode == http.StatusOK
}

// moment lets up to most pass: this is when the kill comes, nothing waits for it.
func moment(rng *rand.Rand, most time.Duration) { <-time.After(time.Duration(rng.Int64N(int64(most)))) }

// kills is how often the shop is killed.
func kills(t testing.TB) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("TRADEWIND_TEST_KILLS"), "10"))
	if err != nil || n < 1 {
		t.Fatalf("TRADEWIND_TEST_KILLS is %q; write a number above 0", os.Getenv("TRADEWIND_TEST_KILLS"))
	}
	return n
}

// chance makes the test's choices; its seed is printed if the test fails.
func chance(t testing.TB) *rand.Rand {
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("TRADEWIND_TEST_SEED"), strconv.FormatUint(rand.Uint64(), 10)), 10, 64)
	if err != nil {
		t.Fatalf("TRADEWIND_TEST_SEED: %v", err)
	}
	t.Logf("seed: TRADEWIND_TEST_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}
