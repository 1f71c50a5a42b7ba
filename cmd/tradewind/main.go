// Command tradewind is the shop: server, workers and tools in one binary.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"tradewind/internal/app"
)

// command is one thing the binary does.
type command struct {
	name, does string
	run        func(ctx context.Context, args []string) error
}

var commands = []command{
	{"serve", "open the shop", serve},
	{"migrate", "up, status or plan: bring the schema up to date, or show what would be done", migrate},
	{"seed", "put the demo catalogue into an empty shop, and customers and orders of two years for tests of size", seed},
	{"import", "read the catalogue, prices, stock, customers, promotions or orders from a file", importFile},
	{"export", "write them to a file that can be imported again", exportFile},
	{"archive", "move orders that are over into files, month by month, and purge them from the database", archiveOrders},
	{"reindex", "build the search index anew; -check and -heal compare it with the database", reindex},
	{"outbox", "list: what waits and what is dead; replay ID (or all): put it back; drop ID: give it up", outboxCommand},
	{"stream", "list: partitions and groups of the stream of facts; read -group G: print facts; reset -group G -to TIME: read again", streamCommand},
	{"queue", "list: what waits on each channel and what is dead; replay KEY (or all): put it back; drop KEY: give it up", queueCommand},
	{"analytics", "load: fill the tables of reports; export -to WHERE: write what has changed; figures: what days sold", analyticsCommand},
	{"verify", "prove that stock, orders, payments and audit agree", verifyBooks},
	{"backup", "copy the embedded database while the shop is open", backup},
	{"ship", "send the embedded database elsewhere as it changes, so that each moment can be had back", ship},
	{"restore", "put a backup, or a moment that was shipped, in the place of the embedded database", restore},
	{"promote", "let this region sell, and no other from then on (-region.fence)", promote},
	{"drill", "a game day on this machine: two regions, buyers, the loss of one, and back", drill},
	{"staff", "add, list, reset or disable members of staff; the first one is made here", staffCommand},
	{"sql", "list: every SQL text; check FILE: put statements through the gate", sqlTexts},
	{"sandboxpay", "run the sandbox payment provider as a process of its own", runSandbox},
	{"probe", "ask the process on this machine whether it is ready", probe},
	{"balancer", "print a configuration of HAProxy that makes one shop of several services", balancer},
	{"preflight", "oci -plan FILE: whether a tenancy would let a plan of Terraform be applied", preflight},
	{"leftovers", "oci -compartment OCID: what a destroy has left behind", leftovers},
	{"config", "print the effective settings, secrets masked", printConfig},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tradewind:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		usage()
		return errors.New("say what to do, such as: tradewind serve")
	}
	for _, c := range commands {
		if c.name == args[0] {
			err := c.run(ctx, args[1:])
			if errors.Is(err, flag.ErrHelp) {
				return nil
			}
			return err
		}
	}
	usage()
	if args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		return nil
	}
	return fmt.Errorf("there is no command %q", args[0])
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: tradewind COMMAND [flags]")
	for _, c := range commands {
		fmt.Fprintf(os.Stderr, "  %-11s %s\n", c.name, c.does)
	}
	fmt.Fprintln(os.Stderr, "Every flag can be set in the environment too: -http.addr is "+app.EnvName("http.addr")+".")
}

// load reads the settings of a command, and the secrets that they name; -h prints them.
func load(ctx context.Context, name string, args []string, more func(fs *flag.FlagSet)) (app.Config, []string, error) {
	c, fs, err := settings(name, args, more)
	if err == nil {
		c, err = c.Fetch(ctx, fs)
	}
	return c, fs.Args(), err
}

// settings reads the settings alone.
func settings(name string, args []string, more func(fs *flag.FlagSet)) (app.Config, *flag.FlagSet, error) {
	c, fs, err := app.Load(name, args, os.Environ(), more)
	if errors.Is(err, flag.ErrHelp) {
		fs.SetOutput(os.Stdout)
		fs.PrintDefaults()
	}
	return c, fs, err
}
