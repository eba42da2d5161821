// This file owns the tests of TLS.

package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/cli/server"
	"github.com/pyoco/pyoco/internal/natstest"
)

// writePair makes a certificate for 127.0.0.1 and puts it into files.
func writePair(t *testing.T, serial int64, certFile, keyFile string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "pyoco"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	pool := x509.NewCertPool()
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool.AddCert(cert)
	return pool
}

func TestANewCertificateIsServedWithoutARestart(t *testing.T) {
	t.Parallel()
	cert, key := filepath.Join(t.TempDir(), "c"), filepath.Join(t.TempDir(), "k")
	pool := writePair(t, 1, cert, key)
	p := clitest.Start(t, server.Main, []string{"PYOCO_NATS_URL", natstest.Start(t).URL()}, "--port", "0", "--tls-cert", cert, "--tls-key", key)
	p.Out.Wait(t, "gateway is ready")
	url := regexp.MustCompile(`https://127\.0\.0\.1:\d+`).FindString(p.Out.String())
	require.NotEmpty(t, url, p.Out.String())
	serial := func(pool *x509.CertPool) string {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/health", nil)
		require.NoError(t, err)
		answer, err := client.Do(r)
		if err != nil {
			return err.Error()
		}
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusOK, answer.StatusCode)
		return answer.TLS.PeerCertificates[0].SerialNumber.String()
	}
	require.Equal(t, "1", serial(pool))
	require.NoError(t, os.WriteFile(cert, []byte("no certificate"), 0o600))
	require.Equal(t, "1", serial(pool), "what can't be used is not")
	p.Out.Wait(t, "the new TLS certificate can't be used, the old one stays")
	renewed := writePair(t, 2, cert, key)
	require.Equal(t, "2", serial(renewed))
}

func TestTLSThatCannotBeUsedRefusesTheStart(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for want, args := range map[string][]string{
		"--tls-cert and --tls-key belong together: one of them is missing": {"--tls-cert", missing},
		"TLS can't be used: stat " + missing:                               {"--tls-cert", missing, "--tls-key", missing},
	} {
		code, _, errs := run(t, nil, append(args, "--port", "0")...)
		require.Equal(t, 1, code)
		require.Contains(t, errs, "[pyoco-server][ERR-PYOCO-0018] "+want)
	}
}
