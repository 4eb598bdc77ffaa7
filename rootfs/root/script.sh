#!/bin/sh
echo "in a script: $0"
nosuchcommand arg
cat /missing/file
echo 2 > /nodir/x
echo after $?
if [ 1 = 1 ; then echo yes; fi
echo "last"
exit 7
