package sqlstore

import (
	"strings"
	"testing"

	"tradewind/internal/platform/telemetry"
)

func TestASessionOfOracleIsToldWhoAsks(t *testing.T) {
	trace := strings.Repeat("ab", 16)
	tests := map[string]struct {
		module string
		ids    *telemetry.IDs
		want   label
	}{
		"a request": {"tradewind order", &telemetry.IDs{RequestID: "r-1", TraceID: trace, Action: "POST /v1/checkout"},
			label{"tradewind order", "POST /v1/checkout", "r-1 " + trace}},
		"a request named by its trace": {"tradewind order", &telemetry.IDs{RequestID: trace, TraceID: trace, Action: "GET /v1/carts/{id}"},
			label{"tradewind order", "GET /v1/carts/{id}", trace}},
		"nobody's": {"tradewind worker", nil, label{module: "tradewind worker"}},
		"more than fits": {strings.Repeat("m", 60), &telemetry.IDs{RequestID: strings.Repeat("r", 64), TraceID: trace, Action: "DELETE /v1/admin/categories/{id}/brände"},
			label{strings.Repeat("m", 48), "DELETE /v1/admin/categories/{id}", strings.Repeat("r", 64)}},
		"a letter of two bytes at the end": {"m", &telemetry.IDs{RequestID: trace, TraceID: trace, Action: strings.Repeat("a", 31) + "ä"},
			label{"m", strings.Repeat("a", 31), trace}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if tc.ids != nil {
				ctx = telemetry.With(ctx, tc.ids)
			}
			if got := labelOf(ctx, tc.module); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
