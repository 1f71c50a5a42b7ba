// Command bench measures the whole shop from outside, in a closed loop, beside
// two yardsticks in the same run: a bare net/http server that answers the same
// bytes, and raw SQLite commits of the rows that an order leaves. It prints a
// table in Markdown. Run it by `make bench`.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "bare" {
		serveBare(os.Args[2], os.Args[3])
		return
	}
	endOnSignal()
	do := shopMain
	args := os.Args[1:]
	if len(args) > 0 && (args[0] == "scale" || args[0] == "parts") {
		do = map[string]func([]string) error{"scale": scaleMain, "parts": partsMain}[args[0]]
		args = args[1:]
	}
	err := do(args)
	endAll()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// shopMain measures the whole shop and then, unless only some scenarios are
// wanted, what may stand around it.
func shopMain(args []string) error {
	fs := flag.NewFlagSet("bench", flag.ExitOnError)
	bin := fs.String("bin", "bin/tradewind", "the binary to measure")
	sizes := fs.String("products", "374,10000", "sizes of the catalogue")
	conns := fs.String("conns", "16,64", "numbers of connections")
	d := fs.Duration("time", 4*time.Second, "time of each measurement, after a warm-up of a fifth of it")
	only := fs.String("only", "", "measure only scenarios whose name contains this")
	profiles := fs.String("profiles", "", "folder for a CPU profile of each measurement")
	if err := fs.Parse(args); err != nil {
		return err
	}
	path, err := filepath.Abs(*bin)
	if err != nil {
		return err
	}
	if err := bench(path, numbers(*sizes), options{numbers(*conns), *d, *only, *profiles}); err != nil || *only != "" {
		return err
	}
	return measureParts(parts{bin: path, time: *d, profiles: *profiles}, partNames)
}

func numbers(list string) (out []int) {
	for s := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(s)
		if err != nil {
			fmt.Fprintf(os.Stderr, "bench: %q is not a number\n", s)
			os.Exit(2)
		}
		out = append(out, n)
	}
	return out
}

func freeAddr() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// options say what is measured and how.
type options struct {
	conns    []int
	time     time.Duration
	only     string // scenarios whose name contains this
	profiles string // folder, or ""
}

func bench(bin string, sizes []int, o options) error {
	for _, size := range sizes {
		if err := benchSize(bin, size, o); err != nil {
			return err
		}
	}
	return nil
}

func benchSize(bin string, size int, o options) error {
	s, err := start(bin, size)
	if err != nil {
		return err
	}
	defer s.end()
	time.Sleep(time.Second)
	idle, _ := rssOf(s.cmd.Process.Pid)
	flushed, err := flush(s.dir)
	if err != nil {
		return err
	}
	fmt.Printf("\n### %d products\n\ncold start %v, idle RSS %d MB, flush (4 KiB + fdatasync) %v\n\n", size, s.coldStart.Round(time.Millisecond), idle>>20, flushed.Round(time.Microsecond))
	fmt.Println("| scenario | connections | per second | p50 ms | p95 ms | p99 ms | CPU ms | errors | yardstick/s | ratio |\n|---|---|---|---|---|---|---|---|---|---|")
	list, err := s.scenarios()
	if err != nil {
		return err
	}
	for _, sc := range list {
		if !strings.Contains(sc.name, o.only) {
			continue
		}
		for _, n := range o.conns {
			profiled := s.profile(o, sc.name, n)
			f, err := run(s.target(), n, o.time, sc.iterate)
			if err != nil {
				return fmt.Errorf("%s: %w", sc.name, err)
			}
			if err := <-profiled; err != nil {
				return err
			}
			yard, err := s.yardstick(sc, n, o.time)
			if err != nil {
				return fmt.Errorf("yardstick of %s: %w", sc.name, err)
			}
			ratio := "–"
			if yard > 0 {
				ratio = fmt.Sprintf("%.2f", f.PerSecond/yard)
			}
			fmt.Printf("| %s | %d | %.0f | %s | %s | %s | %s | %d | %.0f | %s |\n", sc.name, n, f.PerSecond, ms(f.P50), ms(f.P95), ms(f.P99), ms(f.CPU), f.Errors, yard, ratio)
			if f.FirstError != nil {
				fmt.Fprintln(os.Stderr, "bench: first error:", f.FirstError)
			}
		}
	}
	now, peak := rssOf(s.cmd.Process.Pid)
	fmt.Printf("\nRSS loaded %d MB, peak %d MB\n", now>>20, peak>>20)
	return s.stop()
}

// profile fetches a CPU profile while a measurement runs, if one is wanted.
func (s *shop) profile(o options, name string, conns int) <-chan error {
	done := make(chan error, 1)
	if o.profiles == "" {
		done <- nil
		return done
	}
	go func() {
		time.Sleep(o.time / 5)
		r, err := http.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", s.ops, max(1, int(o.time.Seconds()))))
		if err != nil {
			done <- err
			return
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = os.WriteFile(filepath.Join(o.profiles, strings.Map(func(r rune) rune {
				if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
					return r
				}
				return '-'
			}, name)+"-"+strconv.Itoa(conns)+".pprof"), body, 0o600)
		}
		done <- err
	}()
	return done
}

func ms(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 2, 64)
}

// yardstick measures what the scenario is compared with, in the same minute.
func (s *shop) yardstick(sc scenario, conns int, d time.Duration) (float64, error) {
	if strings.HasPrefix(sc.name, "checkout") {
		db := filepath.Join(s.dir, "data", "tradewind.db")
		like, err := orderRows(db)
		if err != nil {
			return 0, err
		}
		schema, err := schemaOf(db)
		if err != nil {
			return 0, err
		}
		return rawCommits(s.dir, like, schema, conns, d)
	}
	if sc.paths == nil {
		return 0, nil
	}
	answers := map[string][]byte{}
	for _, p := range sc.paths[:min(len(sc.paths), 400)] {
		body, err := s.get(p)
		if err != nil {
			return 0, err
		}
		answers[p] = body
	}
	file := filepath.Join(s.dir, "answers.json")
	text, err := json.Marshal(answers)
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		return 0, err
	}
	addr := freeAddr()
	cmd := exec.Command(os.Args[0], "bare", addr, file)
	cmd.Stderr = os.Stderr
	end, err := begin(cmd)
	if err != nil {
		return 0, err
	}
	defer end()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(deadline) {
			return 0, err
		}
	}
	f, err := run(target{[]string{addr}, []int{cmd.Process.Pid}}, conns, d, gets(sc.paths[:min(len(sc.paths), 400)]))
	return f.PerSecond, err
}

func serveBare(addr, file string) {
	text, err := os.ReadFile(file)
	answers := map[string][]byte{}
	if err == nil {
		err = json.Unmarshal(text, &answers)
	}
	if err == nil {
		_, err = bare(addr, answers)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bare:", err)
		os.Exit(1)
	}
	select {}
}
