// Modules: loading, parameters, dependencies, refusals. Texts and exit codes are those of Linux 6.1 with busybox (test/oracle:
// insmod-errors, sample, kallsyms).

import test from "ava";
import { runInGuest } from "../guest.js";

test("a module is loaded with its parameters, shows them in sysfs, and goes", (t) => {
  const { output } = runInGuest(`insmod hello.ko whom=oracle howmany=2; cat /proc/hello; cd /sys/module/hello
    cat parameters/whom parameters/howmany parameters/loud parameters/arr initstate refcnt taint version coresize initsize
    echo 5 > parameters/howmany; echo y > parameters/loud; echo 7,8,9 > parameters/arr
    cat parameters/howmany parameters/loud parameters/arr
    echo abc > parameters/howmany; echo maybe > parameters/loud; echo x > parameters/whom; echo 1,2,3,4,5 > parameters/arr
    cd /; rmmod hello; ls -d /sys/module/hello; dmesg | grep hello: ; dmesg | tail -2 | head -1`);
  t.is(
    output,
    `hello: original, whom=oracle
oracle
2
N
1,2
live
0
OE
1.0
16384
0
5
Y
7,8,9
sh: write error: Invalid argument
sh: write error: Invalid argument
sh: can't create parameters/whom: Permission denied
sh: write error: Invalid argument
ls: /sys/module/hello: No such file or directory
hello: loading out-of-tree module taints kernel.
hello: module verification failed: signature and/or required key missing - tainting kernel
hello: Hello, oracle
hello: Hello, oracle
hello: Goodbye, oracle
arr: can only take 4 arguments
`,
  );
});

test("bad values and unknown parameters", (t) => {
  const { output } =
    runInGuest(`insmod hello.ko howmany=abc; echo $?; insmod hello.ko howmany; echo $?; insmod hello.ko arr=1,2,3,4,5; echo $?
    insmod badparam.ko n=99999999999; echo $?; insmod badparam.ko b=2; echo $?; insmod hello.ko nosuchparam=1 loud; echo $?
    dmesg | grep -v -e taint | tail -12`);
  t.is(
    output,
    `insmod: can't insert 'hello.ko': Invalid argument
22
insmod: can't insert 'hello.ko': Invalid argument
22
insmod: can't insert 'hello.ko': Invalid argument
22
insmod: can't insert 'badparam.ko': Numerical result out of range
34
insmod: can't insert 'badparam.ko': Invalid argument
22
0
hello: \`' invalid for parameter \`howmany'
hello: \`' invalid for parameter \`howmany'
arr: can only take 4 arguments
hello: \`1' invalid for parameter \`arr'
arr: can only take 4 arguments
hello: \`1' invalid for parameter \`arr'
badparam: \`99999999999' invalid for parameter \`n'
badparam: \`99999999999' invalid for parameter \`n'
badparam: \`2' invalid for parameter \`b'
badparam: \`2' invalid for parameter \`b'
hello: unknown parameter 'nosuchparam' ignored
hello: Hello, world!!!
`,
  );
});

test("a module that uses another's export needs it and holds it", (t) => {
  const { output } = runInGuest(`insmod hello_user.ko; echo $?; insmod hello.ko; insmod hello_user.ko; lsmod | cut -c1-60
    ls /sys/module/hello/holders; rmmod hello; rmmod hello_user; rmmod hello; echo $?; dmesg | tail -6`);
  t.is(
    output,
    `insmod: can't insert 'hello_user.ko': unknown symbol in module, or unknown parameter
2
Module                  Size  Used by    Tainted: G  
hello_user             16384  0 
hello                  16384  1 hello_user
hello_user
rmmod: can't unload module 'hello': Resource temporarily unavailable
0
hello_user: Unknown symbol hello_greet (err -2)
hello: Hello, world
hello: hello_greet called by hello_user
hello_user: got 1
hello_user: bye
hello: Goodbye, world
`,
  );
});

