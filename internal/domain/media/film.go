package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// CheckFilm walks through the parts that a film of size bytes is made of, without
// decoding it: they must be of its format, fill it to the last byte and hold what
// is to be played. So a film that was cut off is refused, and a page or an
// archive that only begins or ends like a film. The code of the error is
// "media-damaged".
func CheckFilm(t Type, film io.ReaderAt, size int64) error {
	walk := walkMP4
	if t.Ext == "webm" {
		walk = walkWebM
	}
	if err := walk(film, size); err != nil {
		return Damaged(err)
	}
	return nil
}

// maxParts bounds the walk: a film in fragments has some for each second.
const maxParts = 100_000

// boxes are those that may stand at the top of an MP4 (ISO/IEC 14496-12, table 1).
var boxes = map[string]bool{"ftyp": true, "styp": true, "pdin": true, "moov": true, "moof": true, "mfra": true, "mdat": true, "free": true, "skip": true, "wide": true,
	"meta": true, "sidx": true, "ssix": true, "prft": true, "emsg": true, "uuid": true, "udta": true}

func walkMP4(film io.ReaderAt, size int64) error {
	seen := map[string]bool{}
	var at int64
	for n := 0; at < size; n++ {
		if n == maxParts {
			return errors.New("too many boxes")
		}
		var head [16]byte
		if _, err := film.ReadAt(head[:8], at); err != nil {
			return fmt.Errorf("box at %d: %w", at, err)
		}
		length, kind := int64(binary.BigEndian.Uint32(head[:])), string(head[4:8])
		least := int64(8)
		switch length {
		case 0: // up to the end
			length = size - at
		case 1: // a longer length follows
			if _, err := film.ReadAt(head[8:], at+8); err != nil {
				return fmt.Errorf("box at %d: %w", at, err)
			}
			length, least = int64(binary.BigEndian.Uint64(head[8:])), 16
		}
		if !boxes[kind] || length < least || length > size-at {
			return fmt.Errorf("box %q at %d of %d bytes", kind, at, length)
		}
		seen[kind] = true
		at += length
	}
	if !seen["ftyp"] || !seen["moov"] || !seen["mdat"] {
		return fmt.Errorf("boxes %v are not all that a film has", seen)
	}
	return nil
}

// The elements that may stand at the top of a WebM, and its Void and CRC-32 (RFC 8794, RFC 9559).
const (
	ebmlHeader = 0x1a45dfa3
	segment    = 0x18538067
	void       = 0xec
	checksum   = 0xbf
	docType    = 0x4282
)

func walkWebM(film io.ReaderAt, size int64) error {
	header, segments := false, false
	for at, n := int64(0), 0; at < size; n++ {
		id, body, length, err := element(film, at, size)
		if err != nil || n == maxParts {
			return fmt.Errorf("element %d at %d: %w", n, at, err)
		}
		switch id {
		case ebmlHeader:
			if header = isWebM(film, body, body+min(length, 4096)); !header || n > 0 {
				return errors.New("the header is not that of a WebM")
			}
		case segment:
			segments = true
		case void, checksum:
		default:
			return fmt.Errorf("element %x at %d", id, at)
		}
		at = body + length
	}
	if !header || !segments {
		return errors.New("there is nothing to play")
	}
	return nil
}

// isWebM looks for the DocType in the header.
func isWebM(film io.ReaderAt, at, end int64) bool {
	for at < end {
		id, body, length, err := element(film, at, end)
		if err != nil {
			return false
		}
		if id == docType {
			text := make([]byte, min(length, 8))
			_, err := film.ReadAt(text, body)
			return err == nil && string(text) == "webm"
		}
		at = body + length
	}
	return false
}

// element reads the id and the length of an EBML element at at, which must end
// before end; of unknown length, it reaches to the end (RFC 8794, 4 to 6).
func element(film io.ReaderAt, at, end int64) (id, body, length int64, err error) {
	id, n, err := vint(film, at, 4, true)
	if err != nil {
		return 0, 0, 0, err
	}
	length, m, err := vint(film, at+n, 8, false)
	if err != nil {
		return 0, 0, 0, err
	}
	if body = at + n + m; length == 1<<(7*m)-1 {
		length = end - body
	}
	if length < 0 || length > end-body {
		return 0, 0, 0, fmt.Errorf("element %x is longer than the film", id)
	}
	return id, body, length, nil
}

// vint reads a number whose first byte says how long it is. Ids keep that mark.
func vint(film io.ReaderAt, at, most int64, mark bool) (v, n int64, err error) {
	var b [8]byte
	if _, err := film.ReadAt(b[:1], at); err != nil {
		return 0, 0, err
	}
	for n = 1; n <= most && b[0]&(0x80>>(n-1)) == 0; n++ {
	}
	if n > most {
		return 0, 0, fmt.Errorf("no number at %d", at)
	}
	if _, err := film.ReadAt(b[:n], at); err != nil {
		return 0, 0, err
	}
	if !mark {
		b[0] &= 0xff >> n
	}
	for _, c := range b[:n] {
		v = v<<8 | int64(c)
	}
	return v, n, nil
}
