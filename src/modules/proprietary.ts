// Not under the GPL, and without GPL-only symbols.

function proprietary_init(): int {
  pr_info("proprietary: loaded\n");
  return 0;
}
init(proprietary_init);

function proprietary_exit(): void {}
exit(proprietary_exit);

module_init(proprietary_init);
module_exit(proprietary_exit);
MODULE_LICENSE("Proprietary");
