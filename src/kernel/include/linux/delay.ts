// Delays: sleeping (msleep) and busy (udelay).

export { msleep, msleep_interruptible, usleep_range } from "../../kernel/time/timer";
export { udelay, ndelay, mdelay } from "../../arch/x86/lib/delay";
