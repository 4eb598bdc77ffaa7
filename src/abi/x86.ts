// Names and numbers of the x86-64 registers and condition codes, as the instruction encoding numbers them (Intel SDM vol. 2,
// tables 2-2 and B-1). Facts for the encoder, the disassembly panes and the debugger; index = hardware number.

export const gp64Names = [
  "rax",
  "rcx",
  "rdx",
  "rbx",
  "rsp",
  "rbp",
  "rsi",
  "rdi",
  "r8",
  "r9",
  "r10",
  "r11",
  "r12",
  "r13",
  "r14",
  "r15",
] as const;
export const gp32Names = [
  "eax",
  "ecx",
  "edx",
  "ebx",
  "esp",
  "ebp",
  "esi",
  "edi",
  "r8d",
  "r9d",
  "r10d",
  "r11d",
  "r12d",
  "r13d",
  "r14d",
  "r15d",
] as const;
export const gp16Names = [
  "ax",
  "cx",
  "dx",
  "bx",
  "sp",
  "bp",
  "si",
  "di",
  "r8w",
  "r9w",
  "r10w",
  "r11w",
  "r12w",
  "r13w",
  "r14w",
  "r15w",
] as const;
/** Low bytes; 4 to 7 (spl … dil) exist only with a REX prefix. */
export const gp8Names = [
  "al",
  "cl",
  "dl",
  "bl",
  "spl",
  "bpl",
  "sil",
  "dil",
  "r8b",
  "r9b",
  "r10b",
  "r11b",
  "r12b",
  "r13b",
  "r14b",
  "r15b",
] as const;
/** Second bytes of rax, rcx, rdx, rbx: numbers 4 to 7 in an instruction without REX. */
export const gp8HighNames = ["ah", "ch", "dh", "bh"] as const;
export const segmentNames = ["es", "cs", "ss", "ds", "fs", "gs"] as const;
/** The control registers that exist in 64-bit mode, by number. */
export const controlNumbers = [0, 2, 3, 4, 8] as const;
export const debugNumbers = [0, 1, 2, 3, 6, 7] as const;

/** Condition codes by number, each with the names that assemblers accept; the first is the one objdump prints. */
export const conditionNames: readonly (readonly string[])[] = [
  ["o"],
  ["no"],
  ["b", "c", "nae"],
  ["ae", "nb", "nc"],
  ["e", "z"],
  ["ne", "nz"],
  ["be", "na"],
  ["a", "nbe"],
  ["s"],
  ["ns"],
  ["p", "pe"],
  ["np", "po"],
  ["l", "nge"],
  ["ge", "nl"],
  ["le", "ng"],
  ["g", "nle"],
];
