// Small guest programs as bytes, each with the source that GNU as made them from (gcc -c; ld -Ttext=0x1000000), and the ELF
// wrapper that the machine loads.

const ADDRESS = 0x1000000;

/** An ELF executable with one PT_LOAD of `code` at 16 MiB, entered at its first byte. */
export function elfImage(code: Uint8Array): Uint8Array {
  const image = Buffer.alloc(0x1000 + code.length);
  image.write("\x7fELF\x02\x01\x01", "latin1");
  image.writeUInt16LE(2, 16); // ET_EXEC
  image.writeUInt16LE(62, 18); // EM_X86_64
  image.writeUInt32LE(1, 20);
  image.writeBigUInt64LE(BigInt(ADDRESS), 24); // e_entry
  image.writeBigUInt64LE(64n, 32); // e_phoff
  image.writeUInt16LE(64, 52);
  image.writeUInt16LE(56, 54);
  image.writeUInt16LE(1, 56);
  image.writeUInt32LE(1, 64); // PT_LOAD
  image.writeUInt32LE(7, 68);
  image.writeBigUInt64LE(0x1000n, 72); // p_offset
  image.writeBigUInt64LE(0xffffffff81000000n, 80); // p_vaddr: not looked at
  image.writeBigUInt64LE(BigInt(ADDRESS), 88); // p_paddr
  image.writeBigUInt64LE(BigInt(code.length), 96);
  image.writeBigUInt64LE(BigInt(code.length), 104);
  image.set(code, 0x1000);
  return image;
}

const program = (hex: string): Uint8Array => elfImage(Buffer.from(hex.replace(/\s/g, ""), "hex"));

/*
  lea msg(%rip), %rsi; mov $0x3f8, %dx
1: lodsb; test %al, %al; jz 2f; out %al, %dx; jmp 1b
2: mov 24(%rbx), %rsi            # hvm_start_info.cmdline_paddr
3: lodsb; test %al, %al; jz 4f; out %al, %dx; jmp 3b
4: mov $0xf4, %dx; xor %eax, %eax; out %al, %dx; hlt
msg: .asciz "hello from x86\n"
*/
export const HELLO = program(`
  488d352000000066baf803ac84c07403eeebf8488b7318ac84c07403eeebf866baf40031c0eef468656c6c6f2066726f6d207838360a00
`);

/*
  Maps the local APIC, loads a GDT and an IDT with one gate at 0x40, arms the timer for 1,000,000 ticks, sti, hlt, then prints how
  often the handler ran and powers off.
*/
export const TIMER = program(`
  c704251860000003001000c70425b80f10008300e0fe0f011425a80000010f011c25b200000148bb0000e0fe00000000c783f0000000ff010000c783
  2003000040000000c783e00300000b000000c7838003000040420f00fbf4fa66baf8038a0425cc0000010430ee31c066baf400eef4fe0425cc000001
  c783b00000000000000048cf0f1f400000000000000000000000000000000000ffff0000009baf00ffff00000093cf001f0088000001000000000f04
  bcfcff000000000071001000008e0001000000000000000000
`);

/*
  CPU 0 prints 0, wakes CPU 1 by its mailbox (argument '1'), waits until it is ready, sends it an IPI and waits; CPU 1 halts until the
  IPI, prints its argument, halts for good; CPU 0 prints 2 and powers off.
*/
export const TWO_CPUS = program(`
  c704251860000003001000c70425b80f10008300e0fe0f011425180100010f011c252201000148bb0000e0fe00000000c783f0000000ff010000baf8
  030000b030ee48c70425281000000050000048c704253010000000a0000048c70425381000003100000048c7042520100000a9000001f390803c253c
  0100010074f4c7831003000000000001c7830003000040000000f390803c253d0100010074f4b032ee31c066baf400eef40f011425180100010f011c
  252201000148bb0000e0fe00000000c783f0000000ff010000c604253c01000101fbf4baf803000089f8eec604253d01000101faf4c783b000000000
  00000048cf0f1f0000000000000000000000000000000000ffff0000009baf00ffff00000093cf001f00f8000001000000000f042cfdff0000000000
  e9001000008e000100000000000000000000
`);

/* hlt with interrupts off: nothing can wake it. */
export const DEAD = program("fa f4");

/* lidt with limit 0, then int3: triple fault.   lidt idtr(%rip); int3; idtr: .word 0; .quad 0 */
export const TRIPLE_FAULT = program("0f011d01000000 cc 0000 0000000000000000");

/* ud2a-like: an instruction that no x86-64 has (0f 04), with an empty IDT: reported, then a triple fault. */
export const UNDEFINED = program("0f011d02000000 0f04 0000 0000000000000000");

/* in from the UART until a byte is there, print it, power off: mov $0x3f8,%edx; mov $0x3fd,%ecx; 1: mov %ecx,%edx; in %dx,%al; test $1,%al; jz 1b … */
export const ECHO = program(`
  f390bafd030000eca80174f4baf8030000eceebaf400000031c0eef4
`);

/*
  lea text(%rip), %rsi          # gate text to 0x103000
  mov $0x103000, %edi
  mov $text_end - text, %ecx
  rep movsb
  movl $0x103005, 0x102080      # 0x10000 -> 0x103000, user, read-only
  mov $0x8000000000104007, %rax # 0x11000 -> 0x104000, user, writable, NX
  mov %rax, 0x102088
  movl $0x8003, 0x102040        # the stack's page one to one
  orb $4, 0x5000                # PML4[0], PDPT[0]: user
  orb $4, 0x6000
  mov $0xc0000080, %ecx         # EFER.NXE
  rdmsr
  or $0x800, %eax
  wrmsr
  lgdt gdtr(%rip)
  movl $0x102007, 0x7000        # PD[0] -> page table at 0x102000
  mov %cr3, %rax
  mov %rax, %cr3
  mov $0x4b4c5000, %ecx         # GATE_MSR_TEXT
  mov $0x103000, %eax
  xor %edx, %edx
  wrmsr
  push $0x2b
  push $0
  push $2
  push $0x23
  push $0x10000
  iretq
text:
  vmcall
  mov %rax, 0x11010
  vmcall
text_end:
*/
/** Enters ring 3 at the gate text page; two vmcalls, the first one's rax stored in the data page at 0x10 between them. */
export const GATE = program(`
  488d3587000000bf00301000b90e000000f3a4c70425802010000530100048b807401000000000804889042588201000c70425402010000380000080
  0c250050000004800c250060000004b9800000c00f320d000800000f300f011570000000c7042500700000072010000f20d80f22d8b900504c4bb800
  30100031d20f306a2b6a006a026a23680000010048cf0f01c148890425101001000f01c10f1f400000000000000000000000000000000000ffff0000
  009baf00ffff00000093cf00ffff000000fbaf00ffff000000f3cf002f00a000000100000000
`);
