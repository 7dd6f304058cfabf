import type { MergeConfig } from '../../src/protocol/plan.js';
import { add, addEach, concatenate } from './ops.js';
import type { Node, Tape } from './tape.js';

/**
 * One output of several members. A direct output is the member's own node, logits and all; a merged one has none.
 * A weighted mean divides by the sum of its weights.
 */
export function merge(tape: Tape, config: MergeConfig, parts: readonly Node[]): Node {
  const [first] = parts;
  if (!first) throw new RangeError(`${config.merge} of no members`);
  switch (config.merge) {
    case 'direct':
      return first;
    case 'concatenate':
      return concatenate(tape, parts);
    case 'sum':
      return linear(
        tape,
        parts,
        parts.map(() => 1),
      );
    case 'mean':
      return linear(
        tape,
        parts,
        parts.map(() => 1 / parts.length),
      );
    case 'weightedMean': {
      const weights = config['weights'] as readonly number[];
      const sum = weights.reduce((a, b) => a + b, 0);
      return linear(
        tape,
        parts,
        weights.map((weight) => weight / sum),
      );
    }
    case 'product':
      return product(tape, parts);
    case 'maximum':
      return extreme(tape, parts, (candidate, best) => candidate > best);
    case 'minimum':
      return extreme(tape, parts, (candidate, best) => candidate < best);
    default:
      throw new RangeError(`the reference has no merge ${config.merge}`);
  }
}

/** Σ factor · part */
function linear(tape: Tape, parts: readonly Node[], factors: readonly number[]): Node {
  const y = new Float64Array(parts[0]?.value.length ?? 0);
  parts.forEach(({ value }, p) => {
    for (let i = 0; i < y.length; i++) add(y, i, (factors[p] ?? 0) * (value[i] ?? 0));
  });
  return tape.record(y, parts[0]?.shape ?? [], parts, (dy) => {
    parts.forEach((part, p) => {
      addEach(part, (i) => (factors[p] ?? 0) * (dy[i] ?? 0));
    });
  });
}

/** ∂/∂(one part) is the product of all others, which needs no division and so no special case at 0. */
function product(tape: Tape, parts: readonly Node[]): Node {
  const over = (i: number, without?: Node): number =>
    parts.reduce((result, part) => (part === without ? result : result * (part.value[i] ?? 0)), 1);
  const y = Float64Array.from(parts[0]?.value ?? [], (_, i) => over(i));
  return tape.record(y, parts[0]?.shape ?? [], parts, (dy) => {
    for (const part of parts) addEach(part, (i) => (dy[i] ?? 0) * over(i, part));
  });
}

/** The best of the parts; of equal ones the first takes the gradient. */
function extreme(tape: Tape, parts: readonly Node[], better: (candidate: number, best: number) => boolean): Node {
  const y = Float64Array.from(parts[0]?.value ?? []);
  const chosen = new Uint32Array(y.length);
  parts.forEach((part, p) => {
    part.value.forEach((v, i) => {
      if (!better(v, y[i] ?? 0)) return;
      y[i] = v;
      chosen[i] = p;
    });
  });
  return tape.record(y, parts[0]?.shape ?? [], parts, (dy) => {
    parts.forEach((part, p) => {
      addEach(part, (i) => (chosen[i] === p ? (dy[i] ?? 0) : 0));
    });
  });
}
