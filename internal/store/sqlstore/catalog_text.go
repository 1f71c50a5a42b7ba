package sqlstore

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"tradewind/internal/domain/catalog"
)

var (
	textsOf = listStatement("translation.of", `SELECT target_id, field, content FROM translation
		WHERE noun = :noun AND locale = :locale AND target_id IN (:list)`)
	textsIn    = listStatement("translation.in", `SELECT target_id, locale, field, content FROM translation WHERE noun = :noun AND target_id IN (:list)`)
	textsAll   = statement("translation.all", `SELECT target_id, field, content FROM translation WHERE noun = :noun AND locale = :locale`)
	textDelete = statement("translation.delete", `DELETE FROM translation WHERE noun = :noun AND locale = :locale AND target_id = :target_id`)
	textInsert = statement("translation.insert", `INSERT INTO translation (noun, locale, target_id, field, content) VALUES (:noun, :locale, :target_id, :field, :content)`)
	textClear  = statement("translation.clear", `DELETE FROM translation WHERE noun = :noun AND target_id = :target_id`)
)

func (s catalogs) Texts(ctx context.Context, noun catalog.Noun, locale string, ids []string) (map[string]catalog.Texts, error) {
	out := map[string]catalog.Texts{}
	of := []sql.NamedArg{bind("noun", string(noun)), bind("locale", locale)}
	err := textsOf.each(ids, func(st *Statement, list []sql.NamedArg) error {
		return s.texts(ctx, out, st, append(list, of...))
	})
	if err != nil {
		return nil, fail(err, "select texts in %s", locale)
	}
	return out, nil
}

func (s catalogs) TextsIn(ctx context.Context, noun catalog.Noun, ids []string) (map[string]map[string]catalog.Texts, error) {
	out := map[string]map[string]catalog.Texts{}
	err := textsIn.each(ids, func(st *Statement, list []sql.NamedArg) error {
		_, err := collect(ctx, s.h, st, func(r scanner) (none struct{}, err error) {
			var id, locale, field, content string
			if err := r.Scan(&id, &locale, &field, &content); err != nil {
				return none, err
			}
			if out[id] == nil {
				out[id] = map[string]catalog.Texts{}
			}
			if out[id][locale] == nil {
				out[id][locale] = catalog.Texts{}
			}
			out[id][locale][field] = content
			return none, nil
		}, append(list, bind("noun", string(noun)))...)
		return err
	})
	return out, fail(err, "select texts in every language")
}

func (s catalogs) AllTexts(ctx context.Context, noun catalog.Noun, locale string) (map[string]catalog.Texts, error) {
	out := map[string]catalog.Texts{}
	if err := s.texts(ctx, out, textsAll, []sql.NamedArg{bind("noun", string(noun)), bind("locale", locale)}); err != nil {
		return nil, fail(err, "select all texts in %s", locale)
	}
	return out, nil
}

// texts reads texts into out, by id.
func (s catalogs) texts(ctx context.Context, out map[string]catalog.Texts, st *Statement, args []sql.NamedArg) error {
	_, err := collect(ctx, s.h, st, func(r scanner) (none struct{}, err error) {
		var id, field, content string
		if err := r.Scan(&id, &field, &content); err != nil {
			return none, err
		}
		if out[id] == nil {
			out[id] = catalog.Texts{}
		}
		out[id][field] = content
		return none, nil
	}, args...)
	return err
}

func (s catalogs) PutTexts(ctx context.Context, noun catalog.Noun, id, locale string, texts catalog.Texts) error {
	of := []sql.NamedArg{bind("noun", string(noun)), bind("locale", locale), bind("target_id", id)}
	if _, err := s.h.exec(ctx, textDelete, of...); err != nil {
		return fail(err, "clear texts of %s in %s", id, locale)
	}
	for _, field := range slices.Sorted(maps.Keys(texts)) {
		if _, err := s.h.exec(ctx, textInsert, append(slices.Clip(of), bind("field", field), bind("content", texts[field]))...); err != nil {
			return fail(err, "write %s of %s in %s", field, id, locale)
		}
	}
	return nil
}

// forget removes what speaks of something that was deleted.
func (s catalogs) forget(ctx context.Context, noun catalog.Noun, id string) error {
	for _, st := range []*Statement{redirectClear, textClear} {
		if _, err := s.h.exec(ctx, st, bind("noun", string(noun)), bind("target_id", id)); err != nil {
			return fail(err, "forget %s %s", noun, id)
		}
	}
	return nil
}
