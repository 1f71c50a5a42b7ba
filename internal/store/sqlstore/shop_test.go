package sqlstore_test

import (
	"os"
	"strconv"
	"testing"

	"tradewind/internal/store/sqlstore"
	"tradewind/internal/store/storetest"
)

func TestStores(t *testing.T) {
	for name, open := range sqlstore.OpenShops {
		t.Run(name, func(t *testing.T) { storetest.Run(t, open) })
	}
}

// TestRaces runs each contest TRADEWIND_TEST_RACE_ROUNDS times (10 unless set).
func TestRaces(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("TRADEWIND_TEST_RACE_ROUNDS"))
	if err != nil {
		rounds = 10
	}
	for name, open := range sqlstore.OpenShops {
		t.Run(name, func(t *testing.T) { storetest.Races(t, open, rounds) })
	}
}
