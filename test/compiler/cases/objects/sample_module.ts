// A module with everything that leaves a trace in the object: metadata, parameters of several types, exports, a debug message.

const pr_fmt = KBUILD_MODNAME + ": ";

let count: int = 3;
module_param(count, "int", 0o644);
MODULE_PARM_DESC(count, "how often");
let who: cstr = "world";
module_param_named("name", who, "charp", 0o444);
let sizes: array<u32, 4> = [1, 2];
let sizes_given: u32 = 0;
module_param_array(sizes, "uint", sizes_given, 0);

export let shared_state: u64 = 0;
EXPORT_SYMBOL(shared_state);
export function greet(n: int): int {
  pr_debug("greeting %d\n", n);
  return pr_info("hello %s\n", who);
}
EXPORT_SYMBOL_GPL(greet);
function early(): void {
  shared_state++;
}
init(early);
function quiet(): u64 {
  return shared_state;
}
notrace(quiet);
function sample_init(): int {
  early();
  return greet(count + int(quiet()));
}
function sample_exit(): void {}
module_init(sample_init);
module_exit(sample_exit);
MODULE_LICENSE("GPL v2");
MODULE_AUTHOR("kelp");
MODULE_INFO("livepatch", "Y");
