// Package chaos holds the whole system to its promises while processes die, stand still and come back: its tests start
// NATS, two gateways and four workers as processes of their own, submit from several clients, injure what runs on a
// seeded schedule, and judge what was recorded.
//
// The parts of the test:
//
//   - roles_test.go, tasks_test.go: what a child process is, through the public packages alone
//   - process_test.go, system_test.go: starting, killing, pausing and ending them
//   - clients_test.go, faults_*_test.go: the actors, each with random numbers of its own from the one seed
//   - history_test.go, journal_test.go, bucket_test.go: what is recorded, apart from the snapshots
//   - check_*_test.go: the judge, a pure function of a history, which planted_test.go holds to its word
//   - powercut_test.go: the same question asked of a disk that loses what was not synced
//
// Seed, length and number of runs are flags: -chaos.seed, -chaos.time, -chaos.runs.
package chaos
