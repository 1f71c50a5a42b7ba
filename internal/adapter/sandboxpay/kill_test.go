package sandboxpay_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/adapter/sandboxpay"
	"tradewind/internal/domain/payment"
)

// journalOfChild tells a child process of the test to be a provider.
const journalOfChild = "SANDBOXPAY_TEST_JOURNAL"

var childConfig = sandboxpay.Config{Addr: "127.0.0.1:0", Key: "k", WebhookSecret: "s", Timeout: 10 * time.Second}

func TestMain(m *testing.M) {
	journal := os.Getenv(journalOfChild)
	if journal == "" {
		os.Exit(m.Run())
	}
	c := childConfig
	c.Journal = journal
	own, err := c.Listen("http://127.0.0.1:1/nobody")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(own.URL)
	select {} // until it is killed
}

// TestKilledProcess kills the provider while eight shoppers pay, starts it
// again, and lets everybody who got no answer ask again with the same key.
func TestKilledProcess(t *testing.T) {
	journal := filepath.Join(t.TempDir(), "journal")
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), journalOfChild+"="+journal)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	client := childConfig.Client(strings.TrimSpace(line))

	var answered, asked sync.Map // key to ref
	var paid atomic.Int64
	var shoppers sync.WaitGroup
	for shopper := range 8 {
		shoppers.Go(func() {
			for i := range 1000 {
				key := fmt.Sprintf("%d-%d", shopper, i)
				asked.Store(key, true)
				st, err := client.Charge(t.Context(), charge(key))
				if err != nil {
					return
				}
				answered.Store(key, st.Ref)
				if paid.Add(1) == 200 {
					child.Process.Kill()
				}
			}
		})
	}
	shoppers.Wait()
	_ = child.Wait() // "signal: killed"

	again := childConfig
	again.Journal = journal
	own, err := again.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	client = again.Client(own.URL)
	asked.Range(func(key, _ any) bool {
		st, err := client.Charge(t.Context(), charge(key.(string)))
		if err != nil {
			t.Fatalf("%s after the kill: %v", key, err)
		}
		if ref, ok := answered.Load(key); ok && ref != st.Ref {
			t.Errorf("%s was charge %s, is %s after the kill", key, ref, st.Ref)
		}
		return true
	})
	book, err := client.Book(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range book.References {
		if e.Taken != 1 || e.Captured != 1999 {
			t.Errorf("%s paid %d times", e.Reference, e.Taken)
		}
	}
	if paid.Load() < 200 {
		t.Errorf("only %d were paid before the kill", paid.Load())
	}
}

func charge(key string) payment.Charge {
	return payment.Charge{Key: key, Reference: key, Amount: eur1999, Method: "tok_ok", Capture: true}
}
