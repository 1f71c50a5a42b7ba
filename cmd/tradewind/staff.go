package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/token"
	"tradewind/internal/service/account"
	"tradewind/internal/store/sqlstore"
)

// staffCommand handles `tradewind staff add|list|reset|disable [flags] [EMAIL]`.
func staffCommand(ctx context.Context, args []string) error {
	var name, roles string
	var generate bool
	verb := ""
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	c, rest, err := load(ctx, "staff", args, func(fs *flag.FlagSet) {
		fs.StringVar(&name, "name", "", "name of a new member of staff; what stands before the @ if empty")
		fs.StringVar(&roles, "roles", user.OwnerRole, "roles of a new member of staff, with commas between")
		fs.BoolVar(&generate, "generate", false, "make a password and print it once, instead of asking for one")
	})
	if err != nil {
		return err
	}
	email := strings.Join(rest, " ")
	if (verb == "list") != (email == "") {
		return errors.New("say: tradewind staff add|reset|disable [flags] EMAIL, or tradewind staff list")
	}
	db, err := c.OpenDB(ctx, sqlstore.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	accounts, err := c.Accounts(db)
	if err != nil {
		return err
	}
	if err := account.PutRoles(ctx, db, account.StandardRoles(accounts.Permissions)); err != nil {
		return err
	}
	switch verb {
	case "list":
		return listStaff(ctx, db)
	case "add":
		return addStaff(ctx, accounts, account.NewStaff{Email: email, Name: name, Roles: strings.Split(roles, ",")}, generate)
	}
	m, err := db.Read().Staff.ByEmail(ctx, email)
	if err != nil {
		return err
	}
	switch verb {
	case "reset":
		password, err := newPassword(generate)
		if err != nil {
			return err
		}
		if err := accounts.ResetStaff(ctx, account.Operator(), m.ID, password); err != nil {
			return err
		}
		fmt.Printf("%s has a new password, no second factor and no session; the next sign-in sets the factor up\n", m.Email)
		return nil
	case "disable":
		_, err := accounts.ChangeStaff(ctx, account.Operator(), account.StaffChange{ID: m.ID, Version: m.Version, Name: m.Name, Status: user.StaffDisabled, Roles: m.Roles})
		if err == nil {
			fmt.Printf("%s cannot sign in any more\n", m.Email)
		}
		return err
	}
	return fmt.Errorf("staff %q: say add, list, reset or disable", verb)
}

func listStaff(ctx context.Context, db *sqlstore.DB) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	for after := ""; ; {
		list, err := db.Read().Staff.Page(ctx, after, 200)
		if err != nil {
			return err
		}
		for _, m := range list {
			second := "no second factor"
			if !m.TOTPSince.IsZero() {
				second = "second factor since " + m.TOTPSince.Format(time.DateOnly)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", m.Email, m.Name, m.Status, strings.Join(m.Roles, ","), second)
			after = m.ID
		}
		if len(list) < 200 {
			return w.Flush()
		}
	}
}

func addStaff(ctx context.Context, accounts *account.Service, in account.NewStaff, generate bool) error {
	local, _, ok := strings.Cut(in.Email, "@")
	if !ok || strings.ContainsAny(in.Email, " \t") {
		return fmt.Errorf("%q is not an e-mail address such as ada@example.com", in.Email)
	}
	if in.Name == "" {
		in.Name = local
	}
	var err error
	if in.Password, err = newPassword(generate); err != nil {
		return err
	}
	m, err := accounts.AddStaff(ctx, account.Operator(), in)
	if err == nil {
		fmt.Printf("%s works here now, with the roles %s; the first sign-in sets up the second factor\n", m.Email, strings.Join(m.Roles, ", "))
	}
	return err
}

// newPassword makes a password and prints it, or asks for one: on a terminal
// without showing it, else as a line of the input.
func newPassword(generate bool) (string, error) {
	if generate {
		password := token.Random()[:20]
		fmt.Printf("password (shown this once): %s\n", password)
		return password, nil
	}
	if fd := int(os.Stdin.Fd()); term.IsTerminal(fd) {
		fmt.Fprint(os.Stderr, "password: ")
		typed, err := term.ReadPassword(fd)
		fmt.Fprintln(os.Stderr)
		return string(typed), err
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if line == "" {
		return "", fmt.Errorf("no password on the input, and no -generate: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
