// init fails with the errno that parameter ret gives.

let ret: int = -22;
module_param(ret, "int", 0o444);

function initfail_init(): int {
  pr_info("initfail: returning %d\n", ret);
  return ret;
}
init(initfail_init);

function initfail_exit(): void {
  pr_info("initfail: exit\n");
}
exit(initfail_exit);

module_init(initfail_init);
module_exit(initfail_exit);
MODULE_LICENSE("GPL");
