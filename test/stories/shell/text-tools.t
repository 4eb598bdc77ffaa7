Small tools on text, as busybox has them (POSIX; checked with busybox 1.35).

  $ cd /tmp; printf 'b 2\na 10\nc 1\na 10\n' > f; sort f
  a 10
  a 10
  b 2
  c 1
  $ sort -k2 -n f | uniq -c
        1 c 1
        1 b 2
        2 a 10
  $ cut -d' ' -f2 f | tr '\n' ,; echo
  2,10,1,10,
  $ sed -n '2,3s/^\(.\) \(.*\)$/\2 \1/p' f
  10 a
  1 c
  $ sed '/^a/d; s/$/!/' f
  b 2!
  c 1!
  $ grep -n '^a' f; grep -c . f; grep -v a f; grep -q zz f
  2:a 10
  4:a 10
  4
  b 2
  c 1
  [1]
  $ head -n 1 f; tail -n 1 f; wc f; wc -c < f
  b 2
  a 10
          4         8        18 f
  18
  $ printf '%s\n' 1 2 3 | xargs echo all:
  all: 1 2 3
  $ echo hello | xxd; echo hello | tr a-y b-z
  00000000: 6865 6c6c 6f0a                           hello.
  ifmmp
  $ seq 3 | tac; echo abc | rev
  3
  2
  1
  cba
  $ expr 6 '*' 7; expr abc : 'a\(.\)c'
  42
  b
  $ find /tmp -type f | sort; basename /a/b.ko .ko; dirname /a/b.ko
  /tmp/f
  b
  /a
  $ tee g < f | wc -l; cmp f g 2>/dev/null; cat g | head -1
  4
  b 2

A number's format is known by its last letter, and a text that outgrows the memory ends the program (busybox 1.35).

  $ awk 'BEGIN{OFMT="%d"; print 1.5; CONVFMT="%x"; x=17.9 ""; print x; OFMT="x%.3e"; print 2.5; OFMT="abc"; print 1.5}'
  1
  11
  x2.500e+00
  awk: cmd. line:1: Invalid format specifier
  [1]
  $ awk 'BEGIN{x="a"; for(i=0;i<40;i++) x=x x; print length(x)}'
  awk: out of memory
  [1]
