#!/bin/sh
# Its first line is the time at which it runs; its number beside it, so that it can be killed.
echo "$(date +%s%N) $$" >> "$1"
exec sleep 1000000
