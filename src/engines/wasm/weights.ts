import type { MemberPlan, WeightSpec } from '../../protocol/plan.js';
import { sizeOf } from '../../protocol/shape.js';
import type { MemberState } from '../engine.js';
import { at, FLOAT, type Address } from './address.js';
import type { Weight } from './layers/layer.js';
import { NotCovered, type LayerNode } from './network.js';
import type { Layout } from './program.js';

/** Numbers of a vector. Optimizers work on whole vectors, so each weight starts at a multiple of this. */
const VECTOR = 4;

/** Minimum size of a dense kernel whose gradient is computed inside the update: {@link LateWeight}. */
const LATE_SIZE = 16_384;

/** L1 and L2 factors of a trained weight. */
export interface Penalty {
  /** Numbers from the first trained weight to this one. */
  readonly offset: number;
  readonly size: number;
  readonly l1: number;
  readonly l2: number;
}

interface PlacedWeight extends Weight {
  readonly spec: WeightSpec;
}

/**
 * A member's weights in memory, with the gradients of each shard and the optimizer's slots. The trained weights lie one after the other,
 * so that an optimizer goes through them in one pass.
 */
export class WeightMemory {
  readonly trained: Address;
  /** Numbers from the first trained weight to the end of the last. */
  readonly padded: number;
  /** Gradients of the first shard. */
  readonly gradients: Address;
  readonly penalties: Penalty[] = [];
  readonly #slots: Address;
  /** Numbers of the weights that are not late: each shard has gradients of them. */
  readonly #early: number;
  readonly #weights: readonly PlacedWeight[];
  readonly #claimed = new Set<PlacedWeight>();

  constructor(
    plan: MemberPlan,
    layout: Layout,
    shards: number,
    private readonly slotCount: number,
  ) {
    const isTrained = shards > 0;
    const early = plan.weights.filter((spec) => spec.trainable && !isLate(spec));
    const late = plan.weights.filter(isLate);
    this.#early = sizesOf(early);
    this.padded = this.#early + sizesOf(late);
    this.trained = layout.floats(this.padded);
    // The first shard has gradients of all weights. The others lie before it and have none of the late weights.
    const others = Math.max(shards - 1, 0) * this.#early;
    const gradients = layout.floats(isTrained ? others + this.padded : 0);
    this.gradients = at(gradients, others * FLOAT);
    this.#slots = layout.floats(slotCount * this.padded);
    const next = { early: 0, late: this.#early };
    this.#weights = plan.weights.map((spec): PlacedWeight => {
      const { shape } = spec;
      const size = sizeOf(shape);
      if (!spec.trainable) {
        return { spec, shape, size, isLate: false, address: layout.floats(size), gradient: () => null };
      }
      const kind = isLate(spec) ? 'late' : 'early';
      const offset = next[kind] * FLOAT;
      next[kind] += wholeVectors(size);
      const gradient = (shard: number): Address | null =>
        isTrained ? at(this.gradients, offset + (kind === 'late' ? 0 : shard * this.shardBytes)) : null;
      return { spec, shape, size, isLate: kind === 'late', address: at(this.trained, offset), gradient };
    });
  }

  /** Bytes from a shard's gradients to those of the next shard. */
  get shardBytes(): number {
    return -this.#early * FLOAT;
  }

  slot(index: number): Address {
    return at(this.#slots, index * this.padded * FLOAT);
  }

  /** @throws NotCovered unless exactly one weight has this name */
  claim(node: LayerNode, name: string): Weight {
    const found = this.#weights.filter(({ spec }) => spec.name === `${node.name}/${name}`);
    const [weight] = found;
    if (weight === undefined || found.length > 1) {
      throw new NotCovered(`layer "${node.path}" has ${found.length} weights of the name "${node.name}/${name}"`);
    }
    this.#claimed.add(weight);
    if (weight.spec.trainable) this.#readPenalty(node, name, weight);
    return weight;
  }

  /** @throws NotCovered where no layer has claimed a weight */
  checkAllClaimed(): void {
    const left = this.#weights.find((weight) => !this.#claimed.has(weight));
    if (left !== undefined) throw new NotCovered(`weight "${left.spec.name}" belongs to no layer that is known`);
  }

  load(memory: Float32Array, state: MemberState): void {
    let offset = 0;
    for (const { address, size } of this.#weights) {
      memory.set(state.weights.subarray(offset, offset + size), address / FLOAT);
      offset += size;
    }
    for (const { place, start, end } of this.#slotPlaces()) memory.set(state.slots.subarray(start, end), place);
  }

  store(memory: Float32Array, state: MemberState): void {
    let offset = 0;
    for (const { address, size } of this.#weights) {
      state.weights.set(memory.subarray(address / FLOAT, address / FLOAT + size), offset);
      offset += size;
    }
    for (const { place, start, end } of this.#slotPlaces()) {
      state.slots.set(memory.subarray(place, place + end - start), start);
    }
  }

  /** The slots of each trained weight: their place in memory, and their place in the state, which has no gaps. */
  *#slotPlaces(): Generator<{ place: number; start: number; end: number }> {
    let start = 0;
    for (let i = 0; i < this.slotCount; i++) {
      for (const { address, size, spec } of this.#weights) {
        if (!spec.trainable) continue;
        yield { place: (this.slot(i) + address - this.trained) / FLOAT, start, end: start + size };
        start += size;
      }
    }
  }

  #readPenalty(node: LayerNode, name: string, weight: PlacedWeight): void {
    // DepthwiseConv2D's weight is `depthwise_kernel`, its option `depthwise_regularizer`.
    const part = name.replace(/(?<=.)_kernel$/, '');
    const { [`${part}_constraint`]: constraint, [`${part}_regularizer`]: regularizer } = node.config;
    if (constraint !== null && constraint !== undefined) {
      throw new NotCovered(`layer "${node.path}" (${node.className}) has a \`${part}_constraint\``);
    }
    if (regularizer === null || regularizer === undefined) return;
    const { class_name: kind, config } = regularizer as {
      class_name?: unknown;
      config?: { l1?: unknown; l2?: unknown };
    };
    const { l1 = 0, l2 = 0 } = config ?? {};
    if (kind !== 'L1L2' || typeof l1 !== 'number' || typeof l2 !== 'number') {
      throw new NotCovered(
        `layer "${node.path}" (${node.className}) has another \`${part}_regularizer\` than L1 and L2`,
      );
    }
    this.penalties.push({ offset: (weight.address - this.trained) / FLOAT, size: weight.size, l1, l2 });
  }
}

function wholeVectors(count: number): number {
  return Math.ceil(count / VECTOR) * VECTOR;
}

function isLate({ name, shape, trainable }: WeightSpec): boolean {
  return trainable && shape.length === 2 && name.endsWith('/kernel') && sizeOf(shape) >= LATE_SIZE;
}

function sizesOf(weights: readonly WeightSpec[]): number {
  return weights.reduce((sum, { shape }) => sum + wholeVectors(sizeOf(shape)), 0);
}
