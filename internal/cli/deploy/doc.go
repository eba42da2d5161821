// Package deploy holds the tests of what an operator deploys: the image that the Dockerfile builds, the compose file and the
// units of examples/cluster, and the commands of docs/operations.md.
package deploy
