// This file owns the test that values which come and go leave nothing behind.

package runindex

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFacetWithChangingValuesStaysSmall(t *testing.T) {
	t.Parallel()
	c := newContent[int](1)
	for i := range uint64(1000) {
		c.apply(Entry[int]{Key: fmt.Sprint(i % 3), Revision: i + 1, Facets: []string{fmt.Sprint("worker", i)}})
	}
	assert.Len(t, c.facets[0].ids, 3)
	assert.LessOrEqual(t, len(c.facets[0].values), 5, "none, three in use, and one while a value changes")
}
