// An init but no exit function: cannot be unloaded.

function noexit_init(): int {
  pr_info("noexit: loaded\n");
  return 0;
}
init(noexit_init);

module_init(noexit_init);
MODULE_LICENSE("GPL");
