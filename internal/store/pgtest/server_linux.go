package pgtest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const superuser = "tradewind"

// server is a running postgres. Its data and its socket are in dir.
type server struct{ dir string }

// startServer makes a cluster in a temporary directory and starts it. It stops
// with the test process, however that ends.
func startServer() (*server, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	sweep()
	dir, err := os.MkdirTemp("", fmt.Sprintf("pgtest-%d-", os.Getpid()))
	if err != nil {
		return nil, err
	}
	as, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "--pgdata="+data, "--username="+superuser,
		"--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.SysProcAttr = dir, &syscall.SysProcAttr{Credential: as}
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return &server{dir}, run(filepath.Join(bin, "postgres"), dir, data, as)
}

// run starts postgres on a socket in dir, no port, and waits until it answers.
// Nothing here must survive a power cut, so nothing is synced.
func run(binary, dir, data string, as *syscall.Credential) error {
	var log bytes.Buffer
	cmd := exec.Command(binary, "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=100",
		"-c", "shared_buffers=32MB", "-c", "timezone=UTC", "-c", "deadlock_timeout=100ms", "-c", "log_min_messages=fatal")
	cmd.Dir, cmd.Stderr = dir, &log
	// The server gets SIGQUIT, an immediate shutdown, when its parent thread
	// ends: also if the test process is killed. So that thread must live as long
	// as the process, and is kept for this goroutine.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGQUIT}
	started := make(chan error)
	exited := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		started <- cmd.Start()
		cmd.Wait()
		close(exited)
		select {}
	}()
	if err := <-started; err != nil {
		close(exited)
		return err
	}
	return awaitReady(filepath.Join(data, "postmaster.pid"), exited, &log)
}

// awaitReady reads the status that postgres keeps in the last line of its pid
// file.
func awaitReady(pidFile string, exited <-chan struct{}, log *bytes.Buffer) error {
	deadline := time.After(time.Minute)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-exited:
			return fmt.Errorf("postgres ended at once:\n%s", log)
		case <-deadline:
			return errors.New("postgres was not ready after a minute")
		case <-look.C:
			b, err := os.ReadFile(pidFile)
			lines := strings.Split(strings.TrimSpace(string(b)), "\n")
			if err == nil && strings.TrimSpace(lines[len(lines)-1]) == "ready" {
				return nil
			}
		}
	}
}

// findBinaries returns the folder of initdb and postgres, the newest if
// Debian's folders hold several versions.
func findBinaries() (string, error) {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	newest, version := "", 0
	for _, f := range folders {
		v, err := strconv.Atoi(filepath.Base(filepath.Dir(f)))
		if err == nil && v > version && runnable(f, "initdb") && runnable(f, "postgres") {
			newest, version = f, v
		}
	}
	if newest != "" {
		return newest, nil
	}
	if p, err := exec.LookPath("postgres"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil && runnable(filepath.Dir(p), "initdb") {
			return filepath.Dir(p), nil
		}
	}
	return "", errNotInstalled
}

func runnable(folder, name string) bool {
	info, err := os.Stat(filepath.Join(folder, name))
	return err == nil && info.Mode()&0o111 != 0
}

// unprivileged gives dir to the user that postgres shall run as: it refuses to
// run as root. For anybody else it is nil, the user itself.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid)
	}
	return nil, errors.New("postgres cannot run as root, and there is no user postgres or nobody to run it as")
}

// sweep removes the folders of test processes that are gone. A process cannot
// remove its own: its server outlives it by a moment.
func sweep() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), "pgtest-*-*"))
	for _, dir := range left {
		pid, err := strconv.Atoi(strings.Split(filepath.Base(dir), "-")[1])
		if err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			os.RemoveAll(dir)
		}
	}
}
