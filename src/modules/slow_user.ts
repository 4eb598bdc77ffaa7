// Uses slow's exported function: its loading waits for slow's init.

const pr_fmt = KBUILD_MODNAME + ": ";

export declare function slow_answer(): int;

function su_init(): int {
  pr_info("%d\n", slow_answer());
  return 0;
}
init(su_init);

function su_exit(): void {}
exit(su_exit);

module_init(su_init);
module_exit(su_exit);
MODULE_LICENSE("GPL");
