// Delays: sleeping (msleep) and busy (udelay).

export { mdelay, ndelay, udelay } from "../../arch/x86/lib/delay";
export { msleep, msleep_interruptible, usleep_range } from "../../kernel/time/timer";
