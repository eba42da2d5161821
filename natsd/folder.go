// This file owns what a store folder tells of the servers that used it: streams
// of another cluster, or of a server alone, are removed by nats-server as ones
// that nobody knows of.

package natsd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/nats-io/nats-server/v2/server"
)

// checkFolder refuses to make a server that ran alone a member of a cluster, for
// which all its streams are strangers; and to run a cluster's node alone, for what
// it writes then is news to nobody, and lost when it is back among the others.
func checkFolder(cfg Config) error {
	if !clustered(cfg.Options) {
		id, err := readIdentity(cfg.StoreDir)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // no Node's folder
		}
		if err != nil || id.Cluster == "" {
			return err
		}
		if streams, err := streamsIn(cfg.StoreDir); err != nil || len(streams) == 0 {
			return err
		}
		return fmt.Errorf("natsd: %w: %s is of a member of cluster %s; start it as one, or choose another folder", ErrOtherCluster, cfg.StoreDir, id.Cluster)
	}
	was, err := usedByCluster(cfg.StoreDir)
	if was || err != nil {
		return err
	}
	if err := holdsNothing(cfg.StoreDir); err != nil {
		return fmt.Errorf("natsd: %w: a server used %s alone, and as a member of a cluster %w", ErrOtherCluster, cfg.StoreDir, err)
	}
	return nil
}

// holdsNothing is an error that names what would be lost, or nil.
func holdsNothing(folder string) error {
	streams, err := streamsIn(folder)
	if err != nil || len(streams) == 0 {
		return err
	}
	return fmt.Errorf("its streams (%s) would be lost; choose another folder, or back them up, empty the folder and restore them",
		strings.Join(streams, ", "))
}

// streamsIn are the names of the streams that the folder holds, without the probe.
func streamsIn(folder string) ([]string, error) {
	store := filepath.Join(folder, server.JetStreamStoreDir)
	accounts, err := readDir(store)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, account := range accounts {
		streams, err := readDir(filepath.Join(store, account.Name(), "streams"))
		if err != nil {
			return nil, err
		}
		for _, s := range streams {
			if s.IsDir() && s.Name() != ProbeStream && !slices.Contains(names, s.Name()) {
				names = append(names, s.Name())
			}
		}
	}
	return names, nil
}

// usedByCluster tells whether a member of a cluster has used the folder.
func usedByCluster(folder string) (bool, error) {
	store := filepath.Join(folder, server.JetStreamStoreDir)
	accounts, err := readDir(store)
	if err != nil {
		return false, err
	}
	for _, account := range accounts {
		if _, err := os.Stat(filepath.Join(store, account.Name(), "_js_", "_meta_")); err == nil {
			return true, nil
		}
	}
	return false, nil
}

// readDir is os.ReadDir, for which a missing folder is an empty one.
func readDir(folder string) ([]os.DirEntry, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	return entries, err
}
