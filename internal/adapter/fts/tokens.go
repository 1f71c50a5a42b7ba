package fts

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
)

// tokens splits text exactly as the index does, because FTS5 does both: the
// text goes into small tables in memory, and what they say is in them comes
// out. Answers for words of queries are remembered.
type tokens struct {
	mu    sync.Mutex
	db    *sql.DB
	stems *lru.Cache[string, []string]
	folds *lru.Cache[string, string]
}

// remembered is how many words are kept, about 150 bytes each.
const remembered = 16_384

func openTokens() (*tokens, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // the tables live in the connection
	for _, stmt := range []string{
		`PRAGMA cache_size = -256`,
		`CREATE VIRTUAL TABLE stem USING fts5(word, content='', ` + tokenizer + `)`,
		`CREATE VIRTUAL TABLE stem_places USING fts5vocab(stem, 'instance')`,
		`CREATE VIRTUAL TABLE fold USING fts5(word, content='', ` + strings.Replace(tokenizer, "porter ", "", 1) + `)`,
		`CREATE VIRTUAL TABLE fold_places USING fts5vocab(fold, 'instance')`,
		`CREATE VIRTUAL TABLE doc USING fts5(` + strings.Join(columns[:], ", ") + `, content='', ` + tokenizer + `)`,
		`CREATE VIRTUAL TABLE doc_places USING fts5vocab(doc, 'instance')`,
	} {
		if _, err := db.Exec(stmt); err != nil {
			return nil, errors.Join(fmt.Errorf("prepare tokenizer: %w", err), db.Close())
		}
	}
	t := &tokens{db: db}
	t.stems, _ = lru.New[string, []string](remembered) // fails for sizes below 1 only
	t.folds, _ = lru.New[string, string](remembered)
	return t, nil
}

// of returns what the index calls each of words: usually one stem, none for
// punctuation, several for "dv7-1211ea".
func (t *tokens) of(words []string) ([][]string, error) {
	out := make([][]string, len(words))
	var missing []int
	for i, w := range words {
		stems, ok := t.stems.Get(w)
		if !ok {
			missing = append(missing, i)
		}
		out[i] = stems
	}
	if len(missing) == 0 {
		return out, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, i := range missing {
		if _, err := t.db.Exec(`INSERT INTO stem (rowid, word) VALUES (?, ?)`, i, words[i]); err != nil {
			return nil, err
		}
	}
	err := t.read(`SELECT doc, term FROM stem_places ORDER BY doc, offset`, func(doc int, term string) { out[doc] = append(out[doc], term) })
	if err = errors.Join(err, t.clear("stem")); err != nil {
		return nil, err
	}
	for _, i := range missing {
		t.stems.Add(strings.Clone(words[i]), out[i])
	}
	return out, nil
}

// fold returns the last token of word in the index's spelling but whole, as
// something that other words may begin with.
func (t *tokens) fold(word string) (string, error) {
	if f, ok := t.folds.Get(word); ok {
		return f, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := t.db.Exec(`INSERT INTO fold (rowid, word) VALUES (1, ?)`, word); err != nil {
		return "", err
	}
	var folded string
	err := t.read(`SELECT doc, term FROM fold_places ORDER BY offset`, func(_ int, term string) { folded = term })
	if err = errors.Join(err, t.clear("fold")); err != nil {
		return "", err
	}
	t.folds.Add(strings.Clone(word), folded)
	return folded, nil
}

// inDoc returns the words of a document with their weighted numbers.
func (t *tokens) inDoc(texts []string) (map[string]uint32, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	args := make([]any, len(texts))
	for i, s := range texts {
		args[i] = s
	}
	if _, err := t.db.Exec(`INSERT INTO doc (rowid, title, sku, brand, description, attributes) VALUES (1, ?, ?, ?, ?, ?)`, args...); err != nil {
		return nil, err
	}
	rows, err := t.db.Query(`SELECT term, col FROM doc_places`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]uint32{}
	var term, column sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&term, &column); err != nil {
			return nil, err
		}
		out[string(term)] += weightOf(column[0])
	}
	rows.Close()
	return out, errors.Join(rows.Err(), t.clear("doc"))
}

func (t *tokens) read(query string, each func(doc int, term string)) error {
	rows, err := t.db.Query(query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var doc int
		var term string
		if err := rows.Scan(&doc, &term); err != nil {
			return err
		}
		each(doc, term)
	}
	return rows.Err()
}

func (t *tokens) clear(table string) error {
	_, err := t.db.Exec(`INSERT INTO ` + table + ` (` + table + `) VALUES ('delete-all')`)
	return err
}

func (t *tokens) close() error { return t.db.Close() }
