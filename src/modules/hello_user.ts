// Uses hello's exported function: cannot be loaded without it, and holds it.

const pr_fmt = KBUILD_MODNAME + ": ";

export declare function hello_greet(from: cstr): int;

function hu_init(): int {
  pr_info("got %d\n", hello_greet(KBUILD_MODNAME));
  return 0;
}
init(hu_init);

function hu_exit(): void {
  pr_info("bye\n");
}
exit(hu_exit);

module_init(hu_init);
module_exit(hu_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("User of hello_greet");
