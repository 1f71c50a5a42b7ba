// Package measure holds numbers about the shop as a monitoring service of others
// is told them, and the port that takes them. It does no I/O.
package measure

import (
	"context"
	"time"
)

// Point is one number of a series. A series is a name and its dimensions.
type Point struct {
	Name       string
	Dimensions map[string]string // at least one
	Unit       string
	Value      float64
	At         time.Time
}

// MaxAge is how old a point may be when it is told.
const MaxAge = 110 * time.Minute

// Sink takes points.
type Sink interface {
	// Post tells points and returns those that may be told later, because the
	// service did not answer; why is in the error, as is what it refused for
	// good. A point may be told twice if an answer is lost.
	Post(ctx context.Context, points []Point) (later []Point, err error)
}
