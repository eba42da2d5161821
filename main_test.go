// This file owns the check that no test leaves a goroutine behind.

package pyoco

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
