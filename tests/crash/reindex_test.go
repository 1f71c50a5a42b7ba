package crash

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"tradewind/internal/adapter/opensearchtest"
)

// cluster reads what OpenSearch has at a path into out, or leaves it as it is.
func cluster(url string, out any) {
	r, err := probe.Get(url)
	if err != nil {
		return
	}
	defer r.Body.Close()
	if text, err := io.ReadAll(r.Body); err == nil && r.StatusCode == http.StatusOK {
		_ = json.Unmarshal(text, out) // anything else is no answer
	}
}

// A reindex of OpenSearch is killed on its way, and the next one fills the same
// index from there: also a third, if the second is killed, too.
func TestKilledReindexOfOpenSearchGoesOn(t *testing.T) {
	url, name := opensearchtest.Open(t)
	p := newPlace(t)
	const n = 3000
	p.writeGoods("goods.jsonl", n, 1)
	on := []string{"-search.engine", "opensearch", "-opensearch.url", url, "-opensearch.index", name, "-opensearch.write-within", "3s"}
	reindex := append([]string{"reindex"}, on...)
	p.must(append(append([]string{"import", "-quiet"}, on...), "goods.jsonl")...)

	var noted struct {
		Source struct{ Fresh, After string } `json:"_source"`
	}
	var fresh, after string
	for range 2 {
		var r *process
		p.until(nil, "a reindex to begin, or to go on after the lease", func() bool {
			if r == nil {
				r = p.start("reindex.log", reindex...)
			}
			if cluster(url+"/"+name+"-v1-rebuild/_doc/now", &noted); noted.Source.After > after {
				r.kill()
				return true
			}
			select {
			case <-r.over:
				if said := p.tail("reindex.log", 1); !strings.Contains(said, "Another process rebuilds") {
					t.Fatalf("it was not killed, and ended: %v, %s", r.err, said)
				}
				r = nil
			default:
			}
			return false
		})
		if fresh != "" && noted.Source.Fresh != fresh {
			t.Errorf("it fills %s, and %s was begun", noted.Source.Fresh, fresh)
		}
		fresh, after = noted.Source.Fresh, noted.Source.After
	}
	p.until(nil, "the lease of who was killed to be over", func() bool {
		_, err := p.run(reindex...)
		if err != nil && !strings.Contains(err.Error(), "Another process rebuilds") {
			t.Fatal(err)
		}
		return err == nil
	})
	var used map[string]any
	cluster(url+"/_alias/"+name+"-v1", &used)
	if used[fresh] == nil || len(used) != 1 {
		t.Errorf("used is %v, want %s, which was begun before the kills", used, fresh)
	}
	t.Log(strings.TrimSpace(p.must(append(reindex, "-check")...))) // status 1 if one differs
}
