// This file owns Node: a server that keeps its configuration and who it is in
// its data folder, alone or as a member of a cluster.

package natsd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const defaultMonitorPort = 8222

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

	// Host is the address for clients and monitoring. Default 127.0.0.1: without
	// User, clients need no credentials, so that any other address opens the server
	// to everybody who can reach it.
	Host string

	// Port is the port for clients. 0: 4222. AnyPort: a free one.
	Port int

	// MonitorPort is the port of the HTTP monitoring. 0: 8222. AnyPort: a free one.
	MonitorPort int

	// User and Password are what clients must show, and the other servers of the
	// cluster, which have the same. Both or none; at most 72 bytes each.
	User, Password string

	// SyncInterval is as in Config.
	SyncInterval time.Duration

	// Cluster makes the server a member of a cluster. nil: it is alone.
	Cluster *Cluster
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
	case (n.User == "") != (n.Password == ""):
		return errors.New("natsd: Node.User and Node.Password: both must be given, or none")
	case n.User == systemUser:
		return fmt.Errorf("natsd: Node.User: %s is who manages the servers, choose another name", systemUser)
	case len(n.User) > longestPassword || len(n.Password) > longestPassword:
		return fmt.Errorf("natsd: Node.User and Node.Password: must be at most %d bytes each", longestPassword)
	}
	return nil
}
