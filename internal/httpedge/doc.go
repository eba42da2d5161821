// Package httpedge is HTTP as this module needs it, without its domain: a router that turns errors into problem
// answers (RFC 9457), readers for JSON bodies, queries and multipart forms that name the field and the limit they
// refuse, server-sent events, and a server with its timeouts set.
//
// Nothing here keeps process-wide state, and no reader touches the disk.
package httpedge
