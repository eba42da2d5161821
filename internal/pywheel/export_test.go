// This file owns what only tests reach.

package pywheel

// CheckRecord reads the text of a RECORD.
func CheckRecord(text []byte) (int, error) {
	record, err := parseRecord(text)
	return len(record), err
}
