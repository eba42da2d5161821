//go:build race

package pyoco

// raceDetector: the tests run many times slower than the program.
const raceDetector = true
