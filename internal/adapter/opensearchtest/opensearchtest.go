// Package opensearchtest gives tests a real OpenSearch: one node in a Java
// process of its own, on a free port of 127.0.0.1, with a heap of 512 MB. It uses
// what scripts/install-opensearch.sh has fetched.
package opensearchtest

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	// requireVariable lists, separated by blanks, what must not be skipped.
	requireVariable = "TRADEWIND_TEST_REQUIRE"
	// urlVariable is where a node listens that the tests share; empty starts one.
	urlVariable = "TRADEWIND_TEST_OPENSEARCH_URL"
)

// Version is the release that tests run on: that of the folder of libraries.
const Version = "2.19.1.0"

// errNotInstalled is why tests are skipped.
var errNotInstalled = errors.New("OpenSearch was not found; scripts/install-opensearch.sh fetches it where there is Java and Maven")

//go:embed Server.java
var source string

var start = sync.OnceValues(startNode)

var indexes atomic.Int64

// Open returns the address of a node and a beginning for the names of indexes
// that nobody else has. They are removed when the test ends. Without OpenSearch
// the test is skipped, or fails if TRADEWIND_TEST_REQUIRE has "opensearch" in it.
func Open(t testing.TB) (url, index string) {
	t.Helper()
	n, err := start()
	if errors.Is(err, errNotInstalled) && !slices.Contains(strings.Fields(os.Getenv(requireVariable)), "opensearch") {
		t.Skip(err)
	}
	if err != nil {
		t.Fatalf("start OpenSearch: %v", err)
	}
	url, index = n.url, fmt.Sprintf("t%d-%d", os.Getpid(), indexes.Add(1))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodDelete, url+"/"+index+"-*", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Errorf("remove indexes of the test: %v", err)
			return
		}
		res.Body.Close()
	})
	return url, index
}

// node is an OpenSearch that listens. It lives for as long as its standard input
// is open, so that is kept.
type node struct {
	url   string
	input io.Closer
}

var listening = regexp.MustCompile(`listening at (http://127\.0\.0\.1:\d+)`)

// startNode starts a node and waits until it listens. It ends with this
// process, whose end of the node's standard input is closed then.
func startNode() (n node, err error) {
	if url := os.Getenv(urlVariable); url != "" {
		return node{url: url}, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return n, errNotInstalled
	}
	libraries := filepath.Join(cache, "tradewind", "opensearch-"+Version)
	java, err := exec.LookPath("java")
	if _, e := os.Stat(libraries); e != nil || err != nil {
		return n, errNotInstalled
	}
	dir, err := os.MkdirTemp("", "tradewind-opensearch-")
	if err != nil {
		return n, err
	}
	program := filepath.Join(dir, "Server.java")
	if err := os.WriteFile(program, []byte(source), 0o644); err != nil {
		return n, err
	}
	process := exec.Command(java, "-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", filepath.Join(libraries, "*"), program, dir)
	if n.input, err = process.StdinPipe(); err != nil {
		return n, err
	}
	out, err := process.StdoutPipe()
	if err != nil {
		return n, err
	}
	process.Stderr = process.Stdout
	if err := process.Start(); err != nil {
		return n, err
	}
	var said []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			go func() {
				for lines.Scan() { // what it says is of no use from here on
				}
			}()
			n.url = found[1]
			return n, nil
		}
		said = append(said, lines.Text())
	}
	return n, fmt.Errorf("it ended: %v; it said\n%s", process.Wait(), strings.Join(said[max(0, len(said)-20):], "\n"))
}
