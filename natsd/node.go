// This file owns Node: a server that keeps its configuration and who it is in
// its data folder, alone or as a member of a cluster.

package natsd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	defaultMonitorPort = 8222
	defaultClusterHost = "0.0.0.0"
	defaultClusterPort = 6222
)

// ErrOtherCluster is returned by Node.WriteConfig and Start where the folder holds
// the streams of another cluster, or of a server alone, which the server would
// remove or change behind the others' back.
var ErrOtherCluster = errors.New("the folder belongs elsewhere")

// Node is a server whose configuration is written to its data folder, where it
// can be read. Every field but Folder may stay zero.
type Node struct {
	// Folder holds the data, the configuration file nats-server.conf, and node.json:
	// the name and the system password of the server, which stay the same over
	// its restarts, and the addresses of the other servers. Required.
	Folder string

	// Host is the address for clients and monitoring. Default 127.0.0.1: clients
	// need no credentials, so that any other address opens the server to
	// everybody who can reach it.
	Host string

	// Port is the port for clients. 0: 4222. AnyPort: a free one.
	Port int

	// MonitorPort is the port of the HTTP monitoring. 0: 8222. AnyPort: a free one.
	MonitorPort int

	// SyncInterval is as in Config.
	SyncInterval time.Duration

	// Cluster makes the server a member of a cluster. nil: it is alone.
	Cluster *Cluster
}

// Cluster says how the members of a cluster find each other. A cluster needs the
// majority of its servers, and at least two, to store anything.
type Cluster struct {
	// Name is the same on all servers. Required.
	Name string

	// Host is the address on which the other servers are heard. Default 0.0.0.0.
	// They need no credentials: keep the port from strangers.
	Host string

	// Port is the port for the other servers. 0: 6222.
	Port int

	// Seeds are addresses, host:port, of other servers. One that is up is enough
	// to find all; without a port, it is Port. Empty: the others come here.
	Seeds []string
}

// WriteConfig writes the configuration file, readable by its owner only, and
// returns its name. It fails with ErrStoreInUse while a server runs on the
// folder, and with ErrOtherCluster where the streams in it would be lost.
func (n Node) WriteConfig() (string, error) {
	n, err := n.withDefaults()
	if err != nil {
		return "", err
	}
	lock, err := lockStore(n.Folder)
	if err != nil {
		return "", err
	}
	defer lock.release()
	id, err := n.identify()
	if err != nil {
		return "", err
	}
	file := filepath.Join(n.Folder, configFile)
	return file, replaceFile(file, n.configText(id))
}

// Config writes the configuration file and returns what Start and Reload need to
// run the node; flags of nats-server (see ParseFlags) are laid over the file.
func (n Node) Config(flags ...string) (Config, error) {
	file, err := n.WriteConfig()
	if err != nil {
		return Config{}, err
	}
	opts, err := ParseFlags(append([]string{"-c", file}, flags...), io.Discard)
	if err != nil {
		return Config{}, err
	}
	if opts == nil {
		return Config{}, fmt.Errorf("natsd: Node.Config: %v ask for an answer and not for a server", flags)
	}
	return Config{Options: opts, StoreDir: opts.StoreDir}, nil
}

func (n Node) withDefaults() (Node, error) {
	if n.Folder == "" {
		return n, errors.New("natsd: Node.Folder is empty: name the folder that is to hold the data")
	}
	folder, err := filepath.Abs(n.Folder) // the file is good from everywhere
	if err != nil {
		return n, fmt.Errorf("natsd: Node.Folder: %w", err)
	}
	n.Folder = folder
	n.Host = cmp.Or(n.Host, defaultHost)
	n.Port = cmp.Or(n.Port, server.DEFAULT_PORT)
	n.MonitorPort = cmp.Or(n.MonitorPort, defaultMonitorPort)
	if err := n.validate(); err != nil || n.Cluster == nil {
		return n, err
	}
	cluster, err := n.Cluster.withDefaults()
	n.Cluster = &cluster
	return n, err
}

func (n Node) validate() error {
	switch {
	case !validPort(n.Port):
		return fmt.Errorf("natsd: Node.Port: must be -1 to 65535, got %d", n.Port)
	case !validPort(n.MonitorPort):
		return fmt.Errorf("natsd: Node.MonitorPort: must be -1 to 65535, got %d", n.MonitorPort)
	case n.SyncInterval < 0:
		return fmt.Errorf("natsd: Node.SyncInterval: must not be negative, got %s", n.SyncInterval)
	}
	return nil
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
