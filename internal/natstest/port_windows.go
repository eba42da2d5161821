// This file owns what stands for a lock on a block of ports where there is none: ports are as free as they look.

package natstest

import "os"

func portFolder() string { return os.TempDir() }

func lockForGood(string) bool { return true }
