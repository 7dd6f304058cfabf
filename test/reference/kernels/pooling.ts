import type { Twin } from './twin.js';

export const maxPool: Twin<'maxPool'> = (
  memory,
  {
    height,
    width,
    channels,
    x,
    xRow,
    xPixel,
    outHeight,
    outWidth,
    y,
    places,
    poolHeight,
    poolWidth,
    strideY,
    strideX,
    top,
    left,
  },
) => {
  for (let oy = 0; oy < outHeight; oy++) {
    for (let ox = 0; ox < outWidth; ox++) {
      for (let channel = 0; channel < channels; channel++) {
        let [most, place] = [-Infinity, 0];
        for (let py = 0; py < poolHeight; py++) {
          for (let px = 0; px < poolWidth; px++) {
            const [yy, xx] = [oy * strideY - top + py, ox * strideX - left + px];
            if (yy < 0 || yy >= height || xx < 0 || xx >= width) continue;
            const value = memory.float(x + yy * xRow + xx * xPixel, channel);
            if (value > most) [most, place] = [value, py * poolWidth + px];
          }
        }
        const i = (oy * outWidth + ox) * channels + channel;
        memory.setFloat(y, i, most);
        memory.setByte(places, i, place);
      }
    }
  }
};

export const maxPoolGradient: Twin<'maxPoolGradient'> = (
  memory,
  {
    height,
    width,
    channels,
    dx,
    xRow,
    xPixel,
    outHeight,
    outWidth,
    dy,
    places,
    poolHeight,
    poolWidth,
    strideY,
    strideX,
    top,
    left,
    accumulate,
  },
) => {
  for (let oy = 0; oy < outHeight; oy++) {
    for (let ox = 0; ox < outWidth; ox++) {
      for (let channel = 0; channel < channels; channel++) {
        const i = (oy * outWidth + ox) * channels + channel;
        for (let py = 0; py < poolHeight; py++) {
          for (let px = 0; px < poolWidth; px++) {
            const [yy, xx] = [oy * strideY - top + py, ox * strideX - left + px];
            if (yy < 0 || yy >= height || xx < 0 || xx >= width) continue;
            const value = memory.byte(places, i) === py * poolWidth + px ? memory.float(dy, i) : 0;
            const pixel = dx + yy * xRow + xx * xPixel;
            memory.setFloat(pixel, channel, accumulate === 1 ? memory.float(pixel, channel) + value : value);
          }
        }
      }
    }
  }
};
