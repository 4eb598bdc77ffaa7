Files that are no modules, or no longer (recording "insmod-errors"). busybox's insmod tries twice where the kernel looks at the file.

# kelp: --append loglevel=1

  $ dmesg -c > /dev/null
  $ insmod missing.ko
  insmod: can't insert 'missing.ko': No such file or directory
  [254]
  $ insmod /root
  insmod: short read
  [1]
  $ insmod empty.ko
  insmod: short read
  [1]
  $ for name in notelf short truncated badarch exectype badvermagic; do insmod $name.ko; echo $?; done
  insmod: can't insert 'notelf.ko': invalid module format
  8
  insmod: can't insert 'short.ko': invalid module format
  8
  insmod: can't insert 'truncated.ko': invalid module format
  8
  insmod: can't insert 'badarch.ko': invalid module format
  8
  insmod: can't insert 'exectype.ko': invalid module format
  8
  insmod: can't insert 'badvermagic.ko': invalid module format
  8
  $ dmesg -c | uniq
  Invalid ELF header magic: != \x7fELF (esc)
  Invalid ELF header len 4
  Invalid ELF section header overflow
  Invalid architecture in ELF header: 3
  Invalid ELF header type: 2 != 1
  hello: version magic '6.1.0-kelp SMP preemptXmod_unload modversions ' should be '6.1.0-kelp SMP preempt mod_unload modversions '
  $ cat /proc/modules
