// The tables of stty: every setting of struct termios by its name, in the order in which they are printed, and what "sane" is.

/** Offsets in the kernel's struct termios. */
export const IFLAG = 0;
export const OFLAG = 4;
export const CFLAG = 8;
export const LFLAG = 12;
export const CC = 17;
export const FLAG_FIELDS = [CFLAG, IFLAG, OFLAG, LFLAG] as const;

export interface Mode {
  readonly name: string;
  readonly field: number;
  readonly bits: number;
  /** The bits of which `bits` is one value; undefined for a flag of its own, which "-name" clears. */
  readonly mask?: number;
  /** What `stty sane` makes of it; settings without it are left alone and always printed by -a only. */
  readonly sane?: boolean;
}

const flags = (field: number, names: string): Mode[] =>
  names.split(" ").map((entry) => {
    const [, sign, name = "", octal = "0"] = /^([+-]?)(\w+):(\w+)$/.exec(entry) ?? [];
    const bits = Number.parseInt(octal, 8);
    return { name, field, bits, ...(sign ? { sane: sign === "+" } : {}) };
  });

const choices = (field: number, mask: number, names: readonly string[], sane: boolean): Mode[] =>
  names.map((name, n) => ({ name, field, mask, bits: n * (mask & -mask), ...(sane && n === 0 ? { sane: true } : {}) }));

/** A sign: what "sane" sets or clears. Octal, as in <asm-generic/termbits.h>. */
export const MODES: readonly Mode[] = [
  ...flags(CFLAG, "parenb:400 parodd:1000 cmspar:10000000000"),
  ...choices(CFLAG, 0o60, ["cs5", "cs6", "cs7", "cs8"], false),
  ...flags(CFLAG, "hupcl:2000 cstopb:100 +cread:200 clocal:4000 crtscts:20000000000"),
  ...flags(IFLAG, "-ignbrk:1 +brkint:2 ignpar:4 parmrk:10 inpck:20 istrip:40 -inlcr:100 -igncr:200 +icrnl:400 +ixon:2000 -ixoff:10000"),
  ...flags(IFLAG, "-iuclc:1000 -ixany:4000 +imaxbel:20000 iutf8:40000"),
  ...flags(OFLAG, "+opost:1 -olcuc:2 -ocrnl:10 +onlcr:4 -onocr:20 -onlret:40 -ofill:100 -ofdel:200"),
  ...choices(OFLAG, 0o400, ["nl0", "nl1"], true),
  ...choices(OFLAG, 0o3000, ["cr0", "cr1", "cr2", "cr3"], true),
  ...choices(OFLAG, 0o14000, ["tab0", "tab1", "tab2", "tab3"], true),
  ...choices(OFLAG, 0o20000, ["bs0", "bs1"], true),
  ...choices(OFLAG, 0o40000, ["vt0", "vt1"], true),
  ...choices(OFLAG, 0o100000, ["ff0", "ff1"], true),
  ...flags(LFLAG, "+isig:1 +icanon:2 +iexten:100000 +echo:10 +echoe:20 +echok:40 -echonl:100 -noflsh:200 -xcase:4 -tostop:400"),
  ...flags(LFLAG, "-echoprt:2000 +echoctl:1000 +echoke:4000 flusho:10000 extproc:200000"),
];

/** Other names of flags. */
export const ALIASES: Readonly<Record<string, string>> = {
  hup: "hupcl",
  tandem: "ixoff",
  crterase: "echoe",
  crtkill: "echoke",
  ctlecho: "echoctl",
  prterase: "echoprt",
};

/** Names that stand for several settings; "-name" for the opposite where there is one. */
export const COMBINATIONS: Readonly<Record<string, readonly [on: string, off?: string]>> = {
  evenp: ["parenb -parodd cs7", "-parenb cs8"],
  parity: ["parenb -parodd cs7", "-parenb cs8"],
  oddp: ["parenb parodd cs7", "-parenb cs8"],
  nl: ["-icrnl -onlcr", "icrnl -inlcr -igncr onlcr -ocrnl -onlret"],
  ek: ["erase ^? kill ^U"],
  raw: [
    "-ignbrk -brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr -icrnl -ixon -ixoff -iuclc -ixany -imaxbel -opost -isig -icanon -xcase min 1 time 0",
    "brkint ignpar istrip icrnl ixon opost isig icanon eof ^D eol ^-",
  ],
  cooked: [
    "brkint ignpar istrip icrnl ixon opost isig icanon eof ^D eol ^-",
    "-ignbrk -brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr -icrnl -ixon -ixoff -iuclc -ixany -imaxbel -opost -isig -icanon -xcase min 1 time 0",
  ],
  cbreak: ["-icanon", "icanon"],
  pass8: ["-parenb -istrip cs8", "parenb istrip cs7"],
  litout: ["-parenb -istrip -opost cs8", "parenb istrip opost cs7"],
  decctlq: ["-ixany", "ixany"],
  tabs: ["tab0", "tab3"],
  crt: ["echoe echoctl echoke"],
  dec: ["echoe echoctl echoke -ixany intr ^C erase ^? kill ^U"],
};

export interface ControlCharacter {
  readonly name: string;
  readonly index: number;
  readonly sane: number;
  /** min and time are numbers, not characters. */
  readonly number?: boolean;
}

const character = (name: string, index: number, sane: number): ControlCharacter => ({ name, index, sane });

/** In printed order, with their places in c_cc. */
export const CHARACTERS: readonly ControlCharacter[] = [
  character("intr", 0, 3),
  character("quit", 1, 28),
  character("erase", 2, 127),
  character("kill", 3, 21),
  character("eof", 4, 4),
  character("eol", 11, 0),
  character("eol2", 16, 0),
  character("swtch", 7, 0),
  character("start", 8, 17),
  character("stop", 9, 19),
  character("susp", 10, 26),
  character("rprnt", 12, 18),
  character("werase", 14, 23),
  character("lnext", 15, 22),
  character("flush", 13, 15),
  { name: "min", index: 6, sane: 1, number: true },
  { name: "time", index: 5, sane: 0, number: true },
];

/** Line speeds by CBAUD's code. */
export const SPEEDS: readonly (readonly [baud: number, code: number])[] = [
  ...[0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400].map((baud, code) => [baud, code] as const),
  ...[57600, 115200, 230400, 460800, 500000, 576000, 921600, 1000000].map((baud, n) => [baud, 0o10001 + n] as const),
];
export const CBAUD = 0o10017;
