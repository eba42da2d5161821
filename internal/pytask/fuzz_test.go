// This file owns the fuzzing of what comes from processes: frames, and output in which ends are marked.

package pytask

import (
	"bytes"
	"strings"
	"testing"
)

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Add([]byte("\x00\x00\x00\x03nul"))
	f.Add([]byte("\xff\xff\xff\xff{}"))
	f.Add([]byte("\x00\x00\x00\x09{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := readFrame(bytes.NewReader(data))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := writeFrame(&again, frame); err != nil || !bytes.HasPrefix(data, again.Bytes()) {
			t.Fatalf("%q was read as %q", data, frame)
		}
	})
}

func FuzzOutputInPieces(f *testing.F) {
	f.Add("one\ntwo", "three\n", uint8(3))
	f.Add("\x00\x00no\x00nonce", "\x00nonce", uint8(1))
	f.Add(strings.Repeat("x", 2*maxLine), "", uint8(200))
	f.Fuzz(func(t *testing.T, first, second string, size uint8) {
		const nonce = "nonce"
		mark := "\x00" + nonce + "\n"
		if strings.Contains(first+second, mark) || strings.Contains(first+mark, mark+first) && first != "" {
			t.Skip("the nonce is not known to tasks")
		}
		c := newCapture(nonce)
		one, two := &sink{kept: 1 << 20, told: 1 << 20, line: func(string) {}}, &sink{kept: 4}
		ended := c.begin(one)
		stream := []byte(first + mark)
		var held []byte
		for len(stream) > 0 {
			n := min(len(stream), int(size)+1)
			held = c.take(append(held, stream[:n]...))
			stream = stream[n:]
		}
		select {
		case <-ended:
		default:
			t.Fatal("the mark was not seen")
		}
		over := c.begin(two)
		c.read(strings.NewReader(string(held) + second))
		<-over
		if string(one.tail) != first || one.bytes != int64(len(first)) {
			t.Fatalf("%q came as %q", first, one.tail)
		}
		if end := second[max(0, len(second)-4):]; string(two.tail) != end || two.bytes != int64(len(second)) {
			t.Fatalf("%q came as %q", second, two.tail)
		}
	})
}
