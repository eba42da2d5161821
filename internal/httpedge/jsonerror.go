// This file owns which of the decoder's errors is which answer.

package httpedge

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"
)

// jsonError turns an error of json.Unmarshal into a Problem; one that is the program's own fault stays as it is.
func jsonError(body []byte, err error) error {
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	var notPointer *json.InvalidUnmarshalError
	switch {
	case errors.As(err, &notPointer):
		return err
	case errors.As(err, &syntax):
		return badBody("is not one JSON document, at byte %d: %s", syntax.Offset, syntax.Error())
	case errors.As(err, &wrongType):
		return invalid(http.StatusUnprocessableEntity, errIDInvalid, typeError(body, wrongType))
	}
	p := badBody("%s", clip(strings.TrimPrefix(err.Error(), "json: ")))
	p.Cause = err
	return p
}

// clip shortens what a client sent for an error text.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	end := most
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
