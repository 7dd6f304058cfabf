import * as tf from '@tensorflow/tfjs';

export type ConvInfo = tf.backend_util.Conv2DInfo;

/**
 * Copies the patches that a convolution reads from images `from` to `to` to a matrix with a column for each output position (im2col,
 * transposed). The filter's gradient is then a matrix product.
 * @param x images, channels last
 * @param columns receives filterHeight · filterWidth · inChannels rows of (to − from) · outHeight · outWidth numbers
 */
export function gatherPatches(x: Float32Array, info: ConvInfo, from: number, to: number, columns: Float32Array): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  let at = 0;
  for (let filterY = 0; filterY < info.filterHeight; filterY++) {
    const top = filterY * info.dilationHeight - info.padInfo.top;
    for (let filterX = 0; filterX < info.filterWidth; filterX++) {
      const left = filterX * info.dilationWidth - info.padInfo.left;
      for (let channel = 0; channel < inChannels; channel++) {
        for (let image = from; image < to; image++) {
          for (let outY = 0; outY < outHeight; outY++) {
            const y = outY * strideHeight + top;
            const inside = y >= 0 && y < inHeight;
            const row = (image * inHeight + y) * inWidth;
            for (let outX = 0; outX < outWidth; outX++) {
              const column = outX * strideWidth + left;
              columns[at++] =
                inside && column >= 0 && column < inWidth ? (x[(row + column) * inChannels + channel] ?? 0) : 0;
            }
          }
        }
      }
    }
  }
}

/**
 * Adds gradients of patches to the gradients of images `from` to `to`. It is the adjoint of {@link gatherPatches}, except for the order of
 * dimensions.
 * @param patches (to − from) · outHeight · outWidth rows of filterHeight · filterWidth · inChannels numbers
 * @param dx images, channels last, zero at first
 */
export function scatterPatches(
  patches: Float32Array,
  info: ConvInfo,
  from: number,
  to: number,
  dx: Float32Array,
): void {
  const { inHeight, inWidth, inChannels, strideHeight, strideWidth } = info;
  let at = 0;
  for (let image = from; image < to; image++) {
    for (let outY = 0; outY < info.outHeight; outY++) {
      for (let outX = 0; outX < info.outWidth; outX++) {
        for (let filterY = 0; filterY < info.filterHeight; filterY++) {
          const y = outY * strideHeight + filterY * info.dilationHeight - info.padInfo.top;
          const row = (image * inHeight + y) * inWidth;
          for (let filterX = 0; filterX < info.filterWidth; filterX++, at += inChannels) {
            const column = outX * strideWidth + filterX * info.dilationWidth - info.padInfo.left;
            if (y < 0 || y >= inHeight || column < 0 || column >= inWidth) continue;
            const pixel = (row + column) * inChannels;
            for (let channel = 0; channel < inChannels; channel++) {
              dx[pixel + channel] = (dx[pixel + channel] ?? 0) + (patches[at + channel] ?? 0);
            }
          }
        }
      }
    }
  }
}
