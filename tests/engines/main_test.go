package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// ranWith runs a command with engines that are made here, and returns what it
// found in its environment, how it ended and which containers ended with it.
func ranWith(t *testing.T, made map[string]error, command string, wanted ...string) (said string, stopped []string, err error) {
	t.Helper()
	was := engines
	t.Cleanup(func() { engines = was })
	engines = map[string]engine{}
	for name, failed := range made {
		engines[name] = engine{variable: "TRADEWIND_TEST_OF_" + strings.ToUpper(name), start: func(context.Context) (string, func() error, error) {
			return "made-" + name, func() error { stopped = append(stopped, name); return nil }, failed
		}}
		t.Setenv(engines[name].variable, os.Getenv(engines[name].variable)) // run sets it; put it back
	}
	out := filepath.Join(t.TempDir(), "out")
	err = run(t.Context(), append(wanted, "--", "sh", "-c", "env | grep ^TRADEWIND_TEST_ | sort >"+out+"; "+command))
	text, _ := os.ReadFile(out)
	return string(text), stopped, err
}

func TestACommandIsToldWhereEnginesAreAndTheyEndWithIt(t *testing.T) {
	t.Setenv("TRADEWIND_TEST_REQUIRE", "")
	t.Setenv("TRADEWIND_TEST_OF_REDIS", "given")
	said, stopped, err := ranWith(t, map[string]error{"redis": nil, "oracle": nil}, "exit 3", "redis", "oracle")
	for _, want := range []string{"TRADEWIND_TEST_OF_REDIS=given\n", "TRADEWIND_TEST_OF_ORACLE=made-oracle\n", "TRADEWIND_TEST_ENGINES=oracle redis\n"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	if fmt.Sprint(stopped) != "[oracle]" {
		t.Errorf("ended: %v, want what was started here and nothing else", stopped)
	}
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() != 3 {
		t.Errorf("the command's end is told as %v", err)
	}
}

func TestWhatCannotBeHadIsLeftOutUnlessItIsRequired(t *testing.T) {
	t.Setenv("TRADEWIND_TEST_REQUIRE", "redis")
	made := map[string]error{"redis": nil, "oracle": fmt.Errorf("%w: none", errNoEngine)}
	if said, _, err := ranWith(t, made, "true", "redis", "oracle"); err != nil || !strings.Contains(said, "TRADEWIND_TEST_ENGINES=redis\n") {
		t.Errorf("without Oracle: %v\n%s", err, said)
	}
	t.Setenv("TRADEWIND_TEST_REQUIRE", "redis oracle")
	t.Setenv("TRADEWIND_TEST_OF_REDIS", "")
	said, stopped, err := ranWith(t, made, "true", "redis", "oracle")
	if err == nil || said != "" || !strings.Contains(err.Error(), "oracle: no container engine answers") {
		t.Errorf("Oracle is required: %v; the command found %q", err, said)
	}
	if !strings.Contains(fmt.Sprint(stopped), "redis") {
		t.Error("the Redis that was started goes on")
	}
}

// An image that does not start is no reason to skip.
func TestAContainerThatFailsIsAFailure(t *testing.T) {
	t.Setenv("TRADEWIND_TEST_REQUIRE", "")
	if _, stopped, err := ranWith(t, map[string]error{"redis": errors.New("it ended at once")}, "true", "redis"); err == nil || len(stopped) != 1 {
		t.Errorf("= %v; ended: %v", err, stopped)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	for _, args := range [][]string{{}, {"redis"}, {"redis", "--"}, {"mysql", "--", "true"}} {
		if err := run(t.Context(), args); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}
