// This file owns what can change while a server runs: its options and its log file.

package natsd

import "fmt"

// Reload applies what has changed in cfg since Start or the last Reload, without
// disconnecting anybody whom the change does not concern: accounts, TLS
// certificates, limits, log levels, routes. A change that needs a restart, of
// StoreDir, a port or SyncInterval among others, is refused by its name, and then
// nothing is changed. Logger and NativeLog stay as they were.
func (s *Server) Reload(cfg Config) error {
	cfg.NativeLog = s.log.native
	cfg, err := cfg.withDefaults()
	if err != nil {
		return err
	}
	if err := s.reloadOptions(cfg); err != nil {
		return fmt.Errorf("natsd: reload: %w", err)
	}
	return s.log.attach(s.nats, cfg.options())
}

func (s *Server) reloadOptions(cfg Config) error {
	parsing.Lock() // nats-server looks there for a command line
	defer parsing.Unlock()
	return s.nats.ReloadOptions(cfg.options())
}

// ReopenLog opens the log file of NativeLog anew, for whoever rotates it by
// renaming. With another log it does nothing.
func (s *Server) ReopenLog() error { return s.log.reopen(s.nats) }

// LameDuck hands leaderships over to other servers of the cluster, sends the
// clients there, a few at a time, and then shuts down. Options.LameDuckDuration
// says how long it takes, two minutes by default; without clients it is at once.
func (s *Server) LameDuck() {
	s.nats.LameDuckShutdown()
	<-s.done
}
