// This file owns Cluster: how a node finds the others.

package natsd

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"unicode"
)

const (
	defaultClusterHost = "0.0.0.0"
	defaultClusterPort = 6222
)

// Cluster says how the members of a cluster find each other. A cluster needs the
// majority of its servers, and at least two, to store anything.
type Cluster struct {
	// Name is the same on all servers. Required.
	Name string

	// Host is the address on which the other servers are heard. Default 0.0.0.0.
	// Where Node.User is empty, they need no credentials: keep the port from
	// strangers.
	Host string

	// Port is the port for the other servers. 0: 6222.
	Port int

	// Seeds are addresses, host:port, of other servers. One that is up is enough
	// to find all; without a port, it is Port. Empty: the others come here.
	Seeds []string
}

func (c Cluster) withDefaults() (Cluster, error) {
	c.Host = cmp.Or(c.Host, defaultClusterHost)
	c.Port = cmp.Or(c.Port, defaultClusterPort)
	switch {
	case c.Name == "" || strings.ContainsFunc(c.Name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return c, fmt.Errorf("natsd: Cluster.Name: must be a name without spaces, got %q", c.Name)
	case c.Port < 1 || c.Port > math.MaxUint16:
		return c, fmt.Errorf("natsd: Cluster.Port: must be 1 to 65535, got %d", c.Port)
	}
	seeds := make([]string, len(c.Seeds))
	for i, seed := range c.Seeds {
		address, err := hostPort(seed, c.Port)
		if err != nil {
			return c, fmt.Errorf("natsd: Cluster.Seeds: must be host or host:port, got %q: %w", seed, err)
		}
		seeds[i] = address
	}
	c.Seeds = seeds
	return c, nil
}

// hostPort completes an address by the port that it may lack.
func hostPort(address string, port int) (string, error) {
	host, given, err := net.SplitHostPort(address)
	if err != nil { // there is no port, or it is no address at all
		host, given, err = net.SplitHostPort(address + ":" + strconv.Itoa(port))
	}
	if err != nil && net.ParseIP(address) != nil {
		return net.JoinHostPort(address, strconv.Itoa(port)), nil
	}
	if err != nil {
		return "", err
	}
	if n, err := strconv.ParseUint(given, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("the port must be 1 to %d", math.MaxUint16)
	}
	if host == "" || strings.ContainsAny(host, " /@") {
		return "", errors.New("there is no host in it")
	}
	return net.JoinHostPort(host, given), nil
}
