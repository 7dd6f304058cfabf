import type { Twin, TwinMemory } from './twin.js';

interface Windows {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly poolHeight: number;
  readonly poolWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly top: number;
  readonly left: number;
}

/** Calls back with each output number, and with the numbers of its window that lie in the image. */
function forEachWindow(windows: Windows, callback: (output: number, inputs: readonly number[]) => void): void {
  const { height, width, channels, outHeight, outWidth, poolHeight, poolWidth, strideY, strideX, top, left } = windows;
  for (let oy = 0; oy < outHeight; oy++) {
    for (let ox = 0; ox < outWidth; ox++) {
      for (let channel = 0; channel < channels; channel++) {
        const inputs: number[] = [];
        for (let yy = oy * strideY - top; yy < oy * strideY - top + poolHeight; yy++) {
          for (let xx = ox * strideX - left; xx < ox * strideX - left + poolWidth; xx++) {
            if (yy < 0 || yy >= height || xx < 0 || xx >= width) continue;
            inputs.push((yy * width + xx) * channels + channel);
          }
        }
        callback((oy * outWidth + ox) * channels + channel, inputs);
      }
    }
  }
}

function sumOf(memory: TwinMemory, x: number, indices: readonly number[]): number {
  return indices.reduce((sum, i) => sum + memory.float(x, i), 0);
}

export const averagePool: Twin<'averagePool'> = (memory, { x, y, ...windows }) => {
  forEachWindow(windows, (output, inputs) => {
    memory.setFloat(y, output, sumOf(memory, x, inputs) / inputs.length);
  });
};

export const averagePoolGradient: Twin<'averagePoolGradient'> = (memory, { dy, dx, accumulate, ...windows }) => {
  forEachWindow(windows, (output, inputs) => {
    const gradient = memory.float(dy, output) / inputs.length;
    for (const i of inputs) memory.setFloat(dx, i, accumulate === 1 ? memory.float(dx, i) + gradient : gradient);
  });
};
