import { NotCovered, type LayerNode } from '../network.js';
import { compileActivationLayer } from './activationLayer.js';
import { compileAveragePooling } from './averagePooling.js';
import { compileBatchNorm } from './batchNorm.js';
import { compileConvolution, compileConvolutionAndPooling } from './conv2d.js';
import { compileDense } from './dense.js';
import { compileDepthwise, compileSeparable } from './depthwise.js';
import { compileDropout } from './dropout.js';
import { compileGaussian } from './gaussian.js';
import { compileGlobalPooling } from './globalPooling.js';
import type { CompiledLayer, LayerCompiler, LayerSetup } from './layer.js';
import { compileLayerNorm } from './layerNorm.js';
import { compileMerge } from './merge.js';
import { compileConcatenate, compilePermute, compileUpSampling, compileZeroPadding } from './moves.js';
import { compileMaxPooling } from './pooling.js';
import { compileReshape } from './reshape.js';

const COMPILERS: Readonly<Record<string, LayerCompiler>> = {
  Activation: compileActivationLayer,
  Add: compileMerge,
  AlphaDropout: compileDropout,
  Average: compileMerge,
  AveragePooling1D: compileAveragePooling,
  AveragePooling2D: compileAveragePooling,
  BatchNormalization: compileBatchNorm,
  Concatenate: compileConcatenate,
  Conv1D: compileConvolution,
  Conv2D: compileConvolution,
  Dense: compileDense,
  DepthwiseConv2D: compileDepthwise,
  Dropout: compileDropout,
  ELU: compileActivationLayer,
  Flatten: compileReshape,
  GaussianDropout: compileGaussian,
  GaussianNoise: compileGaussian,
  GlobalAveragePooling1D: compileGlobalPooling,
  GlobalAveragePooling2D: compileGlobalPooling,
  GlobalMaxPooling1D: compileGlobalPooling,
  GlobalMaxPooling2D: compileGlobalPooling,
  LayerNormalization: compileLayerNorm,
  LeakyReLU: compileActivationLayer,
  MaxPooling1D: compileMaxPooling,
  MaxPooling2D: compileMaxPooling,
  Maximum: compileMerge,
  Minimum: compileMerge,
  Multiply: compileMerge,
  Permute: compilePermute,
  ReLU: compileActivationLayer,
  Reshape: compileReshape,
  SeparableConv2D: compileSeparable,
  Softmax: compileActivationLayer,
  SpatialDropout1D: compileDropout,
  UpSampling2D: compileUpSampling,
  ZeroPadding2D: compileZeroPadding,
};

/** @throws NotCovered for a class without a compiler */
export function compilerOf({ className, path }: LayerNode): LayerCompiler {
  const compiler = COMPILERS[className];
  if (compiler === undefined) throw new NotCovered(`layer "${path}" is a ${className}`);
  return compiler;
}

/**
 * A compiler of two layers as one, where that is faster.
 * @param second the only layer that uses the first one's output
 * @returns null where the two can't be joined; so does the compiler
 */
export function joinedCompilerOf(
  first: LayerNode,
  second: LayerNode,
): ((setup: LayerSetup) => CompiledLayer | null) | null {
  if (first.className !== 'Conv2D' || second.className !== 'MaxPooling2D') return null;
  return (setup) => compileConvolutionAndPooling(setup, second);
}
