package sqlstore_test

import (
	"testing"

	"tradewind/internal/store/sqlstore"
	"tradewind/internal/store/storetest"
)

func BenchmarkOrder(b *testing.B) { storetest.Bench(b, sqlstore.OpenShops["sqlite"]) }
