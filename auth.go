// This file owns API keys as they are kept: the text of a key, and the record that it is checked against, which the Python
// tools read and write too.

package pyoco

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

const (
	keyPrefix       = "pyoco_"
	keyRecordPrefix = "api_keys." // before the id, in the bucket
	keyKDF          = "pbkdf2_hmac_sha256"
	keyIterations   = 200_000
	keyHashBytes    = 32
	// maxIterations bounds the work that a record can ask for.
	maxIterations = 5_000_000
	maxTenant     = 64
	maxKeyName    = 200
)

// The scopes of keys. A key without any may do everything within its tenant.
const (
	ScopeRunsRead     = "runs:read"
	ScopeRunsWrite    = "runs:write"
	ScopeWorkersRead  = "workers:read"
	ScopeWorkersWrite = "workers:write"
	ScopeWheelsRead   = "wheels:read"
	ScopeWheelsWrite  = "wheels:write"
	ScopeAdmin        = "admin" // everything, in every tenant
)

// Scopes are all scopes that there are.
func Scopes() []string {
	return []string{ScopeRunsRead, ScopeRunsWrite, ScopeWorkersRead, ScopeWorkersWrite, ScopeWheelsRead, ScopeWheelsWrite, ScopeAdmin}
}

// APIKey is what is known of a key. The key itself is nowhere kept.
type APIKey struct {
	ID        string    `json:"key_id"`
	TenantID  string    `json:"tenant_id"`
	CreatedAt Timestamp `json:"created_at"`
	// RevokedAt is 0 for a key that is in force, unless it has expired.
	RevokedAt Timestamp `json:"revoked_at"`
	// Name is for people.
	Name string `json:"name,omitempty"`
	// Scopes say what the key may do: everything within its tenant where there are none.
	Scopes []string `json:"scopes,omitempty"`
	// ExpiresAt is 0 for a key that does not expire. Python gateways know no expiry.
	ExpiresAt Timestamp `json:"expires_at,omitempty"`
	// RotatedAt is when the key was given its present secret, if that is not its first.
	RotatedAt Timestamp `json:"rotated_at,omitempty"`
}

// MarshalJSON writes null for the revocation that has not been.
func (k APIKey) MarshalJSON() ([]byte, error) {
	type plain APIKey
	return encode(struct {
		plain
		RevokedAt *Timestamp `json:"revoked_at"`
	}{plain(k), orNull(k.RevokedAt)})
}

func orNull(t Timestamp) *Timestamp {
	if t == 0 {
		return nil
	}
	return &t
}

// keyRecord is a key's record in the auth bucket.
type keyRecord struct {
	ID         string     `json:"key_id"`
	TenantID   string     `json:"tenant_id"`
	KDF        string     `json:"kdf"`
	Iterations int        `json:"iterations"`
	Salt       string     `json:"salt_b64"`
	Hash       string     `json:"hash_b64"`
	CreatedAt  Timestamp  `json:"created_at"`
	RevokedAt  *Timestamp `json:"revoked_at"`
	Name       string     `json:"name,omitempty"`
	Scopes     []string   `json:"scopes,omitempty"`
	ExpiresAt  Timestamp  `json:"expires_at,omitempty"`
	RotatedAt  Timestamp  `json:"rotated_at,omitempty"`

	extra map[string]json.RawMessage
}

// decodeKey reads a record of any writer. What a key may do must be readable: scopes or an expiry of another type than ours
// make no key that may do more.
func decodeKey(id string, data []byte) (*keyRecord, error) {
	r := &keyRecord{}
	extra, err := decodeRecord(finite(data), r)
	if err != nil {
		return nil, fmt.Errorf("read the record of key %s: %w", id, err)
	}
	var limits struct {
		Scopes    []string   `json:"scopes"`
		ExpiresAt *Timestamp `json:"expires_at"`
		RevokedAt *Timestamp `json:"revoked_at"`
	}
	if err := json.Unmarshal(data, &limits); err != nil {
		return nil, fmt.Errorf("read the record of key %s: %w", id, err)
	}
	r.extra = extra
	r.KDF, r.Iterations = or(r.KDF, keyKDF), or(r.Iterations, keyIterations)
	salt, hash := unbase64(r.Salt), unbase64(r.Hash)
	if r.ID != id || !validTenant(r.TenantID) || r.KDF != keyKDF || r.Iterations < 1 || r.Iterations > maxIterations ||
		len(salt) == 0 || len(hash) != keyHashBytes {
		return nil, fmt.Errorf("the record of key %s is none of a key", id)
	}
	return r, nil
}

func (r *keyRecord) encode() ([]byte, error) { return encodeRecord(*r, r.extra) }

// shown is the record without what the key is checked by.
func (r *keyRecord) shown() *APIKey {
	k := &APIKey{
		ID: r.ID, TenantID: r.TenantID, CreatedAt: r.CreatedAt, Name: r.Name, Scopes: slices.Clone(r.Scopes),
		ExpiresAt: r.ExpiresAt, RotatedAt: r.RotatedAt,
	}
	if r.RevokedAt != nil {
		k.RevokedAt = *r.RevokedAt
	}
	return k
}

// setSecret gives the record a new secret, and gives the text of the key.
func (r *keyRecord) setSecret(pepper string) (string, error) {
	random := make([]byte, 32+16)
	_, _ = rand.Read(random) // it never fails
	secret, salt := base64.RawURLEncoding.EncodeToString(random[:32]), random[32:]
	r.KDF, r.Iterations, r.Salt = keyKDF, keyIterations, base64.RawURLEncoding.EncodeToString(salt)
	hash, err := keyHash(secret, pepper, salt, keyIterations)
	if err != nil {
		return "", err
	}
	r.Hash = base64.RawURLEncoding.EncodeToString(hash)
	return keyPrefix + r.ID + "." + secret, nil
}

// matches does the work of checking a secret: some 50 ms.
func (r *keyRecord) matches(secret, pepper string) bool {
	hash, err := keyHash(secret, pepper, unbase64(r.Salt), r.Iterations)
	return err == nil && subtle.ConstantTimeCompare(hash, unbase64(r.Hash)) == 1
}

func keyHash(secret, pepper string, salt []byte, iterations int) ([]byte, error) {
	return pbkdf2.Key(sha256.New, secret+pepper, salt, iterations, keyHashBytes)
}

func newKeyID() string {
	random := make([]byte, 12)
	_, _ = rand.Read(random)
	return hex.EncodeToString(random)
}

// unbase64 reads base64url with or without its padding; nil where it is none.
func unbase64(text string) []byte {
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil
	}
	return data
}

// parseKey takes the text of a key apart.
func parseKey(text string) (id, secret string, ok bool) {
	rest, ok := strings.CutPrefix(text, keyPrefix)
	if !ok {
		return "", "", false
	}
	id, secret, ok = strings.Cut(rest, ".")
	if !ok || !validKeyID(id) || len(secret) < 16 || len(secret) > 256 || !consistsOf(secret, tagAlphabet) {
		return "", "", false
	}
	return id, secret, true
}

func validKeyID(id string) bool { return len(id) >= 8 && len(id) <= 64 && consistsOf(id, tagAlphabet) }

func validTenant(id string) bool {
	return id != "" && len(id) <= maxTenant && consistsOf(id, tagAlphabet)
}
