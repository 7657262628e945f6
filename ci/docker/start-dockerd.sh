#!/usr/bin/env bash
# Starts Docker's daemon where nothing else does (a CI machine without systemd). It goes on running
# when this script has ended; its log is DOCKERD_LOG. Does nothing where a daemon already answers.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
log=${DOCKERD_LOG:-/var/log/dockerd.log}
runtime=${RUNC_RESTRICTED:-/usr/local/bin/runc-restricted}
deadline_s=60

answers() { timeout 10 docker info >/dev/null 2>&1; }

if answers; then
  echo "docker: a daemon answers"
  exit 0
fi
if [[ -n ${DOCKER_HOST:-} ]]; then
  echo "docker: no daemon answers at DOCKER_HOST=$DOCKER_HOST, and it is not ours to start" >&2
  exit 3
fi
if ((EUID != 0)); then
  echo "docker: no daemon answers, or you may not use it, and only root may start one; run: sudo $0" >&2
  exit 3
fi

options=()
# Bit 24 of the bounding set. Without it runc cannot start a privileged container.
bounding=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
if ! ((16#$bounding >> 24 & 1)); then
  echo "docker: CAP_SYS_RESOURCE is missing here, so containers go without it"
  # A copy, because the daemon may outlive this checkout.
  install -m 0755 "$(dirname "$0")/runc-restricted" "$runtime"
  options+=(--add-runtime "restricted=$runtime" --default-runtime restricted)
fi

echo "docker: starting dockerd, its log is $log"
setsid dockerd "${options[@]}" >>"$log" 2>&1 </dev/null &
daemon=$!
end=$((SECONDS + deadline_s))
until answers; do
  if ! kill -0 "$daemon" 2>/dev/null; then
    problem="it ended"
  elif ((SECONDS >= end)); then
    problem="it did not answer within $deadline_s s"
    kill "$daemon" || true
  else
    sleep 0.3
    continue
  fi
  echo "docker: dockerd could not be started: $problem; the end of $log:" >&2
  tail -n 20 "$log" >&2
  exit 3
done
echo "docker: dockerd answers after $((SECONDS)) s"
