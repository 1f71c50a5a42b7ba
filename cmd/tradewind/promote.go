package main

import (
	"context"
	"fmt"
	"time"
)

// promote handles `tradewind promote -region.name NAME -region.fence WHERE`.
func promote(ctx context.Context, args []string) error {
	c, rest, err := load(ctx, "promote", args, nil)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("promote takes flags only, not %q", rest[0])
	}
	was, is, err := c.Promote(ctx)
	if err != nil {
		return err
	}
	if was == is {
		fmt.Printf("%s has sold since %s already (epoch %d)\n", is.Region, is.Since.Format(time.RFC3339), is.N)
		return nil
	}
	fmt.Printf("%s sells from now on (epoch %d)\n", is.Region, is.N)
	return nil
}
