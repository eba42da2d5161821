// This file owns how a gateway asks for keys.

package pyoco

import (
	"net/netip"
	"strings"
)

// AuthMode says whether a gateway asks for keys.
type AuthMode string

// The modes.
const (
	AuthNone   AuthMode = "none"    // everybody may do everything
	AuthAPIKey AuthMode = "api_key" // all but /health, /ready and the dashboard's files needs a key
)

// AuthConfig says how a Gateway knows who calls it over HTTP. Calls of its Go methods need no key.
type AuthConfig struct {
	// Mode is AuthNone or AuthAPIKey. Default: AuthNone.
	Mode AuthMode
	// Header is the HTTP header with the key; it is also taken from Authorization, as Bearer. Default: X-API-Key.
	Header string
	// Pepper is that of KeysConfig. Default: none.
	Pepper string
	// TrustedProxies are the proxies whose X-Forwarded-For says where a request comes from. Default: none.
	TrustedProxies []netip.Prefix
	// AllowedHosts are names, without ports, that a gateway without keys answers to beside localhost and IP addresses where
	// Serve listens on loopback: those of a proxy in front of it. Default: none.
	AllowedHosts []string
}

func (c AuthConfig) withDefaults() (AuthConfig, error) {
	c.Mode, c.Header = or(c.Mode, AuthNone), or(c.Header, "X-API-Key")
	if c.Mode != AuthNone && c.Mode != AuthAPIKey {
		return c, invalid("Auth.Mode", "must be %s or %s, got %q", AuthNone, AuthAPIKey, clip(string(c.Mode), maxShown))
	}
	if len(c.Header) > maxShown || !consistsOf(c.Header, tagAlphabet) {
		return c, invalid("Auth.Header", "must be the name of an HTTP header, at most %d of A-Z, a-z, 0-9, _ and -, got %q", maxShown, clip(c.Header, maxShown))
	}
	for _, prefix := range c.TrustedProxies {
		if !prefix.IsValid() {
			return c, invalid("Auth.TrustedProxies", "must be addresses with their prefix's length, got %q", prefix)
		}
	}
	return c, nil
}

// ParseAuthMode reads a mode as people write it, with spaces around it and in any case.
func ParseAuthMode(text string) AuthMode { return AuthMode(strings.ToLower(strings.TrimSpace(text))) }
