import fc from 'fast-check';
import { at } from '../../../../../src/engines/wasm/address.js';
import * as twins from '../../../../reference/kernels/dropout.js';
import { cases, count, EXACT, few, gap, holdAgainst, linearCases } from './harness.js';

/** Bytes that the kernel writes at once. */
const GROUP = 64;

holdAgainst(twins, {
  dropoutMask: cases(
    fc.record({
      rows: few,
      size: fc.oneof(count, fc.constantFrom(31, 32, 33, 63, 64, 65, 129)),
      gap,
      firstRow: fc.nat(100),
      threshold: fc.nat(0xffff),
    }),
    (arena, { gap, ...sizes }) => {
      const written = Math.ceil(sizes.size / GROUP) * GROUP;
      const maskRow = written + gap;
      const mask = arena.bytes(arena.wholes(sizes.rows * maskRow, 100).map(Math.abs));
      for (let row = 0; row < sizes.rows; row++) {
        arena.release(at(mask, row * maskRow + sizes.size), written - sizes.size);
      }
      return {
        ...sizes,
        mask,
        maskRow,
        key0: arena.word(),
        key1: arena.word(),
        iterationLow: arena.word(),
        iterationHigh: arena.word() & 0xffff,
      };
    },
    EXACT,
  ),
  applyMask: linearCases(fc.record({ n: count, isInPlace: fc.boolean() }), (arena, { n, isInPlace }) => {
    const x = arena.floats(n);
    return { x, mask: arena.mask(n), y: isInPlace ? x : arena.floats(n), n, scale: arena.value() };
  }),
});
