// Package chaos holds the whole system to its promises while processes die, stand still and come back: its tests start
// NATS, two gateways and four workers as processes of their own, submit from several clients, injure what runs on a
// seeded schedule, and judge what was recorded.
//
// The parts of the test:
//
//   - roles_test.go, tasks_test.go, leaks_test.go, stalls_test.go: what a child process is, through the public packages alone
//   - process_test.go, wire_test.go, system_test.go: starting, killing, pausing, cutting off and ending them
//   - clients_test.go, crowd_test.go, faults_test.go, faults_nats_test.go: the actors, each with random numbers of its own
//     from the one seed
//   - history_test.go, journal_test.go, bucket_test.go: what is recorded, apart from the snapshots
//   - check_test.go, check_runs_test.go, check_owners_test.go, report_test.go: the judge, a pure function of a history;
//     planted_test.go holds it to its word
//   - nodes_test.go, cluster_test.go: the same questions asked of three nats-bootstrap processes, while each is killed in turn
//   - disk_test.go, powercut_test.go: the same questions asked of a disk that loses what was not synced
//
// Seed, length and number of runs are flags: -chaos.seed, -chaos.time, -chaos.runs; -chaos.keep keeps logs and history. Of the
// cluster: -cluster.runs, -cluster.kills, -cluster.pause.
package chaos
