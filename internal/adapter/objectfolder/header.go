package objectfolder

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"tradewind/internal/domain/object"
)

// headerSize is how many bytes of a file come before the object's own. They are
// as many for all, so that a list knows sizes without opening files.
const headerSize = 512

// header describes an object: a line of JSON, filled up with blanks.
type header struct {
	Type  string `json:"type"`
	Cache string `json:"cache,omitempty"`
	Size  int64  `json:"size"`
	Sum   string `json:"sha256"`
}

func (h header) encode() ([]byte, error) {
	text, err := json.Marshal(h)
	if err != nil || len(text) >= headerSize {
		return nil, fmt.Errorf("a content type and cache control of %d bytes do not fit: %w", len(h.Type)+len(h.Cache), err)
	}
	return append(append(text, bytes.Repeat([]byte(" "), headerSize-1-len(text))...), '\n'), nil
}

func readHeader(file *os.File) (h header, at time.Time, err error) {
	text := make([]byte, headerSize)
	if _, err = io.ReadFull(file, text); err != nil {
		return h, at, err
	}
	if err = json.Unmarshal(text, &h); err != nil {
		return h, at, err
	}
	stat, err := file.Stat()
	if err == nil && (stat.Size() != headerSize+h.Size || len(h.Sum) != 64) {
		err = fmt.Errorf("%d bytes are there, not %d", stat.Size()-headerSize, h.Size)
	}
	if err != nil {
		return h, at, err
	}
	return h, stat.ModTime(), nil
}

func (h header) info(key string, at time.Time) object.Info {
	return object.Info{Key: key, Size: h.Size, ModifiedAt: at.UTC(), ContentType: h.Type, CacheControl: h.Cache, ETag: h.Sum[:32]}
}
