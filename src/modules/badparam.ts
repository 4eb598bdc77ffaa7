// Parameters to be given bad values.

let n: int = 3;
module_param(n, "int", 0o644);
let b = false;
module_param(b, "bool", 0o644);

function badparam_init(): int {
  pr_info("badparam: n=%d b=%d\n", n, int(b));
  return 0;
}
init(badparam_init);

function badparam_exit(): void {}
exit(badparam_exit);

module_init(badparam_init);
module_exit(badparam_exit);
MODULE_LICENSE("GPL");
