package redis

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// requireVariable lists what must not be skipped.
const requireVariable = "TRADEWIND_TEST_REQUIRE"

// debian starts a Redis server of its own for a test, and returns where it
// listens. It ends with the test, or with the process if that is killed. more
// are settings; {port} in them is the port, {bus} another one. Without redis-server the test is
// skipped, or fails if TRADEWIND_TEST_REQUIRE has "redis" in it.
func debian(t *testing.T, more ...string) (addr string) {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil && slices.Contains(strings.Fields(strings.ReplaceAll(os.Getenv(requireVariable), ",", " ")), "redis") {
		t.Fatal("redis-server is required and was not found on PATH; scripts/install-redis.sh installs it on Debian")
	}
	if err != nil {
		t.Skip("redis-server was not found on PATH; scripts/install-redis.sh installs it on Debian")
	}
	for range 5 { // another process may take the port first
		if addr, err = start(t, binary, more); err == nil {
			return addr
		}
	}
	t.Fatal(err)
	return ""
}

// freePort is one that nobody listens on.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// said is what a server has said so far.
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

func start(t *testing.T, binary string, more []string) (addr string, err error) {
	port, err := freePort()
	if err != nil {
		return "", err
	}
	bus, err := freePort()
	if err != nil {
		return "", err
	}
	args := []string{"--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir()}
	if !slices.Contains(more, "--tls-port") {
		args = append(args, "--port", port)
	}
	for _, a := range more {
		args = append(args, strings.NewReplacer("{port}", port, "{bus}", bus).Replace(a))
	}
	cmd := exec.Command(binary, args...)
	log := &said{}
	cmd.Stdout = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // when the thread ends that started it
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		started <- cmd.Start()
		_ = cmd.Wait() // killed below
		close(ended)
	}()
	if err := <-started; err != nil {
		return "", err
	}
	stop := func() { _ = cmd.Process.Kill(); <-ended }
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		select {
		case <-ended:
			return "", errors.New("redis-server ended at once: " + log.String())
		default:
		}
		if strings.Contains(log.String(), "Ready to accept connections") {
			t.Cleanup(stop)
			return net.JoinHostPort("127.0.0.1", port), nil
		}
		if time.Now().After(deadline) {
			stop()
			return "", errors.New("redis-server does not answer: " + log.String())
		}
	}
}

// oneNodeCluster is a cluster of one server. It refuses commands that touch
// keys of several slots as larger ones do. Where more declares users, one of
// them is setup, who may do everything.
func oneNodeCluster(t *testing.T, more ...string) (addr string) {
	addr = debian(t, append([]string{"--cluster-enabled", "yes", "--cluster-port", "{bus}", "--cluster-config-file", filepath.Join(t.TempDir(), "nodes.conf")}, more...)...)
	o := &goredis.Options{Addr: addr}
	if len(more) > 0 {
		o.Username, o.Password = "setup", "any"
	}
	client := goredis.NewClient(o)
	defer client.Close()
	if err := client.ClusterAddSlotsRange(context.Background(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		info, err := client.ClusterInfo(context.Background()).Result()
		if strings.Contains(info, "cluster_state:ok") {
			return addr
		}
		if time.Now().After(deadline) {
			t.Fatalf("the cluster is not complete: %v\n%s", err, info)
		}
	}
}
