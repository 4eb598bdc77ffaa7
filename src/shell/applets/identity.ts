// Who is there and on what: groups logname arch who.

import { SYS } from "../../abi/syscalls.js";
import { call } from "../sys/calls.js";
import { readFile } from "../sys/files.js";
import type { Sys } from "../sys/request.js";
import { uname } from "../sys/system.js";
import { accountName, accounts } from "./accounts.js";
import type { AppletTable, Io } from "./applet.js";

/** The user's own group, then those of /etc/group that list them. */
function* groups(io: Io): Sys<number> {
  const { operands } = yield* io.options("");
  const [user] = operands;
  const names = yield* accounts("/etc/group");
  if (user === undefined) {
    yield* io.put(`${accountName(names, yield* call(SYS.getegid))}\n`);
    return 0;
  }
  const passwd = yield* readFile("/etc/passwd");
  const own = typeof passwd === "string" ? passwd.split("\n").find((line) => line.startsWith(`${user}:`)) : undefined;
  if (!own) return yield* io.die(`unknown user ${user}`);
  const list = [accountName(names, Number(own.split(":")[3]))];
  const text = yield* readFile("/etc/group");
  for (const line of typeof text === "string" ? text.split("\n") : []) {
    const [name = "", , , members = ""] = line.split(":");
    if (members.split(",").includes(user) && !list.includes(name)) list.push(name);
  }
  yield* io.put(`${list.join(" ")}\n`);
  return 0;
}

export const IDENTITY: AppletTable = {
  groups: { usage: "[USER]\n\nPrint the groups in which a user is", run: groups },
  logname: {
    usage: "\n\nPrint the name with which the user logged in",
    // There is no login here: no loginuid is set and no utmp kept, as where init starts a shell.
    *run(io) {
      return io.args.length > 0 ? yield* io.showUsage() : yield* io.die("getlogin: No such device or address");
    },
  },
  arch: {
    usage: "\n\nPrint the machine's architecture",
    *run(io) {
      const name = yield* uname();
      yield* io.put(`${typeof name === "number" ? "unknown" : name.machine}\n`);
      return 0;
    },
  },
  who: {
    usage: "[-aH]\n\nShow who is logged in\n\n\t-a\tDead entries, too\n\t-H\tColumn headings",
    *run(io) {
      const options = yield* io.options("aH");
      if (options.operands.length > 0) return yield* io.showUsage();
      // Entries come from utmp, which nobody keeps here.
      if (options.has("H")) yield* io.put("USER\t\tTTY\t\tIDLE\tTIME\t\t HOST\n");
      return 0;
    },
  },
};
