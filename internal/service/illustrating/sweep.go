package illustrating

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/media"
	"tradewind/internal/domain/object"
	"tradewind/internal/platform/fault"
)

// sweepPage is how many objects a step of Sweep looks at.
const sweepPage = 100

// Sweep looks at one page of each kind of file, from where the last call ended,
// and removes those that nothing in the catalogue names and that were put longer
// ago than media.keep-orphans. It returns how many objects it removed.
func (s *Service) Sweep(ctx context.Context) (removed int, err error) {
	for _, prefix := range []string{media.Incoming, media.Originals, media.Films} {
		page, err := s.Objects.List(ctx, prefix, s.sweeps[prefix], s.page)
		if err != nil {
			return removed, fmt.Errorf("sweep %s: %w", prefix, err)
		}
		n, err := s.sweep(ctx, page.Objects)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("sweep %s: %w", prefix, err)
		}
		s.sweeps[prefix] = page.Next
	}
	return removed, nil
}

func (s *Service) sweep(ctx context.Context, found []object.Info) (removed int, err error) {
	old := map[string][]string{}
	var urls []string
	for _, o := range found {
		keys, ours := public(o.Key)
		if !ours || !s.isOld(o) {
			continue
		}
		old[o.Key] = keys
		for _, key := range keys {
			urls = append(urls, catalog.ObjectScheme+key)
		}
	}
	list, err := s.DB.Read().Catalog.MediaNamed(ctx, urls)
	if err != nil {
		return 0, err
	}
	for key, keys := range old {
		if slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(list, catalog.ObjectScheme+k) }) {
			continue
		}
		n, err := s.remove(ctx, key, keys)
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

func (s *Service) isOld(o object.Info) bool { return s.Now().Sub(o.ModifiedAt) >= s.Config.KeepOrphans }

// remove removes what was made of key and then what is under key, unless it was
// put again since the list was made.
func (s *Service) remove(ctx context.Context, key string, made []string) (removed int, err error) {
	now, err := s.Objects.Head(ctx, key)
	if fault.Code(err) == "object-not-found" || err == nil && !s.isOld(now) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for _, k := range slices.Compact(append(slices.Clone(made), key)) {
		if err := s.Objects.Delete(ctx, k); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// public are the keys by which the catalogue may name what is under key; ours is
// false for what the shop did not put there.
func public(key string) (keys []string, ours bool) {
	if p, ok := media.Parse(key); ok {
		for _, one := range p.Renditions() {
			keys = append(keys, one.Key())
		}
		return keys, true
	}
	if media.IsPublic(key) {
		return []string{key}, true
	}
	return nil, strings.HasPrefix(key, media.Incoming)
}

// SweepEvery is how often Sweep is called: at this pace a shop of a hundred
// thousand pictures is looked through about once a day.
const SweepEvery = time.Minute
