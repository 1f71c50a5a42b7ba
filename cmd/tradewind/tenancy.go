package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"tradewind/internal/adapter/oci/tenancy"
)

var (
	errPreflightUsage = errors.New("say: terraform show -json PLAN > plan.json, then tradewind preflight oci -plan plan.json (or - for standard input)")
	errLeftoversUsage = errors.New("say: tradewind leftovers oci -compartment OCID, and -regions us-ashburn-1,us-phoenix-1 for more regions than one")
)

// preflight handles `tradewind preflight oci`.
func preflight(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "oci" {
		return errPreflightUsage
	}
	var from, endpoint string
	var asJSON bool
	c, rest, err := load(ctx, "preflight oci", args[1:], func(fs *flag.FlagSet) {
		fs.StringVar(&from, "plan", "", "file that terraform show -json printed; - for standard input")
		fs.StringVar(&endpoint, "endpoint", "", "address in place of the services of OCI")
		fs.BoolVar(&asJSON, "json", false, "print findings as JSON")
	})
	if err != nil {
		return err
	}
	if from == "" || len(rest) > 0 {
		return errPreflightUsage
	}
	in := io.ReadCloser(os.Stdin)
	if from != "-" {
		if in, err = os.Open(from); err != nil {
			return err
		}
	}
	needs, err := tenancy.ReadPlan(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return err
	}
	client, _, err := c.OpenTenancy(ctx, needs.Region, endpoint)
	if err != nil {
		return err
	}
	return printFindings(os.Stdout, client.Preflight(ctx, needs), asJSON)
}

func printFindings(to io.Writer, list []tenancy.Finding, asJSON bool) error {
	refused := 0
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	for _, f := range list {
		if f.Result == tenancy.Refused {
			refused++
		}
		if !asJSON {
			fmt.Fprintf(w, "%s\t%s\t%s\n", f.Result, f.Check, f.Text)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if asJSON {
		if err := json.NewEncoder(to).Encode(list); err != nil {
			return err
		}
	}
	if refused > 0 {
		return fmt.Errorf("%d of %d checks say that the apply would fail", refused, len(list))
	}
	return nil
}

// leftovers handles `tradewind leftovers oci`.
func leftovers(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "oci" {
		return errLeftoversUsage
	}
	var compartment, regions, endpoint string
	var asJSON bool
	c, rest, err := load(ctx, "leftovers oci", args[1:], func(fs *flag.FlagSet) {
		fs.StringVar(&compartment, "compartment", "", "OCID of the compartment that should be empty")
		fs.StringVar(&regions, "regions", "", "regions to look in, with commas between; empty for that of the identity")
		fs.StringVar(&endpoint, "endpoint", "", "address in place of the services of OCI")
		fs.BoolVar(&asJSON, "json", false, "print resources as JSON")
	})
	if err != nil {
		return err
	}
	if compartment == "" || len(rest) > 0 {
		return errLeftoversUsage
	}
	var all []tenancy.Leftover
	for _, region := range strings.Split(regions, ",") {
		client, region, err := c.OpenTenancy(ctx, strings.TrimSpace(region), endpoint)
		if err != nil {
			return err
		}
		list, err := client.Leftovers(ctx, region, compartment)
		if err != nil {
			return err
		}
		all = append(all, list...)
	}
	return printLeftovers(os.Stdout, all, asJSON)
}

func printLeftovers(to io.Writer, list []tenancy.Leftover, asJSON bool) error {
	left := 0
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	for _, l := range list {
		what := "goes by itself"
		if !l.Going {
			left++
			what = l.How
		}
		if !asJSON {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.Region, l.Type, l.Name, l.State, what)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if asJSON {
		if err := json.NewEncoder(to).Encode(list); err != nil {
			return err
		}
	}
	if left > 0 {
		return fmt.Errorf("%d resources are left", left)
	}
	return nil
}
