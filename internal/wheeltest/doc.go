// Package wheeltest holds the tests of tasks that are Python functions, from the flow file to the run's record, and of the
// wheels that they come in: with real processes, real pip and the public API.
package wheeltest
