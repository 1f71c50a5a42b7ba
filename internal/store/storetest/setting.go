package storetest

import (
	"context"
	"encoding/json"
	"testing"

	"tradewind/internal/domain/setting"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// settingVersions keeps each setting by version.
func settingVersions(t *testing.T, s *shop) {
	ctx := context.Background()
	for i, step := range []struct {
		value   string
		version int64
		code    string
	}{{`"a"`, 2, "changed-meanwhile"}, {`"a"`, 1, ""}, {`"b"`, 1, "changed-meanwhile"}, {`""`, 2, ""}, {`"c"`, 2, "changed-meanwhile"}} {
		err := s.db.InTx(ctx, func(tx store.Stores) error {
			return tx.Settings.Put(ctx, setting.Stored{Name: "x", Value: json.RawMessage(step.value), Version: step.version})
		})
		if fault.Code(err) != step.code {
			t.Errorf("step %d: %v, want %q", i, err, step.code)
		}
	}
	if all, err := s.db.Read().Settings.All(ctx); err != nil || len(all) != 1 || string(all[0].Value) != `""` || all[0].Version != 2 {
		t.Errorf("settings are %+v, %v", all, err)
	}
}
