// This file owns the description of the HTTP interface, and how it is served.

package pyoco

import (
	_ "embed" // for openapi.yaml
	"net/http"
	"sync"

	"gopkg.in/yaml.v3"

	"github.com/pyoco/pyoco/internal/httpedge"
)

//go:embed openapi.yaml
var openAPIText []byte

// openAPI is the description as what JSON is made of. It is read when it is first asked for.
var openAPI = sync.OnceValues(func() (map[string]any, error) {
	var document map[string]any
	err := yaml.Unmarshal(openAPIText, &document)
	return document, err
})

func (g *Gateway) getOpenAPI(w http.ResponseWriter, _ *http.Request) error {
	document, err := openAPI()
	if err != nil {
		return err
	}
	return httpedge.WriteJSON(w, http.StatusOK, document)
}
