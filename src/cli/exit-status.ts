// What kelp's own exit status says when it is not the guest script's. Told to the user in `kelp run --help`.

/** The kernel panicked or a CPU triple-faulted. */
export const STATUS_CRASH = 120;
/** `--timeout` guest seconds are over. */
export const STATUS_TIMEOUT = 124;
/** The machine could not be started, or waits for what will never come. */
export const STATUS_FAILED = 125;
export const STATUS_USAGE = 2;
