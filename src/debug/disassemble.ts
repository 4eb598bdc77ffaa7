// x86-64 machine code as `objdump -d` prints it (AT&T syntax). Used by `kelp objdump` and by host lines about instructions.

import { Code, Decoder, DecoderOptions, FlowControl, Formatter, FormatterSyntax, type Instruction, OpKind } from "iced-x86";

/** Column of the first operand behind the mnemonic. */
const OPERAND_COLUMN = 7;

export interface Disassembled {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** `<name+0x12>` for an address, without the brackets; undefined where nothing is known. */
export type Describe = (address: bigint) => string | undefined;

/** @param segments show `%ds:` too, as objdump does for string instructions alone. */
function makeFormatter(segments: boolean): Formatter {
  const formatter = new Formatter(FormatterSyntax.Gas);
  formatter.firstOperandCharIndex = OPERAND_COLUMN;
  formatter.showZeroDisplacements = true;
  formatter.ripRelativeAddresses = true;
  formatter.gasShowMnemonicSizeSuffix = false;
  formatter.showBranchSize = false;
  formatter.branchLeadingZeros = false;
  formatter.uppercaseHex = false;
  formatter.smallHexNumbersInDecimal = false;
  formatter.signedImmediateOperands = false;
  formatter.alwaysShowSegmentRegister = segments;
  return formatter;
}

export function* disassemble(code: Uint8Array, start: bigint, describe: Describe): Generator<Disassembled> {
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const formatter = makeFormatter(false);
  const stringFormatter = makeFormatter(true);
  try {
    decoder.ip = start;
    let at = 0;
    while (decoder.canDecode) {
      const instruction = decoder.decode();
      const length = Math.max(instruction.length, 1);
      const bytes = code.subarray(at, at + length);
      const text = format(instruction.isStringInstruction ? stringFormatter : formatter, instruction, describe);
      yield { address: start + BigInt(at), bytes, text: idlePrefixes(bytes, text) };
      at += length;
      instruction.free();
    }
  } finally {
    formatter.free();
    stringFormatter.free();
    decoder.free();
  }
}

function format(formatter: Formatter, instruction: Instruction, describe: Describe): string {
  if (instruction.code === Code.INVALID) return "(bad)";
  // objdump always shows a scale with an index; iced's own option for it is unreliable.
  // Stack operations and indirect branches have one operand size in 64-bit mode: newer binutils print no suffix.
  const text = formatter
    .format(instruction)
    .trimEnd()
    .replace(/\((%\w*),(%\w+)\)/g, "($1,$2,1)")
    .replace(/^(push|pop|jmp|call)q +/, (_, mnemonic: string) => mnemonic.padEnd(OPERAND_COLUMN))
    .replace(/%dr(\d)/, "%db$1")
    .replace(/^((?:in|out) .*)%dx/, "$1(%dx)");
  const target = branchTarget(instruction);
  if (target !== undefined) {
    const name = describe(target);
    return text.replace(/0x([0-9a-f]+)$/, "$1") + (name ? ` <${name}>` : "");
  }
  if (instruction.isIpRelMemoryOperand) {
    const address = instruction.ipRelMemoryAddress;
    const name = describe(address);
    return `${text}        # ${address.toString(16)}${name ? ` <${name}>` : ""}`;
  }
  return text;
}

/** The prefixes that pad a long nop are named one by one: `data16 cs nopw 0x0(%rax,%rax,1)`. */
function idlePrefixes(bytes: Uint8Array, text: string): string {
  if (!text.startsWith("nopw")) return text;
  let operandSize = 0;
  let segment = 0;
  for (const byte of bytes) {
    if (byte === 0x66) operandSize++;
    else if (byte === 0x2e) segment++;
    else break;
  }
  if (segment === 0 && operandSize <= 1) return text;
  return "data16 ".repeat(operandSize - 1) + "cs ".repeat(segment) + text.replace(/ +/, " ");
}

function branchTarget(instruction: Instruction): bigint | undefined {
  const flow = instruction.flowControl;
  const branches =
    flow === FlowControl.Call ||
    flow === FlowControl.ConditionalBranch ||
    flow === FlowControl.UnconditionalBranch ||
    flow === FlowControl.XbeginXabortXend;
  if (!branches) return undefined;
  const kind = instruction.op0Kind;
  return kind === OpKind.NearBranch64 || kind === OpKind.NearBranch32 ? instruction.nearBranchTarget : undefined;
}
