//go:build !containers

package main

import (
	"context"
	"fmt"
)

func none(context.Context) (string, func() error, error) {
	return "", nil, fmt.Errorf("%w: this program was built without -tags containers", errNoEngine)
}

var startOracle, startOpenSearch, startRedis = none, none, none
