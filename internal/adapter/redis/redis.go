package redis

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	goredis "github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"

	"tradewind/internal/domain/shared"
	"tradewind/internal/platform/telemetry"
)

// The patience with a server that fails.
const (
	breakerFailures = 5 // commands in a row until it is left alone
	breakerRest     = 2 * time.Second
)

// Options are what a Cache works with. All are needed.
type Options struct {
	Near    shared.Cache // counts requests while Redis cannot
	Now     func() time.Time
	Log     *slog.Logger
	Observe func(Call)

	rest time.Duration // breakerRest, unless a test is in a hurry
}

// Call is what became of a command.
type Call struct {
	Command string // get, put, version, change, take, find, keep or forget
	Took    time.Duration
	Reason  string // why it failed: timeout, left-alone or error; "" if it did not
}

// Cache is common memory in Redis. It is safe for concurrent use.
type Cache struct {
	Options
	client  goredis.UniversalClient
	prefix  string
	timeout time.Duration
	breaker circuitbreaker.CircuitBreaker[any]
	policy  failsafe.Executor[any]
	cause   atomic.Pointer[error] // of the last failure, for the log

	checks singleflight.Group
	mu     sync.Mutex
	spaces map[string]*space
	ctx    context.Context // ends with Close
	close  context.CancelFunc
	late   sync.WaitGroup // changes that are yet to be told

	stale      stale
	forgetting bool // keepForgetting runs; guarded by mu
}

var _ shared.Cache = (*Cache)(nil)

var silence = sync.OnceFunc(func() { goredis.SetLogger(silent{}) })

// silent keeps the client from writing lines of its own: failures are counted,
// and logged when they begin and when they are over.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// Open makes a cache. It does not wait for the server, which may be away.
func Open(c Config, o Options) (*Cache, error) {
	silence()
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	if o.rest == 0 {
		o.rest = breakerRest
	}
	x := &Cache{Options: o, client: goredis.NewUniversalClient(options), prefix: c.Prefix, timeout: c.Timeout, spaces: map[string]*space{}}
	x.ctx, x.close = context.WithCancel(context.Background())
	x.breaker = circuitbreaker.NewBuilder[any]().WithFailureThreshold(breakerFailures).WithSuccessThreshold(1).WithDelay(o.rest).
		HandleIf(func(_ any, err error) bool {
			if failed(err) {
				x.cause.Store(&err)
			}
			return failed(err)
		}).
		OnStateChanged(func(e circuitbreaker.StateChangedEvent) {
			switch {
			case e.OldState == circuitbreaker.ClosedState:
				o.Log.Warn("Redis fails and is left alone until it answers; the shop goes on without it", "addr", c.Addr, "err", *x.cause.Load())
			case e.NewState == circuitbreaker.ClosedState:
				o.Log.Info("Redis answers again", "addr", c.Addr)
			}
		}).Build()
	x.policy = failsafe.With[any](x.breaker)
	return x, nil
}

// Close lets go of the server.
func (c *Cache) Close() error {
	c.mu.Lock()
	c.close()
	c.mu.Unlock()
	c.late.Wait()
	return c.client.Close()
}

// LeftAlone reports whether the server is not being asked at the moment.
func (c *Cache) LeftAlone() bool { return !c.breaker.IsClosed() }

// Connections is how many there are.
func (c *Cache) Connections() int { return int(c.client.PoolStats().TotalConns) }

func failed(err error) bool { return err != nil && !errors.Is(err, goredis.Nil) }

// ask runs a command, unless the server is left alone. Its time-out is its own:
// a request that is given up must not take a connection with it.
func (c *Cache) ask(ctx context.Context, name string, command func(ctx context.Context) error) error {
	began := time.Now()
	err := c.policy.Run(func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
		defer cancel()
		return command(ctx)
	})
	call := Call{Command: name, Took: time.Since(began)}
	if failed(err) {
		call.Reason = reason(err)
	}
	c.Observe(call)
	if errors.Is(err, goredis.Nil) { // an answer like another
		telemetry.Past(ctx, "redis", name, call.Took, nil)
	} else {
		telemetry.Past(ctx, "redis", name, call.Took, err)
	}
	return err
}

func reason(err error) string {
	slow, ok := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, circuitbreaker.ErrOpen):
		return "left-alone"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, goredis.ErrPoolTimeout), ok && slow.Timeout():
		return "timeout"
	}
	return "error"
}

// key names a value or counter. Callers' keys may be long and say who asked.
func (c *Cache) key(kind, key string) string {
	sum := sha256.Sum256([]byte(key))
	return c.prefix + kind + ":" + base64.RawURLEncoding.EncodeToString(sum[:18])
}

// Get implements shared.Cache.
func (c *Cache) Get(ctx context.Context, key string) (value []byte, ok bool) {
	err := c.ask(ctx, "get", func(ctx context.Context) (err error) {
		value, err = c.client.Get(ctx, c.key("value", key)).Bytes()
		return err
	})
	return value, err == nil
}

// Put implements shared.Cache.
func (c *Cache) Put(ctx context.Context, key string, value []byte, keep time.Duration) {
	if keep = keep.Round(time.Millisecond); keep <= 0 {
		return
	}
	_ = c.ask(ctx, "put", func(ctx context.Context) error {
		return c.client.Set(ctx, c.key("value", key), value, keep).Err()
	})
}

// Everywhere implements shared.Cache.
func (c *Cache) Everywhere() bool { return true }

// take is Rate.Next with the server's clock, in microseconds.
var take = goredis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local burst = ARGV[1] * ARGV[2]
local due = tonumber(redis.call('GET', KEYS[1]) or now)
local next = math.max(now, math.min(due, now + burst)) + ARGV[1]
local early = next - now - burst
if early > 0 then return early end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000))
return 0`)

// Take implements shared.Cache.
func (c *Cache) Take(ctx context.Context, key string, rate shared.Rate) (wait time.Duration) {
	err := c.ask(ctx, "take", func(ctx context.Context) error {
		us, err := take.Run(ctx, c.client, []string{c.key("rate", key)}, rate.Every.Microseconds(), rate.Burst).Int64()
		wait = time.Duration(us) * time.Microsecond
		return err
	})
	if err != nil {
		return c.Near.Take(ctx, key, rate)
	}
	return wait
}
