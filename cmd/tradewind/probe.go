package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// probe asks the process on this machine whether it is ready, for containers
// that have nothing else to ask with.
func probe(ctx context.Context, args []string) error {
	c, fs, err := settings("probe", args, nil)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(c.OpsAddr)
	if err != nil || fs.NArg() > 0 {
		return errors.New("probe asks where -ops.addr says, which must be host:port")
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", resp.Status)
	}
	return nil
}
