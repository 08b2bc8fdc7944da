#!/bin/sh
# An entry point as public images have it: it prepares something, then runs the command as a child process.
export PREPARED=yes
"$@" &
child=$!
trap 'kill -TERM $child; wait $child; exit $?' TERM
wait $child
