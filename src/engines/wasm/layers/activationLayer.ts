import { NOWHERE, rowOf } from '../address.js';
import type { Op } from '../program.js';
import { activationOf, type Activation } from './activations.js';
import { defineLayer, both, onlyInput, Options, type CompiledLayer, type LayerSetup } from './layer.js';

export const activation = defineLayer({
  classes: ['Activation', 'ELU', 'LeakyReLU', 'ReLU', 'Softmax'],
  summary: 'Activations as layers; softmax over the last axis.',
  compile: compileActivationLayer,
});

/** Activation, ReLU, LeakyReLU, ELU and Softmax. */
function compileActivationLayer(setup: LayerSetup): CompiledLayer {
  const { runtime } = setup;
  const { input, gradient } = onlyInput(setup);
  const activation = readActivation(setup, input.shape.length, input.shape.at(-1) ?? 1);
  if (activation === null) return { output: setup.alias(input, input.shape), train: [], infer: [], backward: [] };
  const output = setup.output(input.shape);
  const { size } = input;
  const forward: Op = {
    each: 'row',
    run(row) {
      activation.apply(runtime.kernels, rowOf(input.address, row, size), rowOf(output.address, row, size), size);
    },
  };
  const backward: Op = {
    each: 'row',
    run(row) {
      if (gradient === NOWHERE) return;
      const y = rowOf(output.address, row, size);
      const dy = rowOf(output.gradient, row, size);
      activation.differentiate(
        runtime.kernels,
        rowOf(input.address, row, size),
        y,
        dy,
        rowOf(gradient, row, size),
        size,
      );
    },
  };
  return { output, ...both([forward]), backward: [backward] };
}

/** Null for the identity. */
function readActivation({ node }: LayerSetup, rank: number, width: number): Activation | null {
  const options = new Options(node);
  switch (node.className) {
    case 'ReLU': {
      const most = node.config['max_value'] ?? null;
      if (most !== null && most !== 6) options.refuse('max_value');
      return activationOf(most === 6 ? 'relu6' : 'relu', width);
    }
    case 'LeakyReLU':
      return activationOf('leakyRelu', width, slope(options, 0.3));
    case 'ELU':
      return activationOf('elu', width, slope(options, 1));
    case 'Softmax':
      options.expect('axis', -1, rank);
      return activationOf('softmax', width);
    default: {
      const name = options.text('activation', 'linear');
      return name === 'linear' ? null : (activationOf(name, width) ?? options.refuse('activation'));
    }
  }
}

/** The option `alpha`. The derivative is computed from the value, whose sign is that of the argument only if the slope is positive. */
function slope(options: Options, fallback: number): number {
  const alpha = options.number('alpha', fallback);
  return alpha > 0 ? alpha : options.refuse('alpha');
}
