// This file owns the names that a gateway without keys answers to where it listens on loopback alone: a web page that has its
// own name point there (DNS rebinding) would otherwise be as good as a program on this host.

package pyoco

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/pyoco/pyoco/internal/httpedge"
)

type loopbackKey struct{}

// onLoopback marks the requests of a listener that only programs on this host reach.
func onLoopback(ctx context.Context, l net.Listener) context.Context {
	address, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil || !address.Addr().Unmap().IsLoopback() {
		return ctx
	}
	return context.WithValue(ctx, loopbackKey{}, true)
}

// named puts the check in front of a route.
func (g *Gateway) named(route httpedge.Route) httpedge.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.Context().Value(loopbackKey{}) != nil && !knownHost(r.Host, g.cfg.Auth.AllowedHosts) {
			return &httpedge.Problem{
				Status: http.StatusForbidden, ErrID: errInvalidRequest,
				Detail: fmt.Sprintf("Host: must be localhost, an IP address or one of PYOCO_HTTP_ALLOWED_HOSTS (AuthConfig.AllowedHosts), got %q", clip(r.Host, maxShown)),
			}
		}
		return route.Handler(w, r)
	}
}

// knownHost says whether a Host header, with or without a port, names this host in a way that no foreign name server can.
func knownHost(host string, allowed []string) bool {
	name := host
	if bare, _, err := net.SplitHostPort(host); err == nil {
		name = bare
	}
	name = strings.TrimSuffix(strings.Trim(name, "[]"), ".")
	if strings.EqualFold(name, "localhost") {
		return true
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return slices.ContainsFunc(allowed, func(known string) bool { return strings.EqualFold(known, name) })
}
