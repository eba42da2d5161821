// This file owns the test that no part of a wheel is kept in memory, whatever its size.

package pyoco_test

import (
	"archive/zip"
	"errors"
	"flag"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

var wheelMiB = flag.Int("wheel.mib", 192, "size of the wheel whose way through the gateway is measured")

// highest samples the heap that is in use, until stop gives its highest value.
func highest() (stop func() uint64) {
	quit, ended := make(chan struct{}), make(chan struct{})
	var most uint64
	go func() {
		defer close(ended)
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-quit:
				return
			case <-ticker.C:
			}
		}
	}()
	var once sync.Once
	return func() uint64 {
		once.Do(func() { close(quit) })
		<-ended
		return most
	}
}

// largeWheel is a wheel with a file of a size, made as it is read.
func largeWheel(t *testing.T, name string, size int64) io.Reader {
	reader, writer := io.Pipe()
	go func() {
		archive := zip.NewWriter(writer)
		metadata, err := archive.Create("x.dist-info/METADATA")
		if err == nil {
			_, err = io.WriteString(metadata, "Name: "+name[:5]+"\nVersion: 1\n")
		}
		var data io.Writer
		if err == nil {
			data, err = archive.CreateHeader(&zip.FileHeader{Name: "data.bin", Method: zip.Store})
		}
		if err == nil {
			_, err = io.Copy(data, &zeros{size})
		}
		writer.CloseWithError(errors.Join(err, archive.Close()))
	}()
	t.Cleanup(func() { _ = reader.Close() })
	return reader
}

// The NATS server is in the same process, and counts. The test does not run beside others, whose memory would too.
//
//	go test -run TestNoPartOfAWheelIsKeptInMemory -v . -wheel.mib=500
func TestNoPartOfAWheelIsKeptInMemory(t *testing.T) {
	rig := startGateway(t, func(c *rigConfig) {
		c.gateway.Resources.WheelStoreMaxBytes = 2 << 30
	})
	c, err := pyoco.NewClient(rig.url, pyoco.ClientConfig{})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	size := int64(*wheelMiB) << 20
	pass := func(name string, size int64) (up, down uint64, upTime, downTime time.Duration) {
		runtime.GC()
		start, stop := time.Now(), highest()
		wheel, err := c.UploadWheel(t.Context(), pyoco.WheelUpload{Name: name, Content: largeWheel(t, name, size)})
		up, upTime = stop(), time.Since(start)
		require.NoError(t, err)
		require.Greater(t, wheel.Size, size)
		runtime.GC()
		start, stop = time.Now(), highest()
		content, err := c.OpenWheel(t.Context(), name)
		require.NoError(t, err)
		n, err := io.Copy(io.Discard, content)
		down, downTime = stop(), time.Since(start)
		require.NoError(t, err)
		require.NoError(t, content.Close())
		require.Equal(t, wheel.Size, n)
		require.NoError(t, c.DeleteWheel(t.Context(), name))
		return up, down, upTime, downTime
	}
	smallUp, smallDown, _, _ := pass("small-1-py3-none-any.whl", 4<<20)
	up, down, upTime, downTime := pass("large-1-py3-none-any.whl", size)
	const mib = 1 << 20
	t.Logf("heap at most: %d MiB up and %d MiB down for 4 MiB; %d MiB up (%.1f s) and %d MiB down (%.1f s) for %d MiB",
		smallUp/mib, smallDown/mib, up/mib, upTime.Seconds(), down/mib, downTime.Seconds(), size/mib)
	const more = 160 * mib // what the server's caches and the collector take as they please
	require.Less(t, up, smallUp+more)
	require.Less(t, down, smallDown+more)
}
