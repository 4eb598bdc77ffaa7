# A running kernel: this is what /proc/cmdline says
cat /proc/cmdline
# A patch for the function behind it: TypeScript, compiled to machine code
insmod livepatch-sample.ko
cat /proc/cmdline
# Every call of the old function now lands in the new one
grep cmdline_proc_show /proc/kallsyms | cut -d' ' -f2-
ls -R /sys/kernel/livepatch
# While it is in use it stays
rmmod livepatch_sample
echo 0 > /sys/kernel/livepatch/livepatch_sample/enabled; sleep 2
rmmod livepatch_sample && cat /proc/cmdline
dmesg | grep livepatch: | cut -c16-
