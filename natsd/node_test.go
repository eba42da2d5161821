// This file owns the tests of a node's configuration: what is written, what is kept, what is refused.

package natsd_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd"
)

// written reads what a node has written.
func written(t *testing.T, n natsd.Node) *server.Options {
	t.Helper()
	file, err := n.WriteConfig()
	require.NoError(t, err)
	opts, err := server.ProcessConfigFile(file)
	require.NoError(t, err)
	return opts
}

// identity is a node's node.json.
type identity struct {
	Name           string `json:"name"`
	SystemPassword string `json:"system_password"`
	Peers          []struct {
		Name    string `json:"name"`
		Address string `json:"address"`
	} `json:"peers"`
}

func readIdentity(t *testing.T, folder string) identity {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, "node.json"))
	require.NoError(t, err)
	var id identity
	require.NoError(t, json.Unmarshal(data, &id))
	return id
}

func TestConfigurationIsForItsOwnerAndStaysTheSame(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), `a "name" with \ and ümlaut $x`)
	node := natsd.Node{Folder: folder, Cluster: &natsd.Cluster{Name: "pyoco", Seeds: []string{"10.0.0.1", "seed:1"}}}
	first := written(t, node)
	assert.Equal(t, folder, first.StoreDir)
	assert.True(t, first.SyncAlways)
	assert.Equal(t, []any{"127.0.0.1", 4222, "127.0.0.1", 8222}, []any{first.Host, first.Port, first.HTTPHost, first.HTTPPort})
	assert.Equal(t, []any{"pyoco", "0.0.0.0", 6222}, []any{first.Cluster.Name, first.Cluster.Host, first.Cluster.Port})
	assert.Equal(t, "10.0.0.1:6222", first.Routes[0].Host)
	assert.Equal(t, "seed:1", first.Routes[1].Host)
	assert.Equal(t, "SYS", first.SystemAccount)
	require.Len(t, first.Users, 1)
	assert.True(t, strings.HasPrefix(first.Users[0].Password, "$2a$"), "hashed")
	password := readIdentity(t, folder).SystemPassword
	assert.Len(t, password, 26)
	for _, name := range []string{"nats-server.conf", "node.json"} {
		info, err := os.Stat(filepath.Join(folder, name))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}

	node.Port, node.SyncInterval = 5222, 2*time.Second
	second := written(t, node)
	assert.Equal(t, first.ServerName, second.ServerName)
	assert.Equal(t, password, readIdentity(t, folder).SystemPassword)
	assert.Equal(t, 5222, second.Port)
	assert.Equal(t, 2*time.Second, second.SyncInterval)
	elsewhere := t.TempDir()
	other := written(t, natsd.Node{Folder: elsewhere, Cluster: &natsd.Cluster{Name: "pyoco"}})
	assert.NotEqual(t, first.ServerName, other.ServerName)
	assert.NotEqual(t, password, readIdentity(t, elsewhere).SystemPassword)
	assert.Equal(t, "127.0.0.1:6222", other.Routes[0].Host, "itself, for want of a seed")
}

func TestSeedsAreCompletedByTheClustersPort(t *testing.T) {
	t.Parallel()
	for seed, want := range map[string]string{
		"host": "host:7222", "host:1": "host:1", "10.0.0.1": "10.0.0.1:7222", "[::1]:2": "[::1]:2", "[::1]": "[::1]:7222", "::1": "[::1]:7222",
	} {
		opts := written(t, natsd.Node{Folder: t.TempDir(), Cluster: &natsd.Cluster{Name: "c", Port: 7222, Seeds: []string{seed}}})
		assert.Equal(t, want, opts.Routes[0].Host, seed)
	}
}

func TestUnusableNodeIsRefusedByTheNameOfItsField(t *testing.T) {
	t.Parallel()
	cluster := func(c natsd.Cluster) natsd.Node { return natsd.Node{Folder: "x", Cluster: &c} }
	for want, node := range map[string]natsd.Node{
		"Node.Folder is empty":                        {},
		"Node.Port: must be -1 to 65535":              {Folder: "x", Port: 65536},
		"Node.MonitorPort: must be -1 to 65535":       {Folder: "x", MonitorPort: -2},
		"Node.SyncInterval: must not be":              {Folder: "x", SyncInterval: -1},
		"Cluster.Name: must be a name":                cluster(natsd.Cluster{}),
		`without spaces, got "a b"`:                   cluster(natsd.Cluster{Name: "a b"}),
		"Cluster.Port: must be 1 to 65535, got -1":    cluster(natsd.Cluster{Name: "c", Port: -1}),
		"both must be given, or none":                 {Folder: "x", User: "u"},
		"system is who manages the servers":           {Folder: "x", User: "system", Password: "p"},
		"must be at most 72 bytes each":               {Folder: "x", User: "u", Password: strings.Repeat("p", 73)},
		`host or host:port, got "h:x"`:                cluster(natsd.Cluster{Name: "c", Seeds: []string{"h:x"}}),
		`host or host:port, got "nats://h:1"`:         cluster(natsd.Cluster{Name: "c", Seeds: []string{"nats://h:1"}}),
		`got "": there is no host in it`:              cluster(natsd.Cluster{Name: "c", Seeds: []string{""}}),
		`got "h:0": the port must be 1 to 65535`:      cluster(natsd.Cluster{Name: "c", Seeds: []string{"h:0"}}),
		`got "a b:1": there is no host in it`:         cluster(natsd.Cluster{Name: "c", Seeds: []string{"a b:1"}}),
		`got "user@h:1": there is no host in it`:      cluster(natsd.Cluster{Name: "c", Seeds: []string{"user@h:1"}}),
		"[-v] ask for an answer and not for a server": {Folder: t.TempDir()},
	} {
		_, err := node.Config("-v")
		require.ErrorContains(t, err, want)
	}
}

