// Command report reads the events of `go test -json` from standard input,
// prints failures and a line a package, and appends the tests that were
// skipped, with their reasons, to the file that it is given.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
	ImportPath                    string
}

func main() {
	skips, err := os.OpenFile(os.Args[1], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer skips.Close()
	output := map[string][]string{}
	passed, failed, skipped := 0, 0, 0
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var e event
		if json.Unmarshal(in.Bytes(), &e) != nil {
			fmt.Println(in.Text()) // what the build says
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			if out := output[key]; len(out) < 2000 {
				output[key] = append(out, e.Output)
			}
		case "build-output":
			fmt.Print(e.Output)
		case "skip":
			if e.Test != "" {
				skipped++
				fmt.Fprintf(skips, "%s %s: %s\n", strings.TrimPrefix(e.Package, "tradewind/"), e.Test, reason(output[key]))
			}
			delete(output, key)
		case "fail":
			failed++
			fmt.Print(strings.Join(output[key], ""))
			delete(output, key)
		case "pass":
			if e.Test == "" {
				fmt.Printf("ok   %s %.1fs\n", e.Package, e.Elapsed)
			} else {
				passed++
			}
			delete(output, key)
		}
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	if in.Err() != nil || failed > 0 {
		os.Exit(1)
	}
}

// reason returns the line that t.Skip printed.
func reason(lines []string) string {
	for _, l := range lines {
		l = strings.TrimSpace(l)
		if l != "" && !strings.HasPrefix(l, "===") && !strings.HasPrefix(l, "---") {
			if _, text, ok := strings.Cut(l, ".go:"); ok {
				_, text, _ = strings.Cut(text, ": ")
				return text
			}
			return l
		}
	}
	return "no reason given"
}
