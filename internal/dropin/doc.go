// Package dropin holds the tests that put this system beside the Python one that it replaces: the Python client against
// our gateway, Python workers beside ours on one queue, our worker behind the Python gateway. They need a Python with the
// package pyoco-server; see python_test.go.
package dropin
