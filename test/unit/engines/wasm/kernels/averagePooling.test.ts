import fc from 'fast-check';
import * as twins from '../../../../reference/kernels/averagePooling.js';
import { cases, holdAgainst, positive, SUM } from './harness.js';
import { windows } from './windows.js';

const sizes = fc.record({ windows, channels: positive });

holdAgainst(twins, {
  averagePool: cases(
    sizes,
    (arena, { windows, channels }) => ({
      ...windows,
      channels,
      x: arena.floats(windows.height * windows.width * channels),
      y: arena.floats(windows.outHeight * windows.outWidth * channels),
    }),
    SUM,
  ),
  averagePoolGradient: cases(
    sizes,
    (arena, { windows: { overlap, ...windows }, channels }) => ({
      ...windows,
      channels,
      dx: arena.floats(windows.height * windows.width * channels),
      dy: arena.floats(windows.outHeight * windows.outWidth * channels),
      accumulate: overlap,
    }),
    SUM,
  ),
});
