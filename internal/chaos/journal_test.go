//go:build unix

// This file owns the driver's own records: what clients were told, what was done to processes, and when NATS was away.

package chaos

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// journal gathers a history. It is safe for concurrent use; history may be read when everybody has ended.
type journal struct {
	mu sync.Mutex
	h  history
}

func (n *journal) submitted(s submission) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.h.Submissions = append(n.h.Submissions, s)
}

// accepted counts the submissions that were.
func (n *journal) accepted() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := 0
	for _, s := range n.h.Submissions {
		if s.Answer == accepted {
			count++
		}
	}
	return count
}

func (n *journal) cancelled(c cancel) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.h.Cancels = append(n.h.Cancels, c)
}

func (n *journal) sawEnd(e end) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.h.Ends = append(n.h.Ends, e)
}

func (n *journal) outage(s span) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.h.Outages = append(n.h.Outages, s)
}

func (n *journal) lived(l life) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.h.Lives = append(n.h.Lives, l)
}

// readDiaries takes in what tasks wrote down.
func (n *journal) readDiaries(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*"+diarySuffix))
	if err != nil {
		return err
	}
	slices.Sort(files)
	for _, name := range files {
		if err := n.readDiary(name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (n *journal) readDiary(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var s step
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			return err
		}
		n.h.Steps = append(n.h.Steps, s)
	}
	return lines.Err()
}

// save leaves the whole history in a folder, for whoever looks for a cause.
func (n *journal) save(dir string) error {
	data, err := json.MarshalIndent(n.h, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "history.json"), data, 0o600)
}
