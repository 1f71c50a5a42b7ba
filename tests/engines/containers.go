//go:build containers

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// The images are those of docker-compose.yml; a test there holds them equal.
const (
	oracleImage     = "gvenzl/oracle-free:23.9-slim-faststart"
	openSearchImage = "opensearchproject/opensearch:2.19.1"
	redisImage      = "redis:7.2.7-alpine"

	onlyForTests = "only_for_tests_1"
)

// startOracle starts Oracle Free. The image makes the user when it starts for
// the first time.
func startOracle(ctx context.Context) (string, func() error, error) {
	at, stop, err := start(ctx, oracleImage, "1521/tcp",
		testcontainers.WithEnv(map[string]string{"ORACLE_PASSWORD": onlyForTests, "APP_USER": "tradewind", "APP_USER_PASSWORD": onlyForTests}),
		testcontainers.WithWaitStrategyAndDeadline(5*time.Minute, wait.ForLog("DATABASE IS READY TO USE!")))
	return "tradewind/" + onlyForTests + "@" + at + "/FREEPDB1", stop, err
}

func startOpenSearch(ctx context.Context) (string, func() error, error) {
	at, stop, err := start(ctx, openSearchImage, "9200/tcp",
		testcontainers.WithEnv(map[string]string{"discovery.type": "single-node", "DISABLE_SECURITY_PLUGIN": "true",
			"DISABLE_INSTALL_DEMO_CONFIG": "true", "OPENSEARCH_JAVA_OPTS": "-Xms768m -Xmx768m"}),
		testcontainers.WithWaitStrategyAndDeadline(3*time.Minute, wait.ForHTTP("/_cluster/health?wait_for_status=yellow").WithPort("9200/tcp")))
	return "http://" + at, stop, err
}

func startRedis(ctx context.Context) (string, func() error, error) {
	at, stop, err := start(ctx, redisImage, "6379/tcp",
		testcontainers.WithWaitStrategyAndDeadline(time.Minute, wait.ForLog("Ready to accept connections")))
	return "redis://" + at, stop, err
}

// start runs an image and returns the host:port at which its port is reached.
func start(ctx context.Context, image, port string, more ...testcontainers.ContainerCustomizer) (at string, stop func() error, err error) {
	if err := engineAnswers(ctx); err != nil {
		return "", nil, fmt.Errorf("%w: %w", errNoEngine, err)
	}
	c, err := testcontainers.Run(ctx, image, append(more, testcontainers.WithExposedPorts(port))...)
	if c != nil {
		stop = func() error { return testcontainers.TerminateContainer(c) }
	}
	if err != nil {
		return "", stop, err
	}
	host, err := c.Host(ctx)
	if err != nil {
		return "", stop, err
	}
	mapped, err := c.MappedPort(ctx, port)
	if err != nil {
		return "", stop, err
	}
	return net.JoinHostPort(host, mapped.Port()), stop, nil
}

// engineAnswers asks the container engine. The library panics if it finds none.
func engineAnswers(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	provider, err := testcontainers.ProviderDocker.GetProvider()
	if err != nil {
		return err
	}
	return errors.Join(provider.Health(ctx), provider.Close())
}
