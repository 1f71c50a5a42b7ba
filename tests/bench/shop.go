package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// shop is a running tradewind on data of its own.
type shop struct {
	cmd       *exec.Cmd
	addr, ops string
	dir       string
	coldStart time.Duration
	end       func() // at once
}

func (s *shop) target() target { return target{[]string{s.addr}, []int{s.cmd.Process.Pid}} }

// start seeds and starts the binary, and measures how long it takes to be ready.
func start(bin string, products int) (*shop, error) {
	dir, err := folder()
	if err != nil {
		return nil, err
	}
	s := &shop{dir: dir, addr: freeAddr(), ops: freeAddr()}
	seed := exec.Command(bin, "seed", "-products", strconv.Itoa(products), "-stock", "10000000")
	seed.Dir, seed.Stderr = dir, os.Stderr
	if err := seed.Run(); err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	if err := s.run(bin); err != nil { // builds the search index
		return nil, err
	}
	if err := s.until("/v1/search?q=harbour", func(body []byte) bool { return !bytes.Contains(body, []byte(`"total":0`)) }); err != nil {
		return nil, err
	}
	if err := s.stop(); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := s.run(bin); err != nil {
		return nil, err
	}
	s.coldStart = time.Since(began)
	return s, s.drained()
}

func (s *shop) run(bin string, more ...string) error {
	s.cmd = exec.Command(bin, append([]string{"serve", "-http.addr", s.addr, "-ops.addr", s.ops, "-ops.pprof"}, more...)...)
	log, err := os.OpenFile(filepath.Join(s.dir, "serve.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd.Dir, s.cmd.Stderr = s.dir, log
	if s.end, err = begin(s.cmd); err != nil {
		return err
	}
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if r, err := http.Get("http://" + s.ops + "/readyz"); err == nil {
			r.Body.Close()
			if r.StatusCode == 200 {
				return nil
			}
		}
	}
	return fmt.Errorf("the shop did not become ready; see %s/serve.log", s.dir)
}

func (s *shop) stop() error {
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// until asks for path until ok likes the answer.
func (s *shop) until(path string, ok func(body []byte) bool) error {
	for deadline := time.Now().Add(120 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if body, err := s.get(path); err == nil && ok(body) {
			return nil
		}
	}
	return fmt.Errorf("%s never answered as expected", path)
}

var (
	drained = regexp.MustCompile(`\ntradewind_outbox_pending\{service="[a-z,]*"\} 0\n`)
	looked  = regexp.MustCompile(`tradewind_sql_statement_duration_seconds_count\{service="[a-z,]*",statement="outbox.pending"\}`)
)

// drained waits until the outbox is empty, so that nothing else is measured.
func (s *shop) drained() error {
	for deadline := time.Now().Add(300 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		r, err := http.Get("http://" + s.ops + "/metrics")
		if err != nil {
			return err
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if drained.Match(body) && looked.Match(body) {
			return nil
		}
	}
	return fmt.Errorf("the outbox was never empty")
}

func (s *shop) get(path string) ([]byte, error) {
	r, err := http.Get("http://" + s.addr + path)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != 200 {
		err = fmt.Errorf("%s: %d %s", path, r.StatusCode, body)
	}
	return body, err
}

// scenario is one thing to measure.
type scenario struct {
	name    string
	paths   []string // of plain GETs, compared with the bare server
	iterate iteration
}

// goods are what a shop can be asked about.
type goods struct{ slugs, skus []string }

func (s *shop) goodsOf() (g goods, err error) {
	g.slugs, g.skus, err = s.goods()
	return g, err
}

// scenarios prepares the measurements of a shop.
func (s *shop) scenarios() ([]scenario, error) {
	g, err := s.goodsOf()
	if err != nil {
		return nil, err
	}
	cart, token, err := s.cart(g.skus)
	if err != nil {
		return nil, err
	}
	readCart := request("GET", "/v1/carts/"+cart, "Cart-Token: "+token+"\r\n", nil)
	return []scenario{g.lists(), g.pages(), categoryFacets(), searches("search + facets", true, queries()),
		{"cart of 3: read", nil, func(c *conn, _, _ int) error { return expect(200)(c.do(readCart)) }},
		g.cartMade(), g.checkouts()}, nil
}

func reads(name string, paths []string) scenario { return scenario{name, paths, gets(paths)} }

func (goods) lists() scenario {
	var paths []string
	for _, c := range append([]string{""}, categories...) {
		for _, sort := range []string{"newest", "price", "-price", "title"} {
			paths = append(paths, "/v1/products?limit=24&category="+c+"&sort="+sort)
		}
	}
	return reads("product list (24)", paths)
}

func (g goods) pages() scenario {
	var paths []string
	for _, slug := range g.slugs {
		paths = append(paths, "/v1/products/"+slug)
	}
	return reads("product page", paths)
}

var categories = []string{"kitchen", "living", "travel", "garden", "tableware", "light", "bags", "mugs", "rugs"}

func categoryFacets() scenario {
	var paths []string
	for _, c := range categories {
		for _, sort := range []string{"newest", "price", "-price"} {
			paths = append(paths, "/v1/search?facets=true&limit=24&category="+c+"&sort="+sort)
		}
	}
	return reads("category facets", paths)
}

func searches(name string, facets bool, of []string) scenario {
	var paths []string
	for _, q := range of {
		paths = append(paths, fmt.Sprintf("/v1/search?facets=%t&limit=24&q=%s", facets, url.QueryEscape(q)))
	}
	return reads(name, paths)
}

// three is a new cart of three, another one each time.
func (g goods) three() func() []byte {
	var n atomic.Int64
	return func() []byte {
		i := int(n.Add(1))
		return fmt.Appendf(nil, `{"currency":"EUR","items":[{"sku":%q,"qty":1},{"sku":%q,"qty":1},{"sku":%q,"qty":1}]}`, g.skus[i%len(g.skus)], g.skus[(i*7+1)%len(g.skus)], g.skus[(i*13+2)%len(g.skus)])
	}
}

func (g goods) cartMade() scenario {
	three := g.three()
	return scenario{"cart of 3: made", nil, func(c *conn, _, _ int) error { return expect(201)(c.do(request("POST", "/v1/carts", "", three()))) }}
}

func (g goods) checkouts() scenario {
	three := g.three()
	return scenario{"checkout, cart to paid", nil, func(c *conn, _, _ int) error { return checkout(c, three()) }}
}

func gets(paths []string) iteration {
	reqs := make([][]byte, len(paths))
	for i, p := range paths {
		reqs[i] = request("GET", p, "", nil)
	}
	return func(c *conn, worker, i int) error { return expect(200)(c.do(reqs[(worker*31+i*17)%len(reqs)])) }
}

func expect(want int) func(int, []byte, error) error {
	return func(status int, body []byte, err error) error {
		if err == nil && status != want {
			err = fmt.Errorf("%d %.300s", status, body)
		}
		return err
	}
}

// checkout goes the whole way of a guest: cart, quote, order, payment.
func checkout(c *conn, items []byte) error {
	status, body, err := c.do(request("POST", "/v1/carts", "", items))
	if err := expect(201)(status, body, err); err != nil {
		return err
	}
	cart, token := field(body, "id"), field(body, "token")
	auth := "Cart-Token: " + token + "\r\n"
	status, body, err = c.do(request("GET", "/v1/carts/"+cart+"/quote?country=DE&postcode=89073", auth, nil))
	if err := expect(200)(status, body, err); err != nil {
		return err
	}
	status, body, err = c.do(request("POST", "/v1/checkout", auth+"Idempotency-Key: order-"+cart+"\r\n", fmt.Appendf(nil,
		`{"cart_id":%q,"email":"ada@example.com","ship_to":{"name":"Ada L","line1":"Weg 1","city":"Ulm","postcode":"89073","country":"DE"}}`, cart)))
	if err := expect(201)(status, body, err); err != nil {
		return err
	}
	order := field(body, "id")
	auth = "Order-Token: " + field(body, "token") + "\r\n"
	status, body, err = c.do(request("POST", "/v1/orders/"+order+"/payment", auth+"Idempotency-Key: pay-"+order+"\r\n", []byte(`{"method":"tok_ok"}`)))
	if err := expect(200)(status, body, err); err != nil {
		return err
	}
	if !bytes.Contains(body, []byte(`"status":"paid"`)) {
		return fmt.Errorf("not paid: %.300s", body)
	}
	return nil
}

// field returns the first string of that name in a JSON text.
func field(body []byte, name string) string {
	_, rest, _ := bytes.Cut(body, []byte(`"`+name+`":"`))
	value, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(value)
}

// goodsMost bounds how many products are looked at; every size of catalogue has
// the same number of them asked for.
const goodsMost = 10_000

// goods lists slugs, and the SKUs of products that are well in stock.
func (s *shop) goods() (slugs, skus []string, err error) {
	cursor := ""
	for len(slugs) < goodsMost {
		body, err := s.get("/v1/products?limit=100&sort=title" + cursor)
		if err != nil {
			return nil, nil, err
		}
		var page struct {
			Items []struct{ Slug string }
			Next  string
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return nil, nil, err
		}
		for _, it := range page.Items {
			slugs = append(slugs, it.Slug)
		}
		if page.Next == "" {
			break
		}
		cursor = "&cursor=" + page.Next
	}
	for i := 0; i < len(slugs) && len(skus) < 600; i++ {
		body, err := s.get("/v1/products/" + slugs[i])
		if err != nil {
			return nil, nil, err
		}
		var p struct {
			Variants []struct {
				SKU       string
				Available int64
			}
		}
		if err := json.Unmarshal(body, &p); err != nil {
			return nil, nil, err
		}
		for _, v := range p.Variants {
			if v.Available >= 20 {
				skus = append(skus, v.SKU)
			}
		}
	}
	return slugs, skus, nil
}

func (s *shop) cart(skus []string) (id, token string, err error) {
	body := fmt.Sprintf(`{"items":[{"sku":%q,"qty":1},{"sku":%q,"qty":2},{"sku":%q,"qty":1}]}`, skus[0], skus[1], skus[2])
	r, err := http.Post("http://"+s.addr+"/v1/carts", "application/json", strings.NewReader(body))
	if err != nil {
		return "", "", err
	}
	defer r.Body.Close()
	answer, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != 201 {
		err = fmt.Errorf("cart: %d %s", r.StatusCode, answer)
	}
	return field(answer, "id"), field(answer, "token"), err
}

// queries are about 200 searches of one to three words; some find a handful,
// some a third of the shop.
func queries() []string {
	names := []string{"harbour", "lantern", "ferry", "estuary", "meridian", "solstice", "orchard", "hedgerow", "quay", "tidewater", "almanac"}
	nouns := []string{"mug", "bowl", "lamp", "blanket", "backpack", "notebook", "planter", "kettle", "clock", "rug", "knife", "vase"}
	materials := []string{"oak", "brass", "stoneware", "linen", "recycled", "steel"}
	var out []string
	for i, a := range names {
		out = append(out, a)
		for j, b := range nouns {
			out = append(out, a+" "+b)
			if (i+j)%4 == 0 {
				out = append(out, a+" "+materials[(i+j)%len(materials)]+" "+b)
			}
		}
	}
	return append(append(out, nouns...), materials...)
}
