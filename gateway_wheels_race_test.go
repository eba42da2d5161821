// This file owns the tests of uploads that meet, of those that break off, and of a NATS that goes away.

package pyoco_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

// secondGateway is another gateway on the rig's NATS.
func (r *gatewayRig) secondGateway(t testing.TB) *pyoco.Gateway {
	t.Helper()
	second, err := pyoco.NewGateway(r.nats.Connect(t), pyoco.GatewayConfig{SweepPeriod: time.Hour})
	require.NoError(t, err)
	runGateway(t, second)
	return second
}

func TestOfTheSameVersionOneUploadWinsWhicheverGatewayTakesIt(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	gateways := []*pyoco.Gateway{rig.gw, rig.secondGateway(t)}
	const rounds, uploads = 6, 12
	for round := range rounds {
		names := []string{ // of one package at one version
			fmt.Sprintf("my_shop-%d.0-py3-none-any.whl", round), fmt.Sprintf("My.Shop-%d.0.0-py3-none-any.whl", round),
			fmt.Sprintf("my_shop-%d-cp311-cp311-linux_x86_64.whl", round),
		}
		errs := make([]error, uploads)
		var uploading sync.WaitGroup
		for i := range uploads {
			uploading.Go(func() {
				_, errs[i] = gateways[i%2].UploadWheel(t.Context(), upload(names[i%3], nil))
			})
		}
		uploading.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			var older *pyoco.WheelVersionError
			require.ErrorAs(t, err, &older)
			require.Equal(t, "my-shop", older.Package)
		}
		require.Equal(t, 1, won, "round %d", round)
		wheels, err := gateways[0].Wheels(t.Context())
		require.NoError(t, err)
		require.Len(t, wheels, round+1)
		chunks, metadata := wheelMessages(t, rig.js)
		require.Equal(t, []int{round + 1, round + 1}, []int{chunks, metadata}, "the others leave nothing")
	}
	history, err := gateways[1].WheelHistory(t.Context(), pyoco.WheelHistoryOptions{})
	require.NoError(t, err)
	require.Len(t, history, rounds)
}

func TestOfDifferentVersionsTheOlderOneNeverComesInBehindTheNewer(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	gateways := []*pyoco.Gateway{rig.gw, rig.secondGateway(t)}
	const uploads = 16
	var uploading sync.WaitGroup
	for i := range uploads {
		uploading.Go(func() {
			_, err := gateways[i%2].UploadWheel(t.Context(), upload(fmt.Sprintf("shop-1.%d-py3-none-any.whl", i*7%uploads), nil))
			var older *pyoco.WheelVersionError
			if !errors.As(err, &older) && err != nil {
				t.Errorf("upload %d: %v", i, err)
			}
		})
	}
	uploading.Wait()
	history, err := gateways[0].WheelHistory(t.Context(), pyoco.WheelHistoryOptions{})
	require.NoError(t, err)
	stream, err := rig.js.Stream(t.Context(), "OBJ_pyoco_wheels")
	require.NoError(t, err)
	wheels, err := gateways[0].Wheels(t.Context())
	require.NoError(t, err)
	require.Len(t, wheels, len(history))
	// Sorted by name 1.10 stands before 1.2, so the order in which they came is asked of the stream.
	last := -1
	for sequence := uint64(1); sequence <= stream.CachedInfo().State.LastSeq; sequence++ {
		message, err := stream.GetMsg(t.Context(), sequence)
		if err != nil || !strings.HasPrefix(message.Subject, "$O.pyoco_wheels.M.") {
			continue
		}
		name := httpAnswer{body: string(message.Data)}.object(t)["name"].(string)
		var minor int
		_, err = fmt.Sscanf(name, "shop-1.%d-py3-none-any.whl", &minor)
		require.NoError(t, err)
		require.Greater(t, minor, last, "each is newer than all that came before")
		last = minor
	}
	require.Equal(t, uploads-1, last)
}

// breaking gives some content, and then an error.
func breaking(content []byte, after int) io.Reader {
	return io.MultiReader(strings.NewReader(string(content[:after])), errorReader{})
}

