// This file owns the Python side: its sources, and the line that takes them in.

package pytask

import (
	"embed"
	"encoding/json"
)

//go:embed python/*.py
var sources embed.FS

// scripts are the files in the order in which they are executed, all in one namespace.
var scripts = []string{"wire.py", "find.py", "context.py", "host.py"}

// bootstrap is what Python is started with. It leaves the working directory out of the path, takes the pipes from the
// command line, on Windows as handles, and executes the sources that come as the first frame.
const bootstrap = `import json, os, sys
sys.path[:] = [p for p in sys.path if p]
pipe = int if os.name != "nt" else lambda h: __import__("msvcrt").open_osfhandle(int(h), 0)
requests, replies = os.fdopen(pipe(sys.argv[1]), "rb"), pipe(sys.argv[2])
os.set_inheritable(requests.fileno(), False)
os.set_inheritable(replies, False)
sys.argv[:] = ["pyoco"]
for name, text in json.loads(requests.read(int.from_bytes(requests.read(4), "big"))):
    exec(compile(text, "<pyoco " + name + ">", "exec"), globals())
`

// program is the first frame.
func program() (json.RawMessage, error) {
	files := make([][2]string, len(scripts))
	for i, name := range scripts {
		text, err := sources.ReadFile("python/" + name)
		if err != nil {
			return nil, err
		}
		files[i] = [2]string{name, string(text)}
	}
	return json.Marshal(files)
}
