#!/usr/bin/env bash
# First process of a drill's own world: brings up its loopback, runs the harness and reaps orphans,
# which Node does not. Ends with the exit code of the harness. $@ the command.
set -u
ip link set lo up || { echo "kubedrill: could not bring up the loopback of the drill's network" >&2; exit 3; }
# An interactive shell would give the harness its own process group and take Ctrl-C away from it;
# a background job of this one would lose standard input and ignore Ctrl-C without the redirection and trap.
trap ':' INT
"$@" <&0 &
harness=$!
while :; do
  wait "$harness"
  code=$?
  kill -0 "$harness" 2>/dev/null || break
done
exit $code
