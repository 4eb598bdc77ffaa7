// Shell-style pattern matching.

export { glob_match } from "../../lib/glob";
