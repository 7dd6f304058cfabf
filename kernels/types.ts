/** A distance or a size in bytes. It may be negative: sums of addresses wrap around. A plain `usize` is an address. */
export type Bytes = usize;

/** 0 for no, 1 for yes. */
export type Flag = i32;
