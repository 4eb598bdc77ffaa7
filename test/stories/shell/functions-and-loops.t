The language: functions, loops, case, parameters (POSIX).

  $ greet() { local name=$1; shift; echo "$name, $# more"; return 3; }
  $ greet Ann b c
  Ann, 2 more
  [3]
  $ for i in 1 2 3 4 5; do
  >   [ $i = 2 ] && continue
  >   [ $i = 4 ] && break
  >   echo $i
  > done
  1
  3
  $ case hello.ko in
  > *.c|*.h) echo source;;
  > [!a]*.ko) echo module;;
  > *) echo other;;
  > esac
  module
  $ path=/lib/modules/extra/hello.ko; echo ${path##*/} ${path%/*} ${#path} ${path%%/*}-
  hello.ko /lib/modules/extra 27 -
  $ unset v; echo ${v:-default} ${v:=assigned} $v ${v:+other}
  default assigned assigned other
  $ i=0; while [ $i -lt 3 ]; do i=$((i + 1)); done; echo $i
  3
  $ until false || [ $((i -= 1)) = 0 ]; do :; done; echo $i
  0
  $ set -- "a b" c; for word; do echo "<$word>"; done; echo "$*" "$@" $#
  <a b>
  <c>
  a b c a b c 2
  $ IFS=:; for part in $(echo a:b c:d); do echo "[$part]"; done; unset IFS
  [a]
  [b c]
  [d]
  $ echo $((0x10 + 010)) $((7 % 3)) $((1 << 4 | 1)) $((3 > 2 ? 10 : 20)) $((-7 / 2))
  24 1 17 10 -3
  $ echo 'single $x' "double \$x" back\ slash "$(printf 'two\nlines')"
  single $x double $x back slash two
  lines
