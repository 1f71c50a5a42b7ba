// Package faultytest stands between a client and a server of tests, as the
// network does, and misbehaves when it is told to.
package faultytest

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// The ways to behave.
const (
	Well      = ""
	Slow      = "slow"      // each part of an answer comes late
	Refusing  = "refusing"  // nobody listens, and who is connected is thrown out
	Resetting = "resetting" // connections are reset
	Silent    = "silent"    // a black hole: what is sent arrives, no answer comes back
)

// Proxy is between clients and a server.
type Proxy struct {
	Addr     string        // where clients find it, host:port
	Slowness time.Duration // of each part of an answer while it is slow

	server   string
	mu       sync.Mutex
	how      string
	listener net.Listener
	conns    map[net.Conn]bool
	all      sync.WaitGroup
}

// New is in front of server, a host:port, until the test ends.
func New(t testing.TB, server string) *Proxy {
	t.Helper()
	f := &Proxy{Addr: "127.0.0.1:0", Slowness: 400 * time.Millisecond, server: server, conns: map[net.Conn]bool{}}
	f.listen(t)
	f.Addr = f.listener.Addr().String()
	t.Cleanup(func() {
		f.listener.Close()
		f.hangUp()
		f.all.Wait()
	})
	return f
}

func (f *Proxy) listen(t testing.TB) {
	l, err := net.Listen("tcp", f.Addr)
	if err != nil {
		t.Fatal(err)
	}
	f.listener = l
	f.all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			f.all.Go(func() { f.carry(conn) })
		}
	})
}

// Behave changes how it behaves from now on.
func (f *Proxy) Behave(t testing.TB, how string) {
	t.Helper()
	f.mu.Lock()
	was := f.how
	f.how = how
	f.mu.Unlock()
	if how == Refusing {
		f.listener.Close()
	} else if was == Refusing {
		f.listen(t)
	}
	if how == Refusing || how == Resetting || was == Silent {
		f.hangUp()
	}
}

func (f *Proxy) now() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.how
}

func (f *Proxy) hangUp() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.conns {
		reset(c)
	}
}

// reset closes a connection so that the other end hears RST.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	c.Close()
}

func (f *Proxy) carry(client net.Conn) {
	if !f.take(client) {
		return
	}
	defer f.drop(client)
	server, err := net.Dial("tcp", f.server)
	if err != nil {
		reset(client)
		return
	}
	var up sync.WaitGroup
	up.Go(func() {
		_, _ = io.Copy(server, client)
		server.Close()
	})
	f.answer(client, server)
	client.Close()
	server.Close()
	up.Wait()
}

// take lets a client in, or resets it. Who was accepted just before it changed
// its ways meets the new ones.
func (f *Proxy) take(client net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.how == Refusing || f.how == Resetting {
		reset(client)
		return false
	}
	f.conns[client] = true
	return true
}

func (f *Proxy) drop(client net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.conns, client)
}

// answer carries what the server says, in the way of the moment.
func (f *Proxy) answer(client, server net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		switch f.now() {
		case Slow:
			time.Sleep(f.Slowness)
		case Silent:
			continue
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}
