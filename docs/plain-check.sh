#!/bin/sh
# Checks a pack with plain tools and none of ours: sha256sum, openssl 3, jq, base64, xxd or od, sort, cmp.
#   sh plain-check.sh FOLDER KEY.pub CHANGE      FOLDER: an unpacked pack; KEY.pub: a verifier key; CHANGE: EC-2026-0001
# It says "good" and exits 0, or says what is wrong and exits 1. verify.py checks more: the rules, and your anchors.
set -eu
key=$(cat "$2"); cd "$1"; change="changes/$3"; tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
no() { echo "NOT as recorded: $1"; exit 1; }
unhex() { printf "$(printf %s "$1" | sed 's/../\\x&/g')"; }   # needs a printf that knows \x
if [ "$(printf '\x41')" != A ]; then unhex() { printf %s "$1" | xxd -r -p; }; fi
sum() { sha256sum "$@" | cut -c1-64; }

# 1. The manifest: each file as listed, and none that is not.
sha256sum --quiet --strict -c MANIFEST.sha256 || no "a file is not as listed"
cut -c67- MANIFEST.sha256 | sort > "$tmp/listed"
find . -type f | sed 's|^\./||' | grep -v '^MANIFEST\.' | sort > "$tmp/there"
cmp -s "$tmp/listed" "$tmp/there" || no "there are other files than listed"

# 2. The signature over the newest checkpoint: `name+id+base64`, where the key is the 32 bytes after the first one.
#    Where your key was rotated, keys.json says what follows it, signed by both keys.
use() {
  printf %s "$1" | sed 's/^[^+]*+[^+]*+//' | base64 -d | tail -c 32 > "$tmp/key"
  { unhex 302a300506032b6570032100; cat "$tmp/key"; } | openssl pkey -pubin -inform DER -out "$tmp/key.pem"
}
by() { openssl pkeyutl -verify -pubin -inkey "$tmp/key.pem" -rawin -in "$tmp/text" -sigfile "$tmp/signature" > "$tmp/said"; }
i=0
while [ "$i" -lt "$(jq '.rotations | length' keys.json)" ]; do
  field() { jq -r ".rotations[$i].$1" keys.json; }
  if [ "$(field old)" = "$key" ]; then
    printf 'countersign key rotation\n%s\n%s\n' "$(field old)" "$(field new)" > "$tmp/text"
    for name in old new; do
      use "$(field $name)"; field "by_$name" | base64 -d > "$tmp/signature"
      by || no "a rotation of the key is not signed by both"
    done
    key=$(field new)
  fi
  i=$((i + 1))
done
use "$key"
signed() {   # a note: its text to the blank line, then `— name base64` with four bytes of key id before the signature
  sed '/^$/,$d' "$1" > "$tmp/text"
  sed -n 's/^— [^ ]* //p' "$1" | head -n 1 | base64 -d | tail -c 64 > "$tmp/signature"
  by || no "the signature of $1 is not of this key"
}
signed checkpoints/latest.txt
size=$(sed -n 2p checkpoints/latest.txt)
root=$(sed -n 3p checkpoints/latest.txt | base64 -d | od -An -v -tx1 | tr -d ' \n')
if [ -f MANIFEST.note ]; then
  signed MANIFEST.note
  manifest=$(sed -n 3p MANIFEST.note | base64 -d | od -An -v -tx1 | tr -d ' \n')
  [ "$manifest" = "$(sum MANIFEST.sha256)" ] || no "the pack is not the one that was signed"
fi

# 3. The events of the change: bytes to hash, and each hash in the next event.
before=0000000000000000000000000000000000000000000000000000000000000000 n=0
while read -r line; do
  n=$((n + 1))
  printf %s "$line" | jq -r .body | base64 -d > "$tmp/body"
  hash=$(sum "$tmp/body")
  [ "$hash" = "$(printf %s "$line" | jq -r .hash)" ] || no "event $n: the bytes do not give the hash"
  [ "$n $before" = "$(jq -r '"\(.seq) \(.prev)"' "$tmp/body")" ] || no "event $n does not go on from the one before"
  before=$hash
done < "$change/events.jsonl"
[ "$n $before" = "$(jq -r --arg k "$3" 'select(.key == $k) | "\(.events) \(.head)"' population.jsonl)" ] ||
  no "the population names another end"

# 4. The first event is in the signed log: from its leaf up to the root (RFC 6962, 2.1.1).
seq=1; index=$(jq -r ".events[$seq - 1].index" "$change/proof.json"); last=$((size - 1))
unhex "00$(jq -r ".events[$seq - 1].hash" "$change/proof.json")" > "$tmp/node"
jq -r ".events[$seq - 1].proof[]" "$change/proof.json" > "$tmp/path"
node=$(sum "$tmp/node")
while read -r step; do
  [ "$last" -gt 0 ] || no "the proof is too long"
  if [ $((index % 2)) = 1 ] || [ "$index" = "$last" ]; then
    unhex "01$step$node" > "$tmp/node"
    while [ $((index % 2)) = 0 ] && [ "$index" != 0 ]; do index=$((index / 2)) last=$((last / 2)); done
  else
    unhex "01$node$step" > "$tmp/node"
  fi
  node=$(sum "$tmp/node") index=$((index / 2)) last=$((last / 2))
done < "$tmp/path"
[ "$last $node" = "0 $root" ] || no "event $seq is not in the log"
echo "good: $n events of $3, in a log of $size events, signed by ${key%%+*}"
