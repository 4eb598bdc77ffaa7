// du: how much room files and folders take.
import { strerror } from "../../abi/errno.js";
import type { Sys } from "../sys/request.js";
import { fileType, isDirectory, lstat, readDirectory, S_IFLNK, type Stat, stat } from "../sys/stat.js";
import { parseDecimal } from "../text/numbers.js";
import type { AppletTable, Io, Options } from "./applet.js";
import { humanSize } from "./format.js";

const BLOCK = 512;

class Usage {
  #status = 0;
  /** Files with several names count once. */
  readonly #seen = new Set<string>();
  readonly #depth: number;

  constructor(
    readonly io: Io,
    readonly options: Options,
    depth: number,
  ) {
    this.#depth = depth;
  }

  get status(): number {
    return this.#status;
  }

  /** Bytes, or -b's apparent ones. */
  #size(info: Stat): number {
    return this.options.has("b") ? info.size : info.blocks * BLOCK;
  }

  *print(bytes: number, name: string): Sys<void> {
    const { options } = this;
    const unit = options.has("b") ? 1 : options.has("m") ? 1024 * 1024 : 1024;
    const text = options.has("h")
      ? humanSize(bytes)
      : options.has("m")
        ? String(Math.ceil(bytes / unit))
        : String(Math.floor(bytes / unit));
    yield* this.io.put(`${text}\t${name}\n`);
  }

  /** The bytes of a whole tree. */
  *walk(path: string, level: number, device: number | undefined): Sys<number> {
    const { options } = this;
    let info = yield* lstat(path);
    const follows = options.has("L") || (options.has("H") && level === 0);
    if (typeof info !== "number" && fileType(info) === S_IFLNK && follows) info = yield* stat(path);
    if (typeof info === "number") {
      yield* this.io.error(`${path}: ${strerror(info)}`);
      this.#status = 1;
      return 0;
    }
    if (options.has("x") && device !== undefined && info.dev !== device) return 0;
    const identity = `${info.dev}:${info.ino}`;
    const folder = isDirectory(info);
    if ((folder ? options.has("L") : info.nlink > 1 && !options.has("l")) && this.#seen.has(identity)) return 0;
    this.#seen.add(identity);
    let sum = this.#size(info);
    if (folder) {
      const entries = yield* readDirectory(path);
      if (typeof entries === "number") {
        yield* this.io.error(`can't open '${path}': ${strerror(entries)}`);
        this.#status = 1;
      } else {
        for (const { name } of entries) {
          if (name === "." || name === "..") continue;
          sum += yield* this.walk(path.endsWith("/") ? path + name : `${path}/${name}`, level + 1, device ?? info.dev);
        }
      }
    } else if (!options.has("a") && level > 0) return sum;
    if (level <= this.#depth) yield* this.print(sum, path);
    return sum;
  }
}

function* du(io: Io): Sys<number> {
  const options = yield* io.options("aHkLsxd:lchmb", { "max-depth": "d" });
  const depth = options.has("s") ? 0 : options.has("d") ? parseDecimal(options.value("d") ?? "") : Number.POSITIVE_INFINITY;
  if (depth === undefined) return yield* io.die(`invalid number '${options.value("d")}'`);
  const usage = new Usage(io, options, depth);
  let total = 0;
  for (const path of options.operands.length > 0 ? options.operands : ["."]) total += yield* usage.walk(path, 0, undefined);
  if (options.has("c")) yield* usage.print(total, "total");
  return usage.status;
}

export const DU: AppletTable = {
  du: {
    usage:
      "[-aHLdclsxhmkb] [FILE]...\n\nSummarize the room that FILEs and folders take\n\n\t-a\tFiles, too\n\t-b\tApparent sizes in bytes\n\t-L\tFollow all symbolic links\n\t-H\tFollow those named as FILE\n\t-d N\tPrint no deeper than N\n\t-c\tA total at the end\n\t-l\tCount every name of a file\n\t-s\tOnly the FILEs\n\t-x\tStay on one file system\n\t-h\tSizes for humans\n\t-m, -k\tMegabytes, kilobytes",
    run: du,
  },
};
