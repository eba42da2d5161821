// Package browsertest drives the dashboard in a real Chromium, against a real gateway, worker and NATS, in both languages.
// Its tests are skipped where there is no Chromium, and fail there under CI=true.
//
// With PYOCO_TEST_SCREENSHOTS=FOLDER the tests leave pictures of what they saw in it.
package browsertest
