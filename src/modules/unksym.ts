// Uses functions that nobody exports: refused.

export declare function no_such_exported_symbol(): int;
export declare function another_missing_symbol(n: int): int;

function unksym_init(): int {
  return int(no_such_exported_symbol() + another_missing_symbol(1));
}
init(unksym_init);

function unksym_exit(): void {}
exit(unksym_exit);

module_init(unksym_init);
module_exit(unksym_exit);
MODULE_LICENSE("GPL");
