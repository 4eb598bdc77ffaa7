With vm.panic_on_oom nobody is killed when memory runs out: the kernel panics.

# kelp: --mem 64 --append loglevel=0

  $ sysctl -w vm.panic_on_oom=1
  vm.panic_on_oom = 1
  $ memhog
  [120]
