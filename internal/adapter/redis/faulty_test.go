package redis

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// faulty stands between a client and a server and misbehaves when it is told to.
type faulty struct {
	addr, server string

	mu       sync.Mutex
	how      string // "", slow, refusing, resetting or silent
	listener net.Listener
	conns    map[net.Conn]bool
	all      sync.WaitGroup
}

// slowness is longer than the clients of these tests wait.
const slowness = 400 * time.Millisecond

func newFaulty(t *testing.T, server string) *faulty {
	f := &faulty{addr: "127.0.0.1:0", server: server, conns: map[net.Conn]bool{}}
	f.listen(t)
	f.addr = f.listener.Addr().String()
	t.Cleanup(func() {
		f.listener.Close()
		f.hangUp()
		f.all.Wait()
	})
	return f
}

func (f *faulty) listen(t *testing.T) {
	l, err := net.Listen("tcp", f.addr)
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

// behave changes how it misbehaves from now on; "" is well.
func (f *faulty) behave(t *testing.T, how string) {
	t.Helper()
	f.mu.Lock()
	was := f.how
	f.how = how
	f.mu.Unlock()
	if how == "refusing" {
		f.listener.Close()
	} else if was == "refusing" {
		f.listen(t)
	}
	if how == "refusing" || how == "resetting" || was == "silent" {
		f.hangUp()
	}
}

func (f *faulty) now() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.how
}

func (f *faulty) hangUp() {
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

func (f *faulty) carry(client net.Conn) {
	if f.now() == "resetting" {
		reset(client)
		return
	}
	server, err := net.Dial("tcp", f.server)
	if err != nil {
		reset(client)
		return
	}
	f.mu.Lock()
	f.conns[client] = true
	f.mu.Unlock()
	var up sync.WaitGroup
	up.Go(func() {
		_, _ = io.Copy(server, client)
		server.Close()
	})
	f.answer(client, server)
	client.Close()
	server.Close()
	up.Wait()
	f.mu.Lock()
	delete(f.conns, client)
	f.mu.Unlock()
}

// answer carries what the server says, in the way of the moment.
func (f *faulty) answer(client, server net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		switch f.now() {
		case "slow":
			time.Sleep(slowness)
		case "silent":
			continue
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}
