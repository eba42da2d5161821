// This file owns TLS: the certificate of the gateway's listener, read again when its files have changed.

package server

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"
)

// secured wraps the listener where a certificate was given.
func (o *options) secured(l net.Listener, log *slog.Logger) (net.Listener, error) {
	const hint = "pyoco-server up --tls-cert cert.pem --tls-key key.pem"
	if o.tlsCert == "" && o.tlsKey == "" {
		return l, nil
	}
	if o.tlsCert == "" || o.tlsKey == "" {
		return nil, cannotStart(hint, "--tls-cert and --tls-key belong together: one of them is missing")
	}
	c := &certificate{certFile: o.tlsCert, keyFile: o.tlsKey, log: log}
	if _, err := c.current(nil); err != nil {
		return nil, cannotStart(hint, "TLS can't be used: %v", err)
	}
	return tls.NewListener(l, &tls.Config{GetCertificate: c.current, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}), nil
}

// certificate is a pair of files and what was read from them last. It is safe for concurrent use.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu   sync.Mutex
	pair *tls.Certificate
	read [2]fileState // of which the pair was made, or which could not be used
}

// fileState tells a file from what was there before.
type fileState struct {
	size    int64
	changed time.Time
}

// current gives the certificate for a connection. Files that can't be used leave the one that there was, and are a warning.
func (c *certificate) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var now [2]fileState
	for i, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		switch {
		case err != nil && c.pair == nil:
			return nil, err
		case err != nil: // it is being replaced
			return c.pair, nil
		}
		now[i] = fileState{info.Size(), info.ModTime()}
	}
	if c.pair != nil && now == c.read {
		return c.pair, nil
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	switch {
	case err != nil && c.pair == nil:
		return nil, fmt.Errorf("%s and %s: %w", c.certFile, c.keyFile, err)
	case err != nil: // half of it may be new: the other half comes with the next change
		c.log.Warn("the new TLS certificate can't be used, the old one stays", "error", err)
	case c.pair != nil:
		c.log.Info("the TLS certificate was read again")
	}
	c.read = now
	if err == nil {
		c.pair = &pair
	}
	return c.pair, nil
}
