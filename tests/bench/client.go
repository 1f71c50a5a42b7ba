package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"time"
)

// conn is one keep-alive HTTP/1.1 connection. It does as little as it can, so
// that the load costs the machine less than what is measured.
type conn struct {
	addr string
	net  net.Conn
	in   *bufio.Reader
	body []byte
}

func dial(addr string) (*conn, error) {
	c := &conn{addr: addr}
	return c, c.open()
}

func (c *conn) open() (err error) {
	if c.net, err = net.Dial("tcp", c.addr); err == nil {
		c.in = bufio.NewReaderSize(c.net, 64<<10)
	}
	return err
}

// request builds the bytes of a request. headers end with \r\n each.
func request(method, path, headers string, body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: bench\r\n%s", method, path, headers)
	if body != nil {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

// do sends a request and returns status and body; the body is valid until the next call.
func (c *conn) do(req []byte) (int, []byte, error) {
	_ = c.net.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := c.net.Write(req); err != nil {
		return 0, nil, err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil || len(line) < 12 {
		return 0, nil, errors.Join(err, errors.New("no status line"))
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return 0, nil, err
	}
	length, chunked := 0, false
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return 0, nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if v, ok := header(line, "Content-Length:"); ok {
			if length, err = strconv.Atoi(v); err != nil {
				return 0, nil, err
			}
		} else if v, ok := header(line, "Transfer-Encoding:"); ok {
			chunked = v == "chunked"
		}
	}
	c.body = c.body[:0]
	if chunked {
		return status, c.body, c.chunks()
	}
	if cap(c.body) < length {
		c.body = make([]byte, 0, length*2)
	}
	c.body = c.body[:length]
	_, err = io.ReadFull(c.in, c.body)
	return status, c.body, err
}

func header(line []byte, name string) (string, bool) {
	if len(line) < len(name) || !bytes.EqualFold(line[:len(name)], []byte(name)) {
		return "", false
	}
	return textproto.TrimString(string(line[len(name):])), true
}

func (c *conn) chunks() error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(bytes.TrimRight(line, "\r\n")), 16, 32)
		if err != nil {
			return err
		}
		at := len(c.body)
		c.body = append(c.body, make([]byte, n+2)...)
		if _, err := io.ReadFull(c.in, c.body[at:]); err != nil {
			return err
		}
		c.body = c.body[:at+int(n)]
		if n == 0 {
			return nil
		}
	}
}
