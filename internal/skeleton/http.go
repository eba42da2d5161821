// This file owns the bare HTTP handler before the submission, and the client that calls it.

package skeleton

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Web is a handler that submits the run whose key is the body of a request, and its client.
type Web struct {
	url    string
	server *http.Server
	client *http.Client
	ended  chan struct{}
}

// Serve puts HTTP before s, for so many callers at once; Close ends it.
func Serve(ctx context.Context, s *Submitter, callers int) (*Web, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &Web{
		url: "http://" + listener.Addr().String(), ended: make(chan struct{}),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}},
		server: &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			key, err := io.ReadAll(r.Body)
			if err == nil {
				err = s.Submit(r.Context(), string(key))
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})},
	}
	go func() {
		defer close(w.ended)
		_ = w.server.Serve(listener) // an error is that of the calls
	}()
	return w, nil
}

// Submit is Submitter.Submit over HTTP.
func (w *Web) Submit(ctx context.Context, key string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, strings.NewReader(key))
	if err != nil {
		return err
	}
	answer, err := w.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}

// Close ends the server and its connections.
func (w *Web) Close() {
	w.client.CloseIdleConnections()
	_ = w.server.Close()
	<-w.ended
}
