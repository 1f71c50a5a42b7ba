package app

import (
	"tradewind/internal/adapter/memory"
	"tradewind/internal/adapter/redis"
	"tradewind/internal/domain/shared"
)

// share opens what the processes of the shop hold in common: Redis if there is
// one, else this process's own memory.
func (a *App) share() (shared.Common, error) {
	near := memory.New(now)
	if !a.config.Redis.Used() {
		return near, nil
	}
	common, err := redis.Open(a.config.Redis, redis.Options{Near: near, Now: now, Log: a.log, Observe: a.metrics.redis()})
	if err != nil {
		return nil, err
	}
	a.closers = append(a.closers, common.Close)
	a.metrics.redisState(common)
	return common, nil
}
