// This file owns the tests of access to a NATS server that asks for it.

package cli_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli"
)

func serverThatAsks(t *testing.T, o server.Options) string {
	t.Helper()
	o.Host, o.Port, o.NoLog, o.NoSigs = "127.0.0.1", -1, true, true
	s, err := server.NewServer(&o)
	require.NoError(t, err)
	go s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	require.True(t, s.ReadyForConnections(10*time.Second))
	return s.ClientURL()
}

func TestAServerThatAsksWhoItIsIsTold(t *testing.T) {
	t.Parallel()
	user := serverThatAsks(t, server.Options{Username: "me", Password: "s3cret"})
	token := serverThatAsks(t, server.Options{Authorization: "t0ken"})
	for _, test := range []struct {
		url    string
		access cli.Access
		in     bool
	}{
		{user, cli.Access{User: "me", Password: "s3cret"}, true}, {user, cli.Access{User: "me", Password: "wrong"}, false}, {user, cli.Access{}, false},
		{token, cli.Access{Token: "t0ken"}, true}, {token, cli.Access{Token: "wrong"}, false},
	} {
		nc, err := cli.Connect(test.url, "test", test.access, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		require.Equal(t, test.in, nc.IsConnected(), test.url)
		nc.Close()
		require.NotContains(t, fmt.Sprintf("%v %+v %#v", test.access, test.access, test.access), "s3cret")
	}
}

func TestAnswersComeToTheInboxThatWasNamed(t *testing.T) {
	t.Parallel()
	nc, err := cli.Connect(serverThatAsks(t, server.Options{}), "test", cli.Access{Inbox: "_INBOX_worker"}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer nc.Close()
	require.Regexp(t, `^_INBOX_worker\.`, nc.NewInbox())
}

// writeCertificate makes a certificate that is its own authority, for both ends of a connection, and puts it into files.
func writeCertificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "nats"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	certFile, keyFile = filepath.Join(t.TempDir(), "c.pem"), filepath.Join(t.TempDir(), "k.pem")
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	return certFile, keyFile
}

func TestAServerThatAsksForACertificateIsShownIt(t *testing.T) {
	t.Parallel()
	cert, key := writeCertificate(t)
	pair, err := tls.LoadX509KeyPair(cert, key)
	require.NoError(t, err)
	authority, err := os.ReadFile(cert)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(authority))
	url := serverThatAsks(t, server.Options{TLS: true, TLSVerify: true, TLSTimeout: 5, TLSConfig: &tls.Config{
		Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12,
	}})
	for access, in := range map[cli.Access]bool{
		{CA: cert, Cert: cert, Key: key}: true, {CA: cert}: false, {Cert: cert, Key: key}: false,
	} {
		nc, err := cli.Connect(url, "test", access, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		require.Equal(t, in, nc.IsConnected(), access.CA)
		nc.Close()
	}
}

func TestAccessThatCannotBeUsedNamesItsVariableAndNoSecret(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing")
	for want, access := range map[string]cli.Access{
		"PYOCO_NATS_CREDS: stat " + missing:                                  {Creds: missing},
		"PYOCO_NATS_TLS_CA: stat " + missing:                                 {CA: missing},
		"PYOCO_NATS_TLS_CERT and PYOCO_NATS_TLS_KEY belong together: one of": {Key: "access.go"},
		"PYOCO_NATS_PASSWORD needs PYOCO_NATS_USER":                          {Password: "s3cret"},
		`PYOCO_NATS_INBOX_PREFIX: must be words with dots between them, `:    {Inbox: "_INBOX.>"},
	} {
		_, err := cli.Connect("nats://127.0.0.1:1", "test", access, slog.New(slog.DiscardHandler))
		var bad *cli.Error
		require.ErrorAs(t, err, &bad)
		require.Contains(t, bad.Reason, want)
		require.NotContains(t, bad.Reason, "s3cret")
	}
}
