// This file owns how a program shows NATS who it is.

package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/nats-io/nats.go"
)

// Access is what a NATS server asks for. The zero value is nothing. It holds secrets, and its text hides them.
type Access struct {
	// Creds is a file with a user's JWT and seed.
	Creds string
	// User and Password belong together; Token stands alone.
	User, Password, Token string
	// CA is a file with the authorities (PEM) that the server's certificate may be of; it turns TLS on. Cert and Key are
	// files with the program's own certificate.
	CA, Cert, Key string
	// Inbox is what the subjects of answers begin with, "" for _INBOX: an account may let each user listen to its own alone.
	Inbox string
	// Err is why one of them is not here: the file that holds it can't be used.
	Err error
}

func (a Access) String() string { return "NATS access" }

// GoString hides the secrets from %#v too.
func (a Access) GoString() string { return a.String() }

// Options are those of a connection. An error names the variable, and no value of a secret.
func (a Access) Options() ([]nats.Option, error) {
	if a.Err != nil {
		return nil, a.Err
	}
	var list []nats.Option
	files := []struct{ name, file string }{
		{"PYOCO_NATS_CREDS", a.Creds}, {"PYOCO_NATS_TLS_CA", a.CA}, {"PYOCO_NATS_TLS_CERT", a.Cert}, {"PYOCO_NATS_TLS_KEY", a.Key},
	}
	for _, f := range files { // the client library would find out at each try, and say nothing
		if f.file == "" {
			continue
		}
		if _, err := os.Stat(f.file); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	switch {
	case (a.Cert == "") != (a.Key == ""):
		return nil, errors.New("PYOCO_NATS_TLS_CERT and PYOCO_NATS_TLS_KEY belong together: one of them is missing")
	case a.User == "" && a.Password != "":
		return nil, errors.New("PYOCO_NATS_PASSWORD needs PYOCO_NATS_USER")
	case strings.ContainsAny(a.Inbox, "*> \t\r\n") || strings.Contains("."+a.Inbox+".", "..") && a.Inbox != "":
		return nil, fmt.Errorf("PYOCO_NATS_INBOX_PREFIX: must be words with dots between them, without spaces, * or >, got %q", a.Inbox)
	}
	if a.Inbox != "" {
		list = append(list, nats.CustomInboxPrefix(a.Inbox))
	}
	if a.Creds != "" {
		list = append(list, nats.UserCredentials(a.Creds))
	}
	if a.User != "" {
		list = append(list, nats.UserInfo(a.User, a.Password))
	}
	if a.Token != "" {
		list = append(list, nats.Token(a.Token))
	}
	if a.CA != "" {
		list = append(list, nats.RootCAs(a.CA))
	}
	if a.Cert != "" {
		list = append(list, nats.ClientCert(a.Cert, a.Key))
	}
	return list, nil
}
