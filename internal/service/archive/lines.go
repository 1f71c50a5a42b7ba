package archive

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
)

// lines reads the orders of a file. at is the one it stands at; its ID is "" at
// the end.
type lines struct {
	at   line
	file *os.File
	in   *bufio.Reader
}

// lines of no file are none.
func (f *file) lines() (*lines, error) {
	if f == nil {
		return &lines{}, nil
	}
	from, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	unpacked, err := gzip.NewReader(from)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", f.path, err), from.Close())
	}
	return &lines{file: from, in: bufio.NewReaderSize(unpacked, 64<<10)}, nil
}

func (l *lines) close() {
	if l.file != nil {
		l.file.Close() // it was only read
	}
}

// next goes on to the next order.
func (l *lines) next() error {
	l.at = line{}
	if l.in == nil {
		return nil
	}
	text, err := l.in.ReadBytes('\n')
	if errors.Is(err, io.EOF) && len(text) == 0 {
		return nil
	}
	if err == nil {
		l.at, err = lineOf(text)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", l.file.Name(), err)
	}
	return nil
}

// pass calls each with the orders before id, or with all that are left if it is "".
func (l *lines) pass(id string, each func(line) error) error {
	for l.at.ID != "" && (id == "" || l.at.ID < id) {
		if err := each(l.at); err != nil {
			return err
		}
		if err := l.next(); err != nil {
			return err
		}
	}
	return nil
}

// some reads up to n orders; none at the end.
func (l *lines) some(n int) (list []line, err error) {
	for len(list) < n {
		if err := l.next(); err != nil {
			return nil, err
		}
		if l.at.ID == "" {
			break
		}
		list = append(list, l.at)
	}
	return list, nil
}