func TestAnIdentityThatCannotBeReadIsNotReplaced(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"{", "{}", `{"name":"n"}`} {
		folder := t.TempDir()
		file := filepath.Join(folder, "node.json")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, err := natsd.Node{Folder: folder}.WriteConfig()
		require.ErrorContains(t, err, file+" can't be read")
		kept, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, text, string(kept))
	}
}

// alone starts a node by itself.
func alone(t *testing.T, folder string) *natsd.Server {
	t.Helper()
	cfg, err := natsd.Node{Folder: folder, Port: natsd.AnyPort, MonitorPort: natsd.AnyPort, SyncInterval: time.Minute}.Config()
	require.NoError(t, err)
	return start(t, cfg)
}

func TestClientsAreAnonymousAndManagersAreTheSystemUser(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := alone(t, folder)
	<-s.Ready()
	nc, _ := bucket(t, s)
	_, err := nc.Request("$SYS.REQ.SERVER.PING", nil, time.Second)
	require.ErrorIs(t, err, nats.ErrNoResponders, "clients don't manage")

	_, err = nats.Connect(s.ClientURL(), nats.UserInfo("system", "guessed"))
	require.ErrorIs(t, err, nats.ErrAuthorization)
	manager, err := nats.Connect(s.ClientURL(), nats.UserInfo("system", readIdentity(t, folder).SystemPassword))
	require.NoError(t, err)
	defer manager.Close()
	_, err = manager.Request("$SYS.REQ.SERVER.PING", nil, time.Second)
	require.NoError(t, err)
	_, err = natsd.Node{Folder: folder}.WriteConfig()
	require.ErrorIs(t, err, natsd.ErrStoreInUse, "nobody changes the file of a running server")
}

func TestStreamsKeepAFolderFromAnotherCluster(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	alone(t, folder).Shutdown()
	member := natsd.Node{Folder: folder, Cluster: &natsd.Cluster{Name: "c", Host: "127.0.0.1", Port: natstest.FreePort(t)}}
	_, err := member.WriteConfig()
	require.NoError(t, err, "nothing but the probe is lost")

	s := alone(t, folder)
	nc, err := nats.Connect(s.ClientURL())
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "RUNS"})
	require.NoError(t, err)
	s.Shutdown()

	_, err = member.WriteConfig()
	require.ErrorIs(t, err, natsd.ErrOtherCluster)
	require.ErrorContains(t, err, "made for a server alone and is now asked for cluster c, and its streams (RUNS) would be lost")
	member.Folder = t.TempDir()
	file, err := member.WriteConfig()
	require.NoError(t, err)
	_, err = natsd.Start(t.Context(), natsd.Config{Options: parse(t, "-c", file), StoreDir: folder})
	require.ErrorIs(t, err, natsd.ErrOtherCluster, "also without the node's file")
	alone(t, folder).Shutdown()

	require.NoError(t, os.MkdirAll(filepath.Join(member.Folder, "jetstream", "$G", "streams", "RUNS"), 0o750))
	_, err = natsd.Start(t.Context(), natsd.Config{StoreDir: member.Folder, Port: natsd.AnyPort})
	require.ErrorIs(t, err, natsd.ErrOtherCluster)
	require.ErrorContains(t, err, "is of a member of cluster c; start it as one")
}

func TestAFolderTellsAboutItsServer(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	nothing, err := natsd.Inspect(folder)
	require.NoError(t, err)
	assert.Equal(t, natsd.Folder{Path: folder}, nothing)
	assert.NoDirExists(t, folder)

	node := natsd.Node{Folder: folder, Host: "0.0.0.0", Port: 5222, MonitorPort: natsd.AnyPort, Cluster: &natsd.Cluster{Name: "c", Port: 7222, Seeds: []string{"h:1"}}}
	written(t, node)
	id := readIdentity(t, folder)
	got, err := natsd.Inspect(folder)
	require.NoError(t, err)
	assert.Equal(t, natsd.Folder{
		Path: folder, Name: id.Name, Cluster: "c", URL: "nats://127.0.0.1:5222", SystemUser: "system", SystemPassword: id.SystemPassword,
		Listen: []string{"0.0.0.0:5222", "0.0.0.0:7222"}, Peers: []string{"h:1"},
	}, got)

	folder = t.TempDir()
	s := alone(t, folder)
	bucket(t, s)
	got, err = natsd.Inspect(folder)
	require.NoError(t, err)
	assert.Equal(t, os.Getpid(), got.PID)
	assert.Contains(t, got.Program, "natsd.test")
	assert.Equal(t, []string{"KV_b"}, got.Streams)
	assert.Empty(t, got.Peers)
	s.Shutdown()
	got, err = natsd.Inspect(folder)
	require.NoError(t, err)
	assert.Zero(t, got.PID)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "nats-server.conf"), []byte("port: x"), 0o600))
	_, err = natsd.Inspect(folder)
	require.ErrorContains(t, err, "nats-server.conf can't be read")
}
