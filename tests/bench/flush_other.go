//go:build !linux

package main

import (
	"os"
	"syscall"
)

func fdatasync(f *os.File) error { return f.Sync() }

func bound() *syscall.SysProcAttr { return nil }
