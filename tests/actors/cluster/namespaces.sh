#!/usr/bin/env bash
# A run and its workers in two network namespaces, with a link between them
# that delays and loses packets, workers that are frozen and killed, and TLS on
# it all: the dataset must be that of a run alone.
#   namespaces.sh FOLDER_OF_THE_PROGRAMS SOURCE_FOLDER
# Exits with 77, which ctest shows as skipped, without the rights or the tools.
set -euo pipefail
programs=$1
source=$2
skip() { echo "skipped: $1"; exit 77; }
[ "$(id -u)" -eq 0 ] || skip "needs root"
for tool in ip tc nft; do command -v "$tool" >/dev/null || skip "no $tool"; done
run=aura-run-$$ far=aura-far-$$
ip netns add "$run" 2>/dev/null || skip "no network namespaces"
folder=$(mktemp -d)
cleanup() {
  for x in "$run" "$far"; do
    ip netns pids "$x" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
    ip netns del "$x" 2>/dev/null || true
  done
  rm -rf "$folder"
}
trap cleanup EXIT
ip netns add "$far"
# Containers may make namespaces, and yet not let anybody in.
ip netns exec "$run" true 2>/dev/null || skip "no way into a network namespace"
ip link add name run0 netns "$run" type veth peer name far0 netns "$far" 2>/dev/null || skip "no virtual link"
ip -n "$run" address add 10.77.0.1/24 dev run0
ip -n "$far" address add 10.77.0.2/24 dev far0
for x in "$run lo" "$run run0" "$far lo" "$far far0"; do
  set -- $x
  ip -n "$1" link set "$2" up
done
for x in "$run run0" "$far far0"; do
  set -- $x
  if ip netns exec "$1" tc qdisc add dev "$2" root netem delay 20ms 5ms loss 3% 2>/dev/null; then
    echo "link of $1: netem, 20 ms and 3 % loss each way"
  else
    # Kernels without netem lose packets by chance all the same.
    ip netns exec "$1" nft add table inet lossy 2>/dev/null || skip "neither netem nor nftables"
    ip netns exec "$1" nft 'add chain inet lossy incoming { type filter hook input priority 0; }'
    ip netns exec "$1" nft "add rule inet lossy incoming iifname $2 numgen random mod 100 < 3 drop"
    ip netns exec "$1" tc qdisc add dev "$2" root tbf rate 8mbit burst 32kbit latency 200ms
    echo "link of $1: 3 % loss each way and 8 Mbit/s (no netem here)"
  fi
done
cd "$folder"
# The far one is slow, so that there is work left when a frozen worker is back.
for x in "$run 50" "$far 400"; do
  set -- $x
  ip netns exec "$1" "$programs/aura-mock-llm" --http --port 8555 --latency "$2" \
    --schema "$source/configs/schemas/shop.yaml" >"mock-$1.log" 2>&1 &
done
"$programs/aura-worker" --issue papers
export OPENAI_API_KEY=none
words=("$source/tests/pipelines/data.yaml" rows=400 split.eval=20 split.l0=20 split.l1=20 infill.provider=openai
  infill.model=mock infill.in-flight=24 infill.base_url=http://127.0.0.1:8555/v1)
ip netns exec "$run" "$programs/aura-run" "${words[@]}" --run-dir alone >alone.log 2>&1 || { cat alone.log "mock-$run.log"; exit 1; }
ip netns exec "$run" "$programs/aura-run" "${words[@]}" --run-dir remote infill.listen=10.77.0.1:7400 \
  infill.listen-local=false infill.listen-certificate=papers/certificate.pem infill.listen-key=papers/key.pem \
  infill.listen-authority=papers/authority.pem >remote.log 2>&1 &
job=$!
start_worker() {
  ip netns exec "$far" "$programs/aura-worker" --connect 10.77.0.1:7400 --slots 8 --certificate papers/certificate.pem \
    --key papers/key.pem --authority papers/authority.pem >>worker.log 2>&1 &
}
touch worker.log
start_worker; killed=$!
start_worker; frozen=$!
start_worker
# Waits until FILE has so many lines with TEXT; for a minute, then something hangs.
expect() { # NUMBER TEXT FILE
  for _ in $(seq 600); do
    [ "$(grep -c "$2" "$3" || true)" -ge "$1" ] && return
    sleep 0.1
  done
  echo "no $1 lines with '$2' in $3"; cat "$3" remote.log worker.log; exit 1
}
# What the language model of the workers has answered so far.
answered() {
  ip netns exec "$far" python3 -c '
import json, urllib.request
print(json.load(urllib.request.urlopen("http://127.0.0.1:8555/stats"))["completions"])'
}
expect 3 'registered as' worker.log
for _ in $(seq 600); do
  [ "$(answered)" -ge 20 ] && break
  sleep 0.1
done
kill -STOP "$frozen"
kill -9 "$killed"
start_worker
# Both are missed, and the frozen one comes back as another.
expect 2 'is gone' remote/events.jsonl
kill -CONT "$frozen"
expect 5 'registered as' worker.log
wait "$job" || { cat remote.log worker.log; exit 1; }
for file in train eval test; do
  cmp "alone/dataset/$file.jsonl" "remote/dataset/$file.jsonl"
done
python3 - <<'EOF'
import json
workers = json.load(open("remote/report.json"))["workers"]
print(workers)
assert workers["answered"] >= 400 and workers["joined"] >= 5 and workers["lost"] >= 2, workers
EOF
echo "same dataset over a bad link"
