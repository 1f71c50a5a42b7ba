package main

import (
	"context"
	"flag"
	"fmt"

	"tradewind/internal/app"
)

// balancer handles `tradewind balancer`: it prints a configuration of HAProxy.
func balancer(_ context.Context, args []string) error {
	fs := flag.NewFlagSet("tradewind balancer", flag.ContinueOnError)
	listen := fs.String("listen", ":8080", "where HAProxy listens")
	behind := fs.Bool("behind", false, "HAProxy stands behind another balancer, which says where requests come from")
	given := map[string]*string{}
	for _, name := range app.Services() {
		given[name] = fs.String(name, "", "processes of this service, host:port/port of -ops.addr, several with commas between")
	}
	if err := fs.Parse(args); err != nil {
		return err
	}
	processes := map[string]string{}
	for name, text := range given {
		processes[name] = *text
	}
	text, err := app.Balancer(*listen, *behind, processes)
	if err == nil {
		fmt.Print(text)
	}
	return err
}
