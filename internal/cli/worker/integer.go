// This file owns whole numbers as the Python tasks read them.

package worker

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// integer is a whole number of any size. It is read from what Python's int() takes: a number, whose fraction is cut off, a
// truth value, or a text of digits.
type integer struct{ n big.Int }

// UnmarshalJSON reads a number.
func (i *integer) UnmarshalJSON(data []byte) error {
	text := string(data)
	switch text {
	case "true":
		text = "1"
	case "false":
		text = "0"
	}
	if data[0] == '"' {
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		text = strings.TrimSpace(text)
	} else if strings.ContainsAny(text, ".eE") {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(f, 0) {
			return fmt.Errorf("must be a whole number, got %s", data)
		}
		big.NewFloat(f).Int(&i.n)
		return nil
	}
	if _, ok := i.n.SetString(text, 10); !ok {
		return fmt.Errorf("must be a whole number, got %s", data)
	}
	return nil
}

// MarshalJSON writes a number.
func (i *integer) MarshalJSON() ([]byte, error) { return i.n.MarshalJSON() }

func (i *integer) String() string { return i.n.String() }

func (i *integer) plusOne() *integer {
	var sum integer
	sum.n.Add(&i.n, big.NewInt(1))
	return &sum
}
