// Package settings reads and changes what staff may set while the shop runs.
package settings

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"tradewind/internal/domain/audit"
	"tradewind/internal/domain/setting"
	"tradewind/internal/store"
)

// fresh is how long what was read may be told; other instances see a change
// after that at the latest.
const fresh = 2 * time.Second

// Service keeps settings.
type Service struct {
	DB       store.DB
	Now      func() time.Time
	Defaults map[string]any // a string or an int64 by name, what holds where nobody set anything

	mu     sync.Mutex
	read   time.Time
	values map[string]Value
}

// Value is a setting as it is now: a string or an int64. Version counts how
// often it was set, 0 is never.
type Value struct {
	setting.Def
	Value   any
	Version int64
}

// List returns all settings as the database has them, by name.
func (s *Service) List(ctx context.Context) ([]Value, error) {
	stored, err := s.DB.Read().Settings.All(ctx)
	if err != nil {
		return nil, err
	}
	set := map[string]setting.Stored{}
	for _, x := range stored {
		set[x.Name] = x
	}
	out := make([]Value, len(setting.Defs))
	for i, d := range setting.Defs {
		out[i] = Value{Def: d, Value: s.otherwise(d), Version: set[d.Name].Version}
		if x, ok := set[d.Name]; ok {
			if v, err := d.Parse(x.Value); err == nil { // what no longer fits its declaration is as if it were not set
				out[i].Value = v
			}
		}
	}
	return out, nil
}

func (s *Service) otherwise(d setting.Def) any {
	if v, ok := s.Defaults[d.Name]; ok {
		return v
	}
	if d.Kind == setting.Number {
		return d.Least
	}
	return ""
}

// now returns a setting, at most some seconds old. Ask outside transactions.
func (s *Service) now(ctx context.Context, name string) (Value, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.Now(); s.values == nil || now.Sub(s.read) >= fresh || now.Before(s.read) {
		list, err := s.List(ctx)
		if err != nil {
			return Value{}, err
		}
		s.values, s.read = map[string]Value{}, now
		for _, v := range list {
			s.values[v.Name] = v
		}
	}
	return s.values[name], nil
}

// Text returns a setting that is a text, at most some seconds old. Like Number
// it reads the database now and then: ask outside transactions.
func (s *Service) Text(ctx context.Context, name string) (string, error) {
	v, err := s.now(ctx, name)
	text, _ := v.Value.(string)
	return text, err
}

// Number returns a setting that is a number, at most some seconds old.
func (s *Service) Number(ctx context.Context, name string) (int64, error) {
	v, err := s.now(ctx, name)
	n, _ := v.Value.(int64)
	return n, err
}

// Set changes a setting that was set version times before. Codes are
// "setting-not-found", "setting-invalid" and "changed-meanwhile".
func (s *Service) Set(ctx context.Context, by, name string, version int64, raw json.RawMessage) (Value, error) {
	d, err := setting.Find(name)
	if err != nil {
		return Value{}, err
	}
	value, err := d.Parse(raw)
	if err != nil {
		return Value{}, err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return Value{}, err
	}
	v := Value{Def: d, Value: value, Version: version + 1}
	err = s.DB.InTx(ctx, func(tx store.Stores) error {
		stored := setting.Stored{Name: name, Value: text, Version: v.Version}
		if err := tx.Settings.Put(ctx, stored); err != nil {
			return err
		}
		if err := tx.Outbox.Add(ctx, setting.EventChanged(stored, s.Now())); err != nil {
			return err
		}
		return tx.Audit.Add(ctx, audit.Entry{Actor: by, Action: "setting.set", Subject: name, Details: map[string]any{"value": value}, At: s.Now()})
	})
	s.Forget()
	return v, err
}

// Forget makes the next question one to the database.
func (s *Service) Forget() {
	s.mu.Lock()
	s.values = nil
	s.mu.Unlock()
}
