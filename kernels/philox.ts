export const M0: u32 = 0xd2511f53;
export const M1: u32 = 0xcd9e8d57;
export const W0: u32 = 0x9e3779b9;
export const W1: u32 = 0xbb67ae85;

/** The high halves of the products of four pairs of 32-bit numbers. */
export function mulHigh(x: v128, y: v128): v128 {
  const low = v128.extmul_low<u32>(x, y);
  const high = v128.extmul_high<u32>(x, y);
  return v128.shuffle<i32>(low, high, 1, 3, 5, 7);
}

/**
 * Four consecutive blocks of Philox4x32-7 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), with the same bits as
 * src/random/philox.ts.
 * @param to receives 64 bytes: the first word of each block, then the second word of each block, and so on
 */
export function philox(
  to: usize,
  block: u32,
  row: u32,
  key0: u32,
  key1: u32,
  iterationLow: u32,
  iterationHigh: u32,
): void {
  const m0 = v128.splat<u32>(M0);
  const m1 = v128.splat<u32>(M1);
  let c0 = v128.add<u32>(v128.splat<u32>(block), i32x4(0, 1, 2, 3));
  let c1 = v128.splat<u32>(row);
  let c2 = v128.splat<u32>(iterationLow);
  let c3 = v128.splat<u32>(iterationHigh);
  for (let round = 0; round < 7; round++) {
    const high0 = mulHigh(m0, c0);
    const low0 = v128.mul<u32>(m0, c0);
    const high1 = mulHigh(m1, c2);
    const low1 = v128.mul<u32>(m1, c2);
    c0 = v128.xor(v128.xor(high1, c1), v128.splat<u32>(key0));
    c1 = low1;
    c2 = v128.xor(v128.xor(high0, c3), v128.splat<u32>(key1));
    c3 = low0;
    key0 += W0;
    key1 += W1;
  }
  v128.store(to, c0);
  v128.store(to, c1, 16);
  v128.store(to, c2, 32);
  v128.store(to, c3, 48);
}
