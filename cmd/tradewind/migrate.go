package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSuffix(line, " (")
}

func migrate(ctx context.Context, args []string) error {
	verb := "up"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		verb, args = args[0], args[1:]
	}
	c, _, err := load(ctx, "migrate", args, nil)
	if err != nil {
		return err
	}
	switch verb {
	case "up":
		n, err := c.MigrateUp(ctx)
		if err == nil {
			fmt.Printf("%d steps carried out\n", n)
		}
		return err
	case "plan":
		text, err := sqlstore.Plan(migrations.FS)
		if err == nil {
			_, err = fmt.Print(text)
		}
		return err
	case "status":
		m, err := sqlstore.OpenMigrator(ctx, c.DB, migrations.FS, time.Now)
		if err != nil {
			return err
		}
		list, err := m.Status(ctx)
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		for _, s := range list {
			done := "to do"
			if !s.At.IsZero() {
				done = s.At.UTC().Format(time.RFC3339)
			}
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", s.Migration, s.Number, done, firstLine(s.Oracle))
		}
		return errors.Join(err, w.Flush(), m.Close())
	}
	return fmt.Errorf("migrate %q: say up, status or plan", verb)
}
