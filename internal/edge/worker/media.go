package worker

import (
	"context"
	"log/slog"

	"tradewind/internal/service/illustrating"
)

// SweepMedia removes, page by page, the files that nothing in the catalogue names.
func SweepMedia(media *illustrating.Service, log *slog.Logger) func(context.Context) error {
	return func(ctx context.Context) error {
		removed, err := media.Sweep(ctx)
		if removed > 0 {
			log.InfoContext(ctx, "files removed that nothing names", "objects", removed)
		}
		return err
	}
}
