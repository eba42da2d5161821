// This file owns wheels as they are known to callers: the Python packages, with tasks in them, that workers install.

package pyoco

// WheelCheck says what of an uploaded wheel is checked.
type WheelCheck string

// The checks.
const (
	// WheelCheckContent takes wheels alone: an archive whose paths, sizes and hashes are sound, with the METADATA of the
	// package and version that the file name says.
	WheelCheckContent WheelCheck = "content"
	// WheelCheckName takes any content under a name that is a wheel's, as the Python gateway does.
	WheelCheckName WheelCheck = "name"
)
