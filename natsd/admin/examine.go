// This file owns what this machine shows to be wrong: its disk, its ports, and the
// servers that it should reach.

package admin

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/pyoco/pyoco/natsd"
)

// Examine gives the findings of the machine on which the folder is, sorted. It
// writes and removes a small file in the folder, listens for a moment on the
// ports of a server that doesn't run, and calls the addresses of its peers.
func Examine(ctx context.Context, f natsd.Folder) []Finding {
	found := store(f.Path)
	if f.PID == 0 {
		for _, address := range f.Listen {
			found = append(found, port(ctx, address)...)
		}
	}
	for _, address := range f.Peers {
		found = append(found, peer(ctx, address, f.Cluster)...)
	}
	Sort(found)
	return found
}

// store looks for room and the right to write.
func store(folder string) []Finding {
	at, err := existing(folder)
	if err == nil {
		err = natsd.TryFolder(at)
	}
	var found []Finding
	if err != nil {
		found = append(found, Finding{CheckStore, Failure, folder, "it can't be written: " + err.Error(),
			"give the server's user the right to write there, or choose another folder by --datafolder"})
	}
	free, total, err := diskSpace(at)
	if err != nil {
		return found // there is nothing that could be said of it
	}
	const least, most, percent = 256 << 20, 10 << 30, 5
	if free < max(least, min(most, total/100*percent)) {
		found = append(found, Finding{CheckDisk, Failure, folder, fmt.Sprintf("its disk is nearly full: %s of %s are free", humanize.IBytes(free), humanize.IBytes(total)),
			"make room, or move the folder to a larger disk while the server is stopped"})
	}
	return found
}

// existing is the folder, or the one in which it would be made.
func existing(folder string) (string, error) {
	at, err := filepath.Abs(folder)
	if err != nil {
		return folder, err
	}
	for {
		info, err := os.Stat(at)
		switch {
		case err == nil && !info.IsDir():
			return at, fmt.Errorf("%s is not a folder", at)
		case err == nil || !errors.Is(err, os.ErrNotExist) || filepath.Dir(at) == at:
			return at, err
		}
		at = filepath.Dir(at)
	}
}

func port(ctx context.Context, address string) []Finding {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err == nil {
		_ = l.Close()
		return nil
	}
	return []Finding{{CheckPort, Failure, address, "the server can't listen there: " + err.Error(),
		"stop the program that has the port, or choose another one by --client-port, --http-port or --cluster-port"}}
}

// peer calls a server's cluster port and reads its greeting.
func peer(ctx context.Context, address, cluster string) []Finding {
	greeting, err := greet(ctx, address)
	switch {
	case err != nil:
		return []Finding{{CheckPeer, Failure, address, "the server there can't be reached: " + err.Error(),
			"start it, or see that its --cluster-port is open to this machine; an address that is no longer right goes with the node.json of this server"}}
	case greeting.ClientID != 0:
		return []Finding{{CheckPeer, Failure, address, "clients are served there, not other servers",
			"give --seed the --cluster-port of the other server, by default 6222"}}
	case greeting.Cluster != cluster:
		return []Finding{{CheckCluster, Failure, address,
			fmt.Sprintf("the server there, %s, is of cluster %s and not of %s", greeting.Name, strconv.Quote(greeting.Cluster), strconv.Quote(cluster)),
			"give both the same --cluster, or this server other seeds"}}
	}
	return nil
}

// greeting is what a server says first.
type greeting struct {
	Name     string `json:"server_name"`
	Cluster  string `json:"cluster"`
	ClientID uint64 `json:"client_id"`
}

func greet(ctx context.Context, address string) (greeting, error) {
	const patience, longest = 3 * time.Second, 64 << 10
	var g greeting
	dialer := net.Dialer{Timeout: patience}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return g, err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return g, err
	}
	line, err := bufio.NewReaderSize(conn, longest).ReadSlice('\n')
	if err != nil {
		return g, fmt.Errorf("it says nothing: %w", err)
	}
	text, found := strings.CutPrefix(string(line), "INFO ")
	if !found || json.Unmarshal([]byte(text), &g) != nil {
		return g, errors.New("it is no nats-server")
	}
	return g, nil
}
