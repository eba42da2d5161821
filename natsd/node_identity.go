// This file owns node.json: who a node is, and whom it has seen.

package natsd

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/crypto/bcrypt"
)

const identityFile = "node.json"

// identity is what must stay the same while the folder does. JetStream knows the
// members of a cluster by their names: under another one, a server with the
// same data would be a stranger, and the old one missed.
type identity struct {
	Name           string `json:"name"`
	Cluster        string `json:"cluster,omitempty"`
	SystemPassword string `json:"system_password"`

	// Those of clients, as last given.
	User     string `json:"user,omitempty"`
	Password string `json:"password,omitempty"`

	Peers []peer `json:"peers,omitempty"`
}

// peer is another server of the cluster and where it was reached.
type peer struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// identify reads who the node is, or decides it at its first start. The folder is
// locked.
func (n Node) identify() (identity, error) {
	cluster := ""
	if n.Cluster != nil {
		cluster = n.Cluster.Name
	}
	id, err := readIdentity(n.Folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		id = identity{Name: n.newName(), Cluster: cluster, SystemPassword: rand.Text()}
	case err != nil:
		return id, err
	case id.Cluster != cluster:
		if err := holdsNothing(n.Folder); err != nil {
			return id, fmt.Errorf("natsd: %w: it was made for %s and is now asked for %s, and %w",
				ErrOtherCluster, clusterWord(id.Cluster), clusterWord(cluster), err)
		}
		id.Cluster, id.Peers = cluster, nil
	case id.User == n.User && id.Password == n.Password:
		return id, nil
	}
	id.User, id.Password = n.User, n.Password
	return id, id.write(n.Folder)
}

func clusterWord(name string) string {
	if name == "" {
		return "a server alone"
	}
	return "cluster " + name
}

// newName names the node after its machine and port, and tells it from one that
// had the same before.
func (n Node) newName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "nats"
	}
	port := n.Port
	if n.Cluster != nil {
		port = n.Cluster.Port
	}
	plain := strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z') {
			return r
		}
		return '-'
	}, host)
	const longest = 40
	name := plain[:min(len(plain), longest)]
	if port > 0 {
		name += "-" + strconv.Itoa(port)
	}
	unique := make([]byte, 3)
	_, _ = rand.Read(unique) // never fails
	return name + "-" + hex.EncodeToString(unique)
}

// Forget lets a folder forget who its server was, once that has left its cluster:
// the next start on it makes a new server, with a name of its own. It fails with
// ErrStoreInUse while a server runs on the folder, and while there are streams in
// it.
func Forget(folder string) error {
	lock, err := lockStore(folder)
	if err != nil {
		return err
	}
	defer lock.release()
	if err := holdsNothing(folder); err != nil {
		return fmt.Errorf("natsd: %s is not forgotten: %w", folder, err)
	}
	if err := os.RemoveAll(filepath.Join(folder, server.JetStreamStoreDir)); err != nil {
		return fmt.Errorf("natsd: %w", err)
	}
	if err := os.Remove(filepath.Join(folder, identityFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("natsd: %w", err)
	}
	return nil
}

// longestPassword is how many bytes bcrypt takes.
const longestPassword = 72

// hashed is what nats-server compares a password with. The cheapest hash will do: that
// of the system has 130 random bits, and both stand in clear in a file beside it, for
// those who manage the server from this machine.
func hashed(password string) string {
	hash, _ := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost) // fails for longer ones only, which are refused
	return string(hash)
}

func readIdentity(folder string) (identity, error) {
	var id identity
	file := filepath.Join(folder, identityFile)
	data, err := os.ReadFile(file)
	if err != nil {
		return id, err
	}
	if err := json.Unmarshal(data, &id); err != nil {
		return id, fmt.Errorf("natsd: %s can't be read: %w", file, err)
	}
	if id.Name == "" || id.SystemPassword == "" || len(id.SystemPassword) > longestPassword {
		return id, fmt.Errorf("natsd: %s can't be read: name or system_password is missing, or the password is longer than %d bytes", file, longestPassword)
	}
	return id, nil
}

func (id identity) write(folder string) error {
	data, err := json.MarshalIndent(id, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(folder, identityFile), string(data)+"\n")
}
