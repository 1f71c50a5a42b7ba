package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// house remembers what the bench has begun, so that all of it is ended: at the
// end, after an error and when somebody interrupts it.
var house struct {
	mu     sync.Mutex
	closed bool
	ends   []func()
}

// atEnd lets end be called once: by the returned function or when the bench ends.
func atEnd(end func()) (now func()) {
	once := sync.OnceFunc(end)
	house.mu.Lock()
	defer house.mu.Unlock()
	if house.closed {
		go once()
	} else {
		house.ends = append(house.ends, once)
	}
	return once
}

// endAll ends what was begun, the last first.
func endAll() {
	house.mu.Lock()
	house.closed = true
	ends := house.ends
	house.mu.Unlock()
	for i := len(ends) - 1; i >= 0; i-- {
		ends[i]()
	}
}

// endOnSignal ends everything when the bench is interrupted.
func endOnSignal() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-told
		endAll()
		os.Exit(130)
	}()
}

// begin starts a process that ends with the bench, and says how to end it
// before. Of a bench that is killed the kernel ends it, where it can.
func begin(c *exec.Cmd) (end func(), err error) {
	c.SysProcAttr = bound()
	if err := c.Start(); err != nil {
		return nil, err
	}
	return atEnd(func() {
		c.Process.Kill() //nolint:errcheck // it may have ended
		c.Wait()         //nolint:errcheck // it is killed
	}), nil
}

// folder makes a folder that goes with the bench.
func folder() (string, error) {
	dir, err := os.MkdirTemp("", "tradewind-bench-")
	if err == nil {
		atEnd(func() { os.RemoveAll(dir) })
	}
	return dir, err
}

// found is the path of a program, also where Debian keeps it from everybody's path.
func found(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + name)
	}
	return path, err
}

// copied is a shop's folder once more, so that several shops begin alike.
func copied(from string) (string, error) {
	dir, err := folder()
	if err != nil {
		return "", err
	}
	return dir, os.CopyFS(filepath.Join(dir, "data"), os.DirFS(filepath.Join(from, "data")))
}

// output runs a command of the shop to its end and returns what it prints.
func output(dir, bin string, args ...string) (string, error) {
	c := exec.Command(bin, args...)
	var said strings.Builder
	c.Dir, c.Stdout, c.Stderr = dir, &said, os.Stderr
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("tradewind %s: %w", args[0], err)
	}
	return said.String(), nil
}
