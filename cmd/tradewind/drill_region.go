package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// region is one of the two: a folder with a database, and processes that belong to it.
type region struct {
	name, dir, shop, ops string
	common               []string // settings of all its commands
	serve, ship          *child
}

// child is a process that goes on.
type child struct {
	cmd  *exec.Cmd
	over chan struct{}
	err  error
}

// stage is where a drill takes place.
type stage struct {
	exe, dir string
	env      []string
	children []*child
	mu       sync.Mutex
}

func (s *stage) command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, s.exe, args...)
	c.Dir, c.Env = dir, s.env
	return c
}

// run runs a command of the program to its end, and returns what it printed.
func (s *stage) run(ctx context.Context, dir string, args ...string) (string, error) {
	var out, bad bytes.Buffer
	c := s.command(ctx, dir, args...)
	c.Stdout, c.Stderr = &out, &bad
	err := c.Run()
	if err != nil {
		err = fmt.Errorf("tradewind %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(bad.String()))
	}
	return out.String(), err
}

func (s *stage) start(dir, log string, args ...string) (*child, error) {
	out, err := os.OpenFile(filepath.Join(dir, log), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	c := &child{cmd: s.command(context.Background(), dir, args...), over: make(chan struct{})}
	c.cmd.Stdout, c.cmd.Stderr = out, out
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { c.err = c.cmd.Wait(); close(c.over) }()
	s.mu.Lock()
	s.children = append(s.children, c)
	s.mu.Unlock()
	return c, nil
}

// kill ends a process as the loss of a machine would.
func (c *child) kill() {
	if c != nil {
		_ = c.cmd.Process.Kill() // it may have ended already
		<-c.over
	}
}

// stop lets a process come to its end.
func (c *child) stop() error {
	if c == nil {
		return nil
	}
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-c.over:
		return c.err
	case <-time.After(time.Minute):
		c.kill()
		return errors.New("it did not end within a minute")
	}
}

func (s *stage) close() {
	for _, c := range s.children {
		c.kill()
	}
}

// open opens the shop of a region and waits until it is ready.
func (s *stage) open(ctx context.Context, r *region) (err error) {
	args := append([]string{"serve", "-http.addr", r.shop, "-ops.addr", r.ops, "-worker.poll", "50ms", "-worker.lease", "5s", "-payment.reconcile-after", "1s", "-http.limit-checkout", "0", "-http.limit-browsing", "0",
		"-http.cache-for", "0"}, r.common...)
	if r.serve, err = s.start(r.dir, "serve.log", args...); err != nil {
		return err
	}
	return until(ctx, 2*time.Minute, r.name+" to be ready", func() bool { return r.ready() }, r.serve)
}

var probes = &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func (r *region) ready() bool { return answersOK("http://" + r.ops + "/readyz") }

func answersOK(url string) bool {
	resp, err := probes.Get(url)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// until waits for ok, while the process lives if there is one.
func until(ctx context.Context, most time.Duration, what string, ok func() bool, while *child) error {
	deadline, poll := time.After(most), time.NewTicker(20*time.Millisecond)
	defer poll.Stop()
	var over chan struct{}
	if while != nil {
		over = while.over
	}
	for !ok() {
		select {
		case <-poll.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-over:
			return fmt.Errorf("waiting for %s, the process ended: %w", what, while.err)
		case <-deadline:
			return fmt.Errorf("%v were not enough for %s", most, what)
		}
	}
	return nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// steering stands for DNS with health checks: it sends requests to the first
// region that is ready, as it was when it last looked.
type steering struct {
	addr   string
	to     atomic.Pointer[region]
	server *http.Server
}

func steer(ctx context.Context, every time.Duration, regions ...*region) (*steering, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &steering{addr: l.Addr().String()}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "http", Host: s.to.Load().shop})
			p.SetXForwarded()
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		Transport:    &http.Transport{MaxIdleConnsPerHost: 64, ResponseHeaderTimeout: 30 * time.Second},
	}
	s.server = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.to.Load() == nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	})}
	go s.server.Serve(l) //nolint:errcheck // it ends with Close
	go func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			for _, r := range regions {
				if r.ready() {
					s.to.Store(r)
					break
				}
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return s, nil
}
