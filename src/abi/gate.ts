// The protocol of the user gate: how a host program (TypeScript behind the Linux system-call ABI) is the user half of a
// guest task. The kernel maps the pages, the machine executes `vmcall` at the gate text page only, the gate's owner
// (src/shell) answers. See docs/architecture.md, "The user gate".

/** User virtual address of the shared gate text page (read, execute). The kernel builds its bytes. */
export const GATE_TEXT = 0x10000n;
/** User virtual address of the process's private gate data page (read, write), eagerly copied at fork. */
export const GATE_DATA = 0x11000n;
/** Offset in the text page where a caught signal enters: `vmcall` (rdi = signal number), then rt_sigreturn. */
export const GATE_SIGNAL_ENTRY = 0x80;

/** u64 in the data page: the host's handle of this program; 0 at start. */
export const GATE_DATA_HANDLE = 0;
/** u64 in the data page: written before fork, read in the child to find what it shall do. */
export const GATE_DATA_FORK_TOKEN = 8;

/** First bytes of a file that the kernel execs as a host program. The program is chosen by argv[0]'s last component. */
export const GATE_MAGIC = "\x7fKLP";

/** CPUID leaf 0x40000100: ebx, ecx, edx spell "kelpgate" + version; eax is 1 where a gate exists, 0 elsewhere. */
export const GATE_CPUID_LEAF = 0x40000100;
/** MSR to which the kernel writes the physical address of the gate text page. */
export const GATE_MSR_TEXT = 0x4b4c5000;

/**
 * Gate text (the kernel's asm; listed here because both sides depend on it):
 *
 *   0:    nop …               ; 64 of them, so that the Code: line of an oops has what lies before the instruction
 *   0x40: vmcall              ; rax: result of the last system call -> rax rdi rsi rdx r10 r8 r9: next call; rcx: work
 *         test rcx, rcx
 *         jnz  work
 *         syscall
 *         jmp  0x40
 *   work: dec  rcx            ; work(n): n guest instructions in ring 3, then ask again; rax unchanged
 *         jnz  work
 *         jmp  0x40
 *   0x80: vmcall              ; rip tells: a signal, number in rdi
 *         mov  eax, 15        ; rt_sigreturn
 *         syscall
 */
