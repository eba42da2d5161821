// This file owns what a data folder tells about its server to others on the
// machine: where it listens, who manages it, whether it runs.

package natsd

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"github.com/nats-io/nats-server/v2/server"
)

// Folder is what a data folder tells. Of a folder that is no Node's, only Path,
// PID, Program and Streams are known.
type Folder struct {
	Path string

	// PID and Program are the process whose server holds the folder; 0 and empty
	// where none does. One of another machine, on a shared file system, is not
	// noticed.
	PID     int
	Program string

	// Streams are the names of the streams in it, without the one that each start
	// writes to.
	Streams []string

	// Name and Cluster are those of the node; Cluster is empty where it is alone.
	Name, Cluster string

	// URL and MonitorURL are where this machine reaches the server; empty where
	// the configuration leaves the port to the system.
	URL, MonitorURL string

	// SystemUser and SystemPassword are of the user who manages the servers.
	SystemUser, SystemPassword string

	// User and Password are those of clients; empty where they need none.
	User, Password string

	// Listen are the addresses on which the server listens, host:port.
	Listen []string

	// Peers are the addresses of other servers that the server calls.
	Peers []string
}

// Inspect reads a data folder, and changes nothing. A folder that isn't there holds
// nothing and is no error.
func Inspect(folder string) (Folder, error) {
	holder := heldBy(folder)
	f := Folder{Path: folder, PID: holder.PID, Program: holder.Program}
	var err error
	if f.Streams, err = streamsIn(folder); err != nil {
		return f, fmt.Errorf("natsd: %w", err)
	}
	id, err := readIdentity(folder)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	file := filepath.Join(folder, configFile)
	opts, err := server.ProcessConfigFile(file)
	if err != nil {
		return f, fmt.Errorf("natsd: %s can't be read: %w", file, err)
	}
	f.Name, f.Cluster = id.Name, id.Cluster
	f.SystemUser, f.SystemPassword = systemUser, id.SystemPassword
	f.User, f.Password = id.User, id.Password
	f.Listen = listenAddresses(opts)
	f.URL = localURL("nats", opts.Host, opts.Port)
	f.MonitorURL = localURL("http", opts.HTTPHost, opts.HTTPPort)
	own := net.JoinHostPort(reachable(opts.Cluster.Host), strconv.Itoa(opts.Cluster.Port))
	for _, route := range opts.Routes {
		if route.Host != own {
			f.Peers = append(f.Peers, route.Host)
		}
	}
	return f, nil
}

func localURL(scheme, host string, port int) string {
	if port <= 0 {
		return ""
	}
	return (&url.URL{Scheme: scheme, Host: net.JoinHostPort(reachable(host), strconv.Itoa(port))}).String()
}

// heldBy is the process of this machine that holds the folder, if any. The lock is
// tried only where there is such a process, for trying it could keep a server
// that starts at the same moment from its folder.
func heldBy(folder string) owner {
	o, err := readOwner(filepath.Join(folder, ownerFile))
	if err != nil || o.Host != thisHost() || !runs(o.PID) {
		return owner{}
	}
	l := newStoreLock(folder)
	if free, err := l.file.TryLock(); err != nil || free {
		l.release()
		return owner{}
	}
	return o
}

// runs tells whether there is a process of that number, ours or another's.
func runs(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer func() { _ = p.Release() }()
	err = p.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, fs.ErrPermission) || runtime.GOOS == "windows" // which finds only those that run
}
