package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// searchProducts is the size of the catalogue in which is searched.
const searchProducts = 5000

// benchSearch compares the embedded index with OpenSearch. The API remembers no
// answers; the embedded index does, as configured, and in one shop does not.
func benchSearch(p parts) error {
	cluster, pid, err := startOpenSearch()
	if err != nil {
		return err
	}
	dir, err := seeded(p.bin, searchProducts)
	if err != nil {
		return err
	}
	var list []contender
	var shops []*shop
	for _, c := range []struct {
		name  string
		flags []string
	}{{"embedded", nil}, {"embedded, remembers nothing", []string{"-fts.results=0"}}, {"OpenSearch", []string{"-search.engine=opensearch", "-opensearch.url", cluster, "-opensearch.index", "bench-search"}}} {
		data, err := copied(dir)
		if err != nil {
			return err
		}
		s, err := opened(p.bin, data, append(c.flags, "-http.cache-for=0s")...)
		if err != nil {
			return err
		}
		defer s.end()
		if err := s.ready(); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		shops = append(shops, s)
		list = append(list, contender{name: c.name, target: s.target()})
	}
	p.conns = min(p.conns, 4) // more only wait for each other
	list[len(list)-1].beside = []int{pid}
	heading(fmt.Sprintf("Search in %d products", searchProducts), "OpenSearch's", p)
	for _, sc := range []scenario{searches("search", false, queries()), searches("search + facets", true, queries()), searches("beginnings of words", false, beginnings()), categoryFacets()} {
		if err := versus(p, list, sc); err != nil {
			return err
		}
	}
	body, err := metricsOf(shops[len(shops)-1])
	if err != nil {
		return err
	}
	for line := range strings.Lines(body) {
		if n, ok := strings.CutPrefix(line, `tradewind_search_degraded_total{service="all"} `); ok && strings.TrimSpace(n) != "0" {
			fmt.Printf("\nOf OpenSearch's answers the database gave %s", n)
		}
	}
	return nil
}

// beginnings are what people have typed so far.
func beginnings() (out []string) {
	for _, q := range queries() {
		first, rest, more := strings.Cut(q, " ")
		if more {
			out = append(out, first+" "+rest[:min(3, len(rest))])
		}
		out = append(out, first[:min(4, len(first))])
	}
	return out
}

// startOpenSearch starts a node as the tests do, if it was fetched. It ends when
// the pipe to it does.
func startOpenSearch() (url string, pid int, err error) {
	c := exec.Command("bash", "-c", `. scripts/start-opensearch.sh && start_opensearch && echo "$TRADEWIND_TEST_OPENSEARCH $!" && cat >/dev/null
		exec 9>&-; rm -rf $opensearch_data`)
	in, err := c.StdinPipe()
	if err != nil {
		return "", 0, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return "", 0, err
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		return "", 0, err
	}
	atEnd(func() {
		in.Close()
		c.Wait() //nolint:errcheck // it has done what it can
	})
	line, _ := bufio.NewReader(out).ReadString('\n')
	if _, err := fmt.Sscan(line, &url, &pid); err != nil {
		return "", 0, fmt.Errorf("%w: OpenSearch was not fetched (scripts/install-opensearch.sh), or there is no java", errMissing)
	}
	return url, pid, nil
}
