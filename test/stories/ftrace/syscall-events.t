Events of single system calls, described and printed as on Linux 6.1.

  $ cd /sys/kernel/tracing; cat events/syscalls/sys_enter_openat/format
  name: sys_enter_openat
  ID: 659
  format:
  	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
  	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
  	field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;
  	field:int common_pid;	offset:4;	size:4;	signed:1;
  
  	field:int __syscall_nr;	offset:8;	size:4;	signed:1;
  	field:int dfd;	offset:16;	size:8;	signed:0;
  	field:const char * filename;	offset:24;	size:8;	signed:0;
  	field:int flags;	offset:32;	size:8;	signed:0;
  	field:umode_t mode;	offset:40;	size:8;	signed:0;
  
  print fmt: "dfd: 0x%08lx, filename: 0x%08lx, flags: 0x%08lx, mode: 0x%08lx", ((unsigned long)(REC->dfd)), ((unsigned long)(REC->filename)), ((unsigned long)(REC->flags)), ((unsigned long)(REC->mode))
  $ tail -4 events/syscalls/sys_exit_openat/format
  	field:int __syscall_nr;	offset:8;	size:4;	signed:1;
  	field:long ret;	offset:16;	size:8;	signed:1;
  
  print fmt: "0x%lx", REC->ret
  $ tail -1 events/syscalls/sys_enter_getpid/format
  print fmt: ""
  $ ls events/syscalls/sys_enter_kill
  enable   filter   format   id       trigger

The argument's name stands with its value, and a filter takes it.

  $ echo 'pid == 77777' > events/syscalls/sys_enter_kill/filter; echo 1 > events/syscalls/sys_enter_kill/enable
  $ echo 1 > events/syscalls/sys_exit_kill/enable
  $ kill -0 77777; kill -0 66666; echo 0 > events/syscalls/enable; grep -v '^#' trace | sed 's/.*\] //; s/ [ 0-9.]*: / /'
  sh: can't kill pid 77777: No such process
  sh: can't kill pid 66666: No such process
  ...1. sys_kill(pid: 12fd1, sig: 0)
  ...1. sys_kill -> 0xfffffffffffffffd
  ...1. sys_kill -> 0xfffffffffffffffd
  $ echo 'nosuch == 1' > events/syscalls/sys_enter_kill/filter; cat events/syscalls/sys_enter_kill/filter
  sh: write error: Invalid argument
  nosuch == 1
         ^
  parse_error: Field not found
  

They can be named like all others, and are there in an instance.

  $ echo > trace; echo syscalls:sys_enter_newuname > set_event; cat set_event; uname > /dev/null; grep -c 'sys_newuname(name: ' trace
  syscalls:sys_enter_newuname
  1
  $ grep -c '^syscalls:sys_enter_' available_events > /tmp/a; ls events/syscalls | grep -c sys_exit > /tmp/b; cmp /tmp/a /tmp/b
  $ mkdir instances/a; cat instances/a/events/syscalls/sys_enter_newuname/enable events/syscalls/sys_enter_newuname/enable; rmdir instances/a
  0
  1
