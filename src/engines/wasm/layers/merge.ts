import { sameShape } from '../../../protocol/shape.js';
import { NOWHERE, rowOf, type Address } from '../address.js';
import { NotCovered, type LayerNode } from '../network.js';
import type { Op, Tensor } from '../program.js';
import { defineLayer, both, type CompiledLayer, type LayerSetup } from './layer.js';

export const merge = defineLayer({
  classes: ['Add', 'Average', 'Maximum', 'Minimum', 'Multiply'],
  summary: 'Element by element, of inputs of one shape.',
  compile: compileMerge,
});

/** Codes of the operations in kernels/elementwise.ts. */
const KINDS = { sum: 0, product: 1, maximum: 2, minimum: 3 } as const;
const OPERATIONS: Readonly<Record<string, keyof typeof KINDS>> = {
  Add: 'sum',
  Average: 'sum',
  Multiply: 'product',
  Maximum: 'maximum',
  Minimum: 'minimum',
};

/** Add, Average, Multiply, Maximum and Minimum of inputs of one shape. */
function compileMerge(setup: LayerSetup): CompiledLayer {
  const { node, runtime, inputs, inputGradients } = setup;
  const { shape, size } = checkInputs(node, inputs);
  const operation = OPERATIONS[node.className] ?? 'sum';
  const kind = KINDS[operation];
  const factor = node.className === 'Average' ? 1 / inputs.length : 1;
  const output = setup.output(shape);
  const input = (i: number, row: number): Address => rowOf(inputs[i]?.address ?? NOWHERE, row, size);

  const forward: Op = {
    each: 'row',
    run(row) {
      const { kernels } = runtime;
      const y = rowOf(output.address, row, size);
      kernels.combine(kind, input(0, row), input(1, row), y, size);
      for (let i = 2; i < inputs.length; i++) kernels.combine(kind, y, input(i, row), y, size);
      if (factor !== 1) kernels.scale(y, y, size, factor);
    },
  };

  /** Writes ∂L/∂input to `dx`, unless that is NOWHERE. */
  const differentiate = (i: number, row: number, dy: Address, dx: Address): void => {
    const { kernels } = runtime;
    if (operation === 'maximum' || operation === 'minimum') {
      kernels.takeGradient(input(i, row), rowOf(output.address, row, size), dy, dx, size);
    } else if (dx !== NOWHERE && operation === 'sum') kernels.scale(dy, dx, size, factor);
    else if (dx !== NOWHERE) {
      // The product of dy and all other inputs.
      let product = dy;
      for (let j = 0; j < inputs.length; j++) {
        if (j === i) continue;
        kernels.combine(KINDS.product, product, input(j, row), dx, size);
        product = dx;
      }
    }
  };
  const backward: Op = {
    each: 'row',
    run(row) {
      const dy = rowOf(output.gradient, row, size);
      for (const [i, gradient] of inputGradients.entries()) {
        differentiate(i, row, dy, gradient === NOWHERE ? NOWHERE : rowOf(gradient, row, size));
      }
    },
  };
  return { output, ...both([forward]), backward: [backward] };
}

/** @returns the first input; all inputs have its shape */
function checkInputs({ path, className }: LayerNode, inputs: readonly Tensor[]): Tensor {
  const [first, ...others] = inputs;
  if (first === undefined || others.length === 0) {
    throw new NotCovered(`layer "${path}" (${className}) has ${inputs.length} inputs`);
  }
  const other = others.find(({ shape }) => !sameShape(shape, first.shape));
  if (other !== undefined) {
    const shapes = `[${first.shape.join(', ')}] and [${other.shape.join(', ')}]`;
    throw new NotCovered(`layer "${path}" (${className}) has inputs of different shapes: ${shapes}`);
  }
  return first;
}
