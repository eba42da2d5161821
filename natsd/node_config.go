// This file owns the text of a node's configuration file.

package natsd

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	configFile = "nats-server.conf"

	// The account of the servers' own, and of those who manage them. Clients
	// without credentials are in the default account.
	systemAccount = "SYS"
	systemUser    = "system"
)

// configText is a node's configuration, gaps filled, in nats-server's own language.
func (n Node) configText(id identity) string {
	var b strings.Builder
	put := func(format string, v ...any) { fmt.Fprintf(&b, format+"\n", v...) }
	put("# Written at each start from the flags of nats-bootstrap, or from a natsd.Node: a change made here is lost with the next.")
	put("# To run with settings of your own, copy it and start the copy: nats-bootstrap up -- -c FILE")
	put("server_name: %s", quote(id.Name))
	put("listen: %s", quote(net.JoinHostPort(n.Host, strconv.Itoa(n.Port))))
	put("http: %s", quote(net.JoinHostPort(n.Host, strconv.Itoa(n.MonitorPort))))
	sync := "always"
	if n.SyncInterval > 0 {
		sync = n.SyncInterval.String()
	}
	put("jetstream: {store_dir: %s, sync_interval: %s}", quote(n.Folder), quote(sync))
	put("")
	put("# Who manages the servers has this user, with the password in %s; clients are in the default account.", identityFile)
	put("system_account: %s", systemAccount)
	put("accounts: {%s: {users: [{user: %s, password: %s}]}}", systemAccount, systemUser, quote(hashed(id.SystemPassword)))
	if n.User != "" {
		put("authorization: {users: [{user: %s, password: %s}]}", quote(n.User), quote(hashed(n.Password)))
	}
	if c := n.Cluster; c != nil {
		put("")
		put("# A server that was seen once is called again and again, so that the others find each other without the seeds.")
		put("reconnect_error_reports: 60")
		put("cluster: {")
		put("  name: %s", quote(c.Name))
		put("  listen: %s", quote(net.JoinHostPort(c.Host, strconv.Itoa(c.Port))))
		put("  connect_retries: 1000000")
		var shown *url.Userinfo
		if n.User != "" {
			put("  authorization: {user: %s, password: %s}", quote(n.User), quote(n.Password))
			shown = url.UserPassword(n.User, n.Password)
		}
		put("  routes: [")
		for _, address := range c.routes(id) {
			put("    %s", quote((&url.URL{Scheme: "nats-route", User: shown, Host: address}).String()))
		}
		put("  ]")
		put("}")
	}
	return b.String()
}

// routes are the addresses that are called: the seeds, the servers that were seen,
// and this one itself where there is no seed, for a cluster without routes
// would be a server alone.
func (c *Cluster) routes(id identity) []string {
	routes := slices.Clone(c.Seeds)
	if len(routes) == 0 {
		routes = append(routes, net.JoinHostPort(reachable(c.Host), strconv.Itoa(c.Port)))
	}
	for _, p := range id.Peers {
		if !slices.Contains(routes, p.Address) {
			routes = append(routes, p.Address)
		}
	}
	return routes
}

// reachable is an address of this machine at which a listener on host is reached.
func reachable(host string) string {
	switch ip := net.ParseIP(host); {
	case ip == nil || !ip.IsUnspecified():
		return host
	case ip.To4() == nil:
		return "::1"
	}
	return "127.0.0.1"
}

var quoter = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

// quote writes a text as nats-server's configuration language reads it.
func quote(s string) string { return `"` + quoter.Replace(s) + `"` }
