declare const brand: unique symbol;

/**
 * A place in a program's memory, in bytes from its start. Counts and distances are plain numbers, so the compiler refuses them where an
 * address is expected.
 */
export type Address = number & { readonly [brand]: 'address' };

/** No place. A kernel neither reads nor writes an optional operand at this address. */
export const NOWHERE = addressOf(0);

/** Bytes of a float32 number. */
export const FLOAT = 4;

/** The place that is so many bytes from the memory's start. */
export function addressOf(bytes: number): Address {
  return bytes as Address;
}

/** The place that is so many bytes behind an address. */
export function at(address: Address, bytes: number): Address {
  return addressOf(address + bytes);
}

/**
 * The place of a row.
 * @param address of row 0
 * @param size float32 numbers of a row
 */
export function rowOf(address: Address, row: number, size: number): Address {
  return at(address, row * size * FLOAT);
}