var errBroken = errors.New("broken")

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errBroken }

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) { c.gateway.WheelCheck = pyoco.WheelCheckName })
	content := make([]byte, 500_000)
	_, err := rig.gw.UploadWheel(t.Context(), pyoco.WheelUpload{Name: shop10, Content: breaking(content, 400_000)})
	require.ErrorIs(t, err, errBroken)
	chunks, _ := wheelMessages(t, rig.js)
	require.Zero(t, chunks)

	body, contentType := wheelForm(t, shop10, content)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, rig.url+"/wheels", breaking(body.Bytes(), 400_000))
	require.NoError(t, err)
	request.Header.Set("Content-Type", contentType)
	_, err = rig.http.Do(request) //nolint:bodyclose // there is none
	require.ErrorIs(t, err, errBroken)

	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	uploaded := make(chan error, 1)
	go func() {
		_, err := rig.gw.UploadWheel(ctx, pyoco.WheelUpload{Name: shop10, Content: reader})
		uploaded <- errors.Join(err, reader.Close())
	}()
	_, err = writer.Write(content)
	require.NoError(t, err)
	cancel()
	_, _ = writer.Write(content)
	_ = writer.Close()
	require.ErrorIs(t, <-uploaded, context.Canceled)
	require.Eventually(t, func() bool {
		chunks, metadata := wheelMessages(t, rig.js)
		return chunks+metadata == 0
	}, 20*time.Second, 10*time.Millisecond)
	require.Empty(t, rig.wheelNames(t))
}

func TestTheRegistryIsUnavailableWhileNATSIsAway(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	require.Equal(t, http.StatusOK, rig.upload(t, shop10, pywheeltest.Wheel(shop10), nil).status)
	rig.nats.Stop(t)
	calls := []string{"POST /wheels", "GET /wheels", "GET /wheels/history", "GET /wheels/" + shop10, "DELETE /wheels/" + shop10}
	statuses := make([]int, len(calls))
	var calling sync.WaitGroup
	for i, call := range calls {
		method, path, _ := strings.Cut(call, " ")
		body, contentType := wheelForm(t, "shop-1.1-py3-none-any.whl", pywheeltest.Wheel("shop-1.1-py3-none-any.whl"))
		request, err := http.NewRequestWithContext(t.Context(), method, rig.url+path, body)
		require.NoError(t, err)
		request.Header.Set("Content-Type", contentType)
		calling.Go(func() { // each is given up only after a while
			answer, err := rig.http.Do(request)
			if err == nil {
				statuses[i] = answer.StatusCode
				_ = answer.Body.Close()
			}
		})
	}
	calling.Wait()
	for i, call := range calls {
		require.Equal(t, http.StatusServiceUnavailable, statuses[i], call)
	}
	rig.nats.Start(t)
	var names []string
	require.Eventually(t, func() bool {
		wheels, err := rig.gw.Wheels(t.Context())
		for _, wheel := range wheels {
			names = append(names, wheel.Name)
		}
		return err == nil
	}, 30*time.Second, 50*time.Millisecond)
	require.Equal(t, []string{shop10}, names)
}

func TestAContentThatIsDamagedInTheStoreIsNeverTakenForTheWheel(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) { c.gateway.WheelCheck = pyoco.WheelCheckName })
	content := make([]byte, 1<<20)
	require.Equal(t, http.StatusOK, rig.upload(t, shop10, content, nil).status)
	stream, err := rig.js.Stream(t.Context(), "OBJ_pyoco_wheels")
	require.NoError(t, err)
	require.NoError(t, stream.DeleteMsg(t.Context(), 5))
	answer, err := rig.http.Get(rig.url + "/wheels/" + shop10)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	read, err := io.ReadAll(answer.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Less(t, len(read), len(content))
	require.NoError(t, stream.Purge(t.Context()))
	rig.get(t, "/wheels/"+shop10).requireProblem(t, http.StatusNotFound, "ERR-PYOCO-0023", "name: there is no such wheel")
}
