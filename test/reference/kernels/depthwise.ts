import type { Twin } from './twin.js';

export const depthwise: Twin<'depthwise'> = (
  memory,
  { height, width, channels, filterHeight, filterWidth, x, strideY, strideX, dilationY, dilationX, w, wStep, y, bias },
) => {
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = bias === 0 ? 0 : memory.float(bias, channel);
        for (let p = 0; p < filterHeight; p++) {
          for (let q = 0; q < filterWidth; q++) {
            const value = memory.float(x + i * strideY + p * dilationY + j * strideX + q * dilationX, channel);
            sum += value * memory.float(w + (p * filterWidth + q) * wStep, channel);
          }
        }
        memory.setFloat(y, (i * width + j) * channels + channel, sum);
      }
    }
  }
};

export const depthwiseGradient: Twin<'depthwiseGradient'> = (
  memory,
  { height, width, channels, filterHeight, filterWidth, x, strideY, strideX, dilationY, dilationX, dy, dw, fresh },
) => {
  for (let p = 0; p < filterHeight; p++) {
    for (let q = 0; q < filterWidth; q++) {
      for (let channel = 0; channel < channels; channel++) {
        const to = (p * filterWidth + q) * channels + channel;
        let sum = fresh === 1 ? 0 : memory.float(dw, to);
        for (let i = 0; i < height; i++) {
          for (let j = 0; j < width; j++) {
            const value = memory.float(x + i * strideY + p * dilationY + j * strideX + q * dilationX, channel);
            sum += value * memory.float(dy, (i * width + j) * channels + channel);
          }
        }
        memory.setFloat(dw, to, sum);
      }
    }
  }
};

export const repeatNumbers: Twin<'repeatNumbers'> = (memory, { rows, n, times, from, fromRow, to, toRow }) => {
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n * times; i++) {
      memory.setFloat(to + row * toRow, i, memory.float(from + row * fromRow, Math.floor(i / times)));
    }
  }
};

export const sumRepeated: Twin<'sumRepeated'> = (memory, { n, times, from, to }) => {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < times; j++) sum += memory.float(from, i * times + j);
    memory.setFloat(to, i, sum);
  }
};
