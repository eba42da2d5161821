//go:build linux

// This file owns the test that runs what the compose file describes: each service as a process in a root of its own.

package deploy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
)

// stack is the services of the compose file. Each has an address of its own on this machine, in place of its host name.
type stack struct {
	file       composeFile
	addresses  map[string]string
	ports      *strings.Replacer
	web        string // port of the gateways
	containers map[string]*container
	processes  map[string]*clitest.Process
}

// newStack prepares the services, with secrets as an operator makes them.
func newStack(t *testing.T) *stack {
	t.Helper()
	k := &stack{file: readCompose(t), addresses: map[string]string{}, containers: map[string]*container{}, processes: map[string]*clitest.Process{}}
	var ports []string
	for _, port := range []string{"4222", "8222", "6222", "8000"} {
		k.web = strconv.Itoa(natstest.FreePort(t))
		ports = append(ports, port, k.web)
	}
	k.ports = strings.NewReplacer(ports...)
	network := fmt.Sprintf("127.%d.%d.", 1+rand.IntN(250), rand.IntN(250))
	for i, name := range slices.Sorted(maps.Keys(k.file.Services)) {
		k.addresses[name] = network + strconv.Itoa(i+1)
	}
	for name, s := range k.file.Services {
		var env []string
		for variable, value := range s.Environment {
			env = append(env, variable+"="+k.own(name, value))
		}
		c := newContainer(t, env...)
		for _, secret := range s.Secrets {
			require.NoError(t, os.WriteFile(filepath.Join(c.root, "run/secrets", secret), []byte("s3cret of "+secret+"\n"), 0o444))
		}
		k.containers[name] = c
	}
	return k
}

var hostName = regexp.MustCompile(`\b(nats|gateway)-\d\b`)

// own is a text of a service, with addresses and ports of the test in it.
func (k *stack) own(service, text string) string {
	text = strings.NewReplacer("0.0.0.0", k.addresses[service], "127.0.0.1", k.addresses[service]).Replace(k.ports.Replace(text))
	return hostName.ReplaceAllStringFunc(text, func(name string) string { return k.addresses[name] })
}

func (k *stack) words(service string, words []string) []string {
	var own []string
	for _, word := range words {
		own = append(own, k.own(service, word))
	}
	return own
}

func (k *stack) start(t *testing.T, service string) {
	t.Helper()
	k.processes[service] = clitest.StartProcess(t, k.containers[service].command(k.words(service, k.file.Services[service].Command)...))
}

// run runs a command as docker compose exec does.
func (k *stack) run(t *testing.T, service string, words ...string) string {
	t.Helper()
	return k.containers[service].run(t, k.words(service, words)...)
}

var composeExec = regexp.MustCompile(`(?m)^docker compose exec (\S+) (.+)$`)

// runReadme runs the README's commands in the services that it names.
func (k *stack) runReadme(t *testing.T) (printed []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(clusterFolder, "README.md"))
	require.NoError(t, err)
	for _, line := range composeExec.FindAllStringSubmatch(string(text), -1) {
		printed = append(printed, k.run(t, line[1], strings.Fields(line[2])...))
	}
	require.Len(t, printed, 4)
	return printed
}

// awaitHealthy waits until the checks of services succeed.
func (k *stack) awaitHealthy(t *testing.T, services ...string) {
	t.Helper()
	for _, name := range services {
		check := k.words(name, k.file.Services[name].check())
		if len(check) == 0 {
			k.processes[name].Out.Wait(t, "worker started")
			continue
		}
		var last string
		require.Eventually(t, func() bool {
			out, err := k.containers[name].command(check...).CombinedOutput()
			last = string(out)
			return err == nil
		}, time.Minute, 200*time.Millisecond, "%s is not healthy\n%s", name, k.processes[name].Out)
		require.NotEmpty(t, last)
	}
}

// client is one of a gateway, with a key.
func (k *stack) client(t *testing.T, gateway, key string) *pyoco.Client {
	t.Helper()
	client, err := pyoco.NewClient("http://"+k.addresses[gateway]+":"+k.web, pyoco.ClientConfig{APIKey: key})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// complete submits until a run is accepted, and waits for its end.
func complete(t *testing.T, client *pyoco.Client, key string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*clitest.Patience)
	defer cancel()
	for {
		run, err := client.Submit(ctx, pyoco.Submission{Flow: "main", Tag: "hello", Params: map[string]any{"name": key, "ts": 1}, IdempotencyKey: key})
		if err != nil {
			require.NoError(t, ctx.Err(), "last answer: %v", err)
			continue
		}
		ended, err := client.Wait(ctx, run.ID)
		require.NoError(t, err)
		require.Equal(t, pyoco.StatusCompleted, ended.Status, ended.Error)
		return
	}
}

func TestWhatTheComposeFileDescribesRunsAndOutlivesAServer(t *testing.T) {
	t.Parallel()
	k := newStack(t)
	all := slices.Collect(maps.Keys(k.file.Services)) // in any order
	for _, name := range all {
		k.start(t, name)
	}
	k.awaitHealthy(t, all...)

	require.Eventually(t, func() bool { // the last one may still be catching up
		out, err := k.containers["nats-3"].command("nats-bootstrap", "doctor", "--datafolder=/data").Output()
		return err == nil && string(out) == "nothing is wrong\n"
	}, time.Minute, 200*time.Millisecond)
	printed := k.runReadme(t)
	var key struct {
		Text string `json:"api_key"`
	}
	require.NoError(t, json.Unmarshal([]byte(printed[0]), &key))
	require.Equal(t, strings.Count(printed[1], `"stream"`), strings.Count(printed[1], `"replicas": 3`), printed[1])
	require.Contains(t, printed[2], "KV_pyoco_runs")
	require.Equal(t, "nothing is wrong\n", printed[3])
	one, two := k.client(t, "gateway-1", key.Text), k.client(t, "gateway-2", key.Text)
	complete(t, one, "a")
	complete(t, two, "b")
	_, err := k.client(t, "gateway-1", "").Submit(t.Context(), pyoco.Submission{Flow: "main"})
	require.ErrorContains(t, err, "401", "keys are on")

	k.processes["nats-2"].Signal(t, syscall.SIGKILL)
	require.Equal(t, -1, k.processes["nats-2"].Code(t))
	for i, client := range []*pyoco.Client{one, two, one, two} {
		complete(t, client, "without-nats-2-"+strconv.Itoa(i))
	}
	k.start(t, "nats-2")
	k.awaitHealthy(t, all...)
	k.run(t, "gateway-2", "nats-bootstrap", "backup", "--all", "--output=/tmp/backup")

	for _, kind := range []string{"gateway", "worker", "nats"} {
		for name, p := range k.processes {
			if strings.HasPrefix(name, kind) {
				p.Signal(t, syscall.SIGTERM)
				require.Zero(t, p.Code(t), "%s: %s", name, p.Err)
			}
		}
	}
}
