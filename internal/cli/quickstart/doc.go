// Package quickstart holds the tests that build the programs and run, as processes, what the documents tell a new user to
// type: the owner's quickstart word for word, and the README.
package quickstart