test("an init that fails leaves nothing behind", (t) => {
  const { output } = runInGuest(`for ret in -1 -12 -16 -2 -8 -22; do insmod initfail.ko ret=$ret; echo $?; done
    insmod unksym.ko; echo $?; lsmod; ls /sys/module | grep -c fail; dmesg | tail -4`);
  t.is(
    output,
    `insmod: can't insert 'initfail.ko': Operation not permitted
1
insmod: can't insert 'initfail.ko': Cannot allocate memory
12
insmod: can't insert 'initfail.ko': Device or resource busy
16
insmod: can't insert 'initfail.ko': unknown symbol in module, or unknown parameter
2
insmod: can't insert 'initfail.ko': invalid module format
8
insmod: can't insert 'initfail.ko': Invalid argument
22
insmod: can't insert 'unksym.ko': unknown symbol in module, or unknown parameter
2
Module                  Size  Used by    Tainted: G  
0
unksym: Unknown symbol no_such_exported_symbol (err -2)
unksym: Unknown symbol another_missing_symbol (err -2)
unksym: Unknown symbol no_such_exported_symbol (err -2)
unksym: Unknown symbol another_missing_symbol (err -2)
`,
  );
});

test("damaged files are refused, by the file's fault", (t) => {
  const { output } =
    runInGuest(`for f in short nosections truncated badarch exectype badvermagic; do insmod $f.ko 2>/dev/null; echo $f $?; done
    dmesg | grep -e ELF -e magic | grep -v "version magic"`);
  const twice = (text: string) => `${text}\n${text}\n`;
  t.is(
    output,
    `short 8\nnosections 8\ntruncated 8\nbadarch 8\nexectype 8\nbadvermagic 8
Invalid ELF header len 4
${twice("Invalid ELF section header overflow")}${twice("Invalid ELF section header overflow")}${twice("Invalid architecture in ELF header: 3")}${twice("Invalid ELF header type: 2 != 1")}`,
  );
});

test("a module without an exit function stays, unless it is forced out; a proprietary one taints", (t) => {
  const { output } = runInGuest(`insmod noexit.ko; lsmod; rmmod noexit; echo $?; rmmod -f noexit; echo $?; insmod proprietary.ko
    cut -d' ' -f1-5,7 /proc/modules; cat /proc/sys/kernel/tainted; dmesg | tail -3`);
  t.is(
    output,
    `Module                  Size  Used by    Tainted: G  
noexit                 12288  0 [permanent]
rmmod: can't unload module 'noexit': Device or resource busy
1
0
proprietary 16384 0 - Live (POE)
12297
Disabling lock debugging due to kernel taint
proprietary: module license 'Proprietary' taints kernel.
proprietary: loaded
`,
  );
});

test("a module's symbols are in kallsyms while it is there, exported ones with a capital", (t) => {
  const { output } = runInGuest(
    `insmod hello.ko; grep -e " [tT] .*hello" /proc/kallsyms | cut -c18- | sort; rmmod hello; grep -c hello /proc/kallsyms`,
  );
  t.is(output, "T hello_greet\t[hello]\nt cleanup_module\t[hello]\nt hello_exit\t[hello]\nt hello_proc_show\t[hello]\n0\n");
});

test("kernel text cannot be written, and a module that tries dies in its init", (t) => {
  const { output } = runInGuest("insmod textwrite.ko; echo $?; cut -d' ' -f1,3-5,7 /proc/modules; rmmod textwrite");
  // The oops goes to the console whatever the level is.
  const lines = output.split("\n").filter((line) => /^(#PF|Killed|\d+$|textwrite |rmmod)/.test(line));
  t.deepEqual(lines, [
    "#PF: supervisor write access in kernel mode",
    "#PF: error_code(0x0003) - permissions violation",
    "Killed",
    "137",
    "textwrite 1 - Loading (OE+)",
    "rmmod: can't unload module 'textwrite': Device or resource busy",
  ]);
});
