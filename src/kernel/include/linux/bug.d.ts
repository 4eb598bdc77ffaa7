// WARN and BUG, to which kcc gives their meaning: a ud2 with an entry in __bug_table, so that file and line come from where they stand
// and a false condition costs a branch. lib/bug.ts finds the entry when the trap comes.

/** Ends this task with an oops, "invalid opcode". */
export declare function BUG(): never;
export declare function BUG_ON(condition: scalar): void;
/** Tells of it if the condition holds, and goes on. Gives the condition back. */
export declare function WARN_ON(condition: scalar): bool;
export declare function WARN_ON_ONCE(condition: scalar): bool;
export declare function WARN(condition: scalar, format: cstr, ...args: scalar[]): bool;
export declare function WARN_ONCE(condition: scalar, format: cstr, ...args: scalar[]): bool;
