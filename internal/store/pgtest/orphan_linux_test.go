package pgtest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// A server does not outlive its test process, even a killed one.
func TestKilledTestLeavesNoServer(t *testing.T) {
	const variable = "TRADEWIND_TEST_PGTEST_CHILD"
	if os.Getenv(variable) != "" {
		Open(t)
		s, _ := start()
		fmt.Printf("server in %s\n", s.dir)
		select {}
	}
	Open(t) // skips if there is no PostgreSQL
	child := exec.Command(os.Args[0], "-test.run=^TestKilledTestLeavesNoServer$")
	child.Env = append(os.Environ(), variable+"=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	dir := ""
	for lines := bufio.NewScanner(out); dir == "" && lines.Scan(); {
		_, dir, _ = strings.Cut(lines.Text(), "server in ")
	}
	text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()
	for syscall.Kill(pid, 0) == nil { // the test's own time limit ends this
		runtime.Gosched()
	}
	os.RemoveAll(dir)
}
