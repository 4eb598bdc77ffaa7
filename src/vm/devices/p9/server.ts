// A 9P2000.L server over the root volume: requests in, replies out, one at a time. Errors are Rlerror with Linux error numbers;
// nothing that a client sends makes it throw.

import { ERRNO } from "../../../abi/errno.js";
import { ATTRIBUTE_REQUESTS } from "./attribute-requests.js";
import { FILE_REQUESTS } from "./file-requests.js";
import { FsError, type Inodes } from "./inodes.js";
import { HEADER_SIZE, Message, Reader, Writer } from "./messages.js";
import { NAME_REQUESTS } from "./name-requests.js";
import { Fids, type Handler, MAX_MSIZE, type Session } from "./session.js";
import { SESSION_REQUESTS } from "./session-requests.js";
import { restoreVolume, saveVolume, type VolumeState } from "./volume-state.js";

export interface P9State {
  readonly msize: number;
  readonly volume: VolumeState;
  readonly fids: readonly { number: number; link: number; open: number | undefined }[];
}

const HANDLERS: ReadonlyMap<number, Handler> = new Map([...SESSION_REQUESTS, ...FILE_REQUESTS, ...ATTRIBUTE_REQUESTS, ...NAME_REQUESTS]);

export class P9Server {
  private readonly session: Session;

  /** @param now wall clock in ns since 1970. @param problem told about what should never happen. */
  constructor(
    inodes: Inodes,
    now: () => bigint,
    private readonly problem: (text: string) => void,
  ) {
    const fids = new Fids();
    this.session = { inodes, fids, now, msize: MAX_MSIZE };
    inodes.pinned = () => fids.entries().map(([, { node }]) => node);
  }

  save(): P9State {
    const { inodes, msize } = this.session;
    const open = this.session.fids.entries();
    const { state, numberOf } = saveVolume(
      inodes,
      open.map(([, { link }]) => link),
    );
    return { msize, volume: state, fids: open.map(([number, { link, open }]) => ({ number, link: numberOf(link), open })) };
  }

  /** Into a server of an empty volume. */
  restore({ msize, volume, fids }: P9State): void {
    const links = restoreVolume(this.session.inodes, volume);
    this.session.msize = msize;
    for (const { number, link, open } of fids) this.session.fids.set(number, { link: links[link], node: links[link].node, open });
  }

  reset(): void {
    this.session.fids.clear();
    this.session.msize = MAX_MSIZE;
  }

  /** One request, one reply. A message without a whole header gets none (an empty answer). */
  serve(request: Uint8Array, capacity: number): Uint8Array {
    if (request.length < HEADER_SIZE) return new Uint8Array(0);
    const header = new Reader(request);
    const size = header.u32();
    const type = header.u8();
    const tag = header.u16();
    if (size < HEADER_SIZE || size > request.length) return errorReply(tag, ERRNO.EINVAL);
    const reply = this.dispatch(type, tag, new Reader(request.subarray(HEADER_SIZE, size)));
    return reply.length > capacity ? errorReply(tag, ERRNO.EMSGSIZE) : reply;
  }

  private dispatch(type: number, tag: number, reader: Reader): Uint8Array {
    const handler = HANDLERS.get(type);
    if (!handler) return errorReply(tag, ERRNO.EOPNOTSUPP);
    const writer = new Writer();
    try {
      handler(this.session, reader, writer);
    } catch (error) {
      if (error instanceof FsError) return errorReply(tag, reader.bad ? ERRNO.EINVAL : error.errno);
      this.problem(`9p: message ${type} failed on the host: ${String(error)}`);
      return errorReply(tag, ERRNO.EIO);
    }
    return writer.finish(type + 1, tag);
  }
}

function errorReply(tag: number, errno: number): Uint8Array {
  return new Writer(16).u32(errno).finish(Message.Rlerror, tag);
}
