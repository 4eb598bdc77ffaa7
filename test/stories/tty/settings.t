The terminal's settings and size (stty(1), busybox's words), and what the line discipline makes of them.

  $ stty size; stty rows 30 cols 80; stty size
  0 0
  30 80
  $ stty -a | tail -6
  -parenb -parodd -cmspar cs8 -hupcl -cstopb cread clocal -crtscts
  -ignbrk -brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr icrnl ixon -ixoff
  -iuclc -ixany -imaxbel -iutf8
  opost -olcuc -ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0 ff0
  isig icanon iexten echo echoe echok -echonl -noflsh -xcase -tostop -echoprt
  echoctl echoke -flusho -extproc
  $ stty -echo intr ^A erase undef min 5; stty; stty sane
  speed 115200 baud; line = 0;
  intr = ^A; quit = ^\; erase = <undef>; kill = ^U; eof = ^D; eol = <undef>;
  eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;
  werase = ^W; lnext = ^V; flush = ^O; min = 5; time = 0;
  -brkint -imaxbel
  -echo
  $ s=$(stty -g); stty raw; stty | tail -2; stty $s; stty -g | cut -d: -f1-4
  -opost
  -isig -icanon
  2502:5:18b2:8a3b
  $ stty foo; stty rows; stty -F /nosuch; stty < /dev/null
  stty: invalid number 'foo'
  stty: rows requires an argument
  stty: can't open '/nosuch': No such file or directory
  stty: standard input: Inappropriate ioctl for device
  [1]
