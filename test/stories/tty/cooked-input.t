The terminal's own editing of a line that a program reads: erase, kill, word erase, literal next, end of file (termios(3)).

  $ cat > /tmp/typed
  < abx^?c^Mwhole line^Unew line^Mone two^Wthree^M
  < a^V^Cb^M
  < ^D
  abx\x08 \x08c (esc)
  whole line\x08 \x08\x08 \x08\x08 \x08\x08 \x08\x08 \x08\x08 \x08\x08 \x08\x08 \x08\x08 \x08\x08 \x08new line (esc)
  one two\x08 \x08\x08 \x08\x08 \x08three (esc)
  a^\x08^Cb (esc)
  $ xxd -p /tmp/typed
  6162630a6e6577206c696e650a6f6e652074687265650a6103620a
  $ read -p 'name? ' name; echo "hello $name"
  < Ann^M
  name? Ann
  hello Ann
  $ head -c 3; echo
  < ab^D
  < c^M
  abc
  abc
