// Faults that TypeScript finds itself, in kcc's form, and kcc's about modules.
interface foo extends struct<"foo"> {
  a?: u8;
}
let count: u32 = 0;
let names: array<int, 3>;
module_param(count, "int", 0o644);
module_param_array(names, "charp", null, 0);
MODULE_LICENSE(KBUILD_MODNAME + "x");
export function narrow(x: u64): u8 {
  return x;
}
export function compare(a: u32, b: u64): bool {
  return a === b;
}
export function unknown(f: foo): u8 {
  return f.b + nowhere();
}
export function arguments_(f: foo): void {
  narrow(f);
}
