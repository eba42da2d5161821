// This file owns a program's connection to NATS, and its address as people may see it.

package cli

import (
	"log/slog"
	"net/url"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco"
)

// Connect opens a connection to one of the servers of a comma-separated list. A server that is not there is no error: the
// connection goes on trying. An error is a list that can't be read, or access that can't be used.
func Connect(servers, name string, access Access, log *slog.Logger) (*nats.Conn, error) {
	const hint = "a right one: --nats-url nats://127.0.0.1:4222"
	for _, server := range split(servers) {
		if _, err := url.Parse(server); err != nil { // its text would show a password
			return nil, Usage("the URL of the NATS server can't be read: "+Redact(servers), hint)
		}
	}
	options, err := access.Options()
	if err != nil {
		return nil, Usage("access to the NATS server: "+err.Error(), hint)
	}
	nc, err := nats.Connect(servers, append(pyoco.ConnectOptions(name, log), options...)...)
	if err != nil {
		return nil, Usage("the NATS server "+Redact(servers)+" can't be used: "+err.Error(), hint)
	}
	return nc, nil
}

// split gives the URLs of a list, each with its scheme.
func split(servers string) []string {
	var list []string
	for server := range strings.SplitSeq(servers, ",") {
		if server = strings.TrimSpace(server); !strings.Contains(server, "://") {
			server = "nats://" + server
		}
		list = append(list, server)
	}
	return list
}

// Redact is a list of URLs without what may be a user, a password or a token.
func Redact(servers string) string {
	list := split(servers)
	for i, server := range list {
		scheme, rest, _ := strings.Cut(server, "://")
		if at := strings.LastIndexByte(rest, '@'); at >= 0 {
			list[i] = scheme + "://xxxxx" + rest[at:]
		}
	}
	return strings.Join(list, ",")
}
