//go:build !cgo

package sqlstore

import (
	"strings"
	"testing"
)

func TestWithoutCgoTheErrorSaysHowToBuild(t *testing.T) {
	c := defaults(t, "-db.engine=oracle", "-db.dsn=db/shop", "-db.user=shop", "-db.password-file=/secret")
	if _, err := openEngine(t.Context(), c, nil, Options{}); err == nil || !strings.Contains(err.Error(), "CGO_ENABLED=1") {
		t.Errorf("openEngine() = %v", err)
	}
	if _, err := OpenMigrator(t.Context(), c, nil, fixedNow); err == nil || !strings.Contains(err.Error(), "CGO_ENABLED=1") {
		t.Errorf("OpenMigrator() = %v", err)
	}
}
