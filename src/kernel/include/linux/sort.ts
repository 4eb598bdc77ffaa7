// Sorting and searching of arrays.

export { bsearch, sort } from "../../lib/sort";
