// The guest program of the interpreter's figure, as bytes, with the source that GNU as made them from.

const ADDRESS = 0x1000000n;

/*
  mov $0x1100000, %rdi
1: xor %ecx, %ecx
2: mov (%rdi,%rcx,8), %rax; lea 7(%rax,%rcx,2), %rdx; xor %rdx, %rax; mov %rax, (%rdi,%rcx,8)
  push %rdx; call 3f; pop %rdx
  inc %ecx; cmp $512, %ecx; jb 2b; jmp 1b
3: add %rdx, %rbx; test $8, %dl; jz 4f; not %rbx
4: ret
*/
const CODE = Buffer.from(
  "48c7c70000100131c9488b04cf488d5448074831d0488904cf52e80d0000005affc181f90002000072dfebdb4801d3f6c208740348f7d3c3",
  "hex",
);

/** An ELF executable with one PT_LOAD at 16 MiB. */
export function elfImage(): Uint8Array {
  const header = Buffer.alloc(120);
  header.write("\x7fELF\x02\x01\x01", "latin1");
  header.writeUInt16LE(2, 16); // ET_EXEC
  header.writeUInt16LE(62, 18); // EM_X86_64
  header.writeBigUInt64LE(ADDRESS, 24);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(1, 64); // PT_LOAD
  header.writeBigUInt64LE(BigInt(header.length), 72);
  header.writeBigUInt64LE(ADDRESS, 88);
  header.writeBigUInt64LE(BigInt(CODE.length), 96);
  header.writeBigUInt64LE(BigInt(CODE.length), 104);
  return Buffer.concat([header, CODE]);
}
