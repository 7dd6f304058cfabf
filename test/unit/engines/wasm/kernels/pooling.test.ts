import fc from 'fast-check';
import * as twins from '../../../../reference/kernels/pooling.js';
import { cases, EXACT, gap, holdAgainst, linearCases, positive, type Arena } from './harness.js';
import { windows, type Windows } from './windows.js';

const sizes = windows.chain((shape) =>
  fc.record({ windows: fc.constant(shape), channels: positive, rowGap: gap, pixelGap: gap }),
);

interface Sizes {
  readonly windows: Windows;
  readonly channels: number;
  readonly rowGap: number;
  readonly pixelGap: number;
}

/** The arguments that both kernels have, and the size of the image and of the output. */
function shapeOf({ windows, channels, rowGap, pixelGap }: Sizes) {
  const pixel = channels + pixelGap;
  const row = windows.width * pixel + rowGap;
  const output = windows.outHeight * windows.outWidth * channels;
  return { args: { ...windows, channels, xRow: row * 4, xPixel: pixel * 4 }, image: windows.height * row, output };
}

/** A place in its window for each number of the output. */
function places(arena: Arena, output: number, { poolHeight, poolWidth }: Windows): number[] {
  return arena.wholes(output, poolHeight * poolWidth - 1).map(Math.abs);
}

holdAgainst(twins, {
  // Whole numbers are often equal, so that the first of several has to be found.
  maxPool: cases(
    sizes,
    (arena, given) => {
      const { args, image, output } = shapeOf(given);
      const x = arena.floats(arena.wholes(image, 2));
      return { ...args, x, y: arena.floats(output), places: arena.bytes(Array<number>(output).fill(0)) };
    },
    EXACT,
  ),
  maxPoolGradient: linearCases(sizes, (arena, given) => {
    const { args, image, output } = shapeOf(given);
    return {
      ...args,
      dx: arena.floats(image),
      dy: arena.floats(output),
      places: arena.bytes(places(arena, output, given.windows)),
      accumulate: given.windows.overlap,
    };
  }),
});
