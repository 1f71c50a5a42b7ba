package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"tradewind/internal/store/orasql"
	"tradewind/internal/store/sqlstore"
)

// sqlTexts lists the program's statements, or checks those of a file: a JSON
// list of {"id", "sql"} or plain text with one statement a line.
func sqlTexts(_ context.Context, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "list":
		for _, st := range sqlstore.Statements() {
			fmt.Printf("-- %s\n%s;\n\n", st.Name, st.Text)
		}
		return nil
	case len(args) == 2 && args[0] == "check":
		return checkSQL(args[1])
	}
	return errors.New("say: tradewind sql list, or: tradewind sql check FILE (- for standard input)")
}

type sqlText struct {
	ID  string `json:"id"`
	SQL string `json:"sql"`
}

func checkSQL(path string) error {
	var text []byte
	var err error
	if path == "-" {
		text, err = io.ReadAll(os.Stdin)
	} else {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return err
	}
	var list []sqlText
	if t := bytes.TrimSpace(text); len(t) > 0 && t[0] == '[' {
		if err := json.Unmarshal(t, &list); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	} else {
		for i, line := range strings.Split(string(text), "\n") {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") {
				list = append(list, sqlText{fmt.Sprintf("line %d", i+1), line})
			}
		}
	}
	refused := 0
	for _, st := range list {
		if _, err := orasql.Parse(st.SQL); err != nil {
			refused++
			fmt.Printf("refused  %s: %v\n", st.ID, err)
			continue
		}
		fmt.Printf("accepted %s\n", st.ID)
	}
	fmt.Printf("%d statements, %d refused\n", len(list), refused)
	return nil
}
