import { EnsembleError } from '../errors.js';
import type { Merge, MergeBatch } from '../merge/merge.js';
import { mergeRegistry } from '../merge/registry.js';
import type { LogitsActivation, MemberPlan, Named, OutputPlan } from '../protocol/plan.js';
import { sizeOf } from '../protocol/shape.js';
import type { MemberSlots, ThreadOutput } from '../protocol/thread.js';
import type { LossBatch, LossFunction } from './losses/loss.js';
import { lossRegistry } from './losses/registry.js';
import type { MetricBatch, ResolvedMetric } from './metrics/metric.js';
import { lossFunction } from './objective.js';
import { sumsLayout, type OutputSums } from './sums.js';

/** The outputs of a group, and all members that they use. */
export interface ExchangePlan {
  readonly outputs: readonly ThreadOutput[];
  readonly members: readonly MemberPlan[];
}

/**
 * Decides where the gradient of an output's loss is taken: the last activation, if the gradient is taken at its logits; null, if it is
 * taken at the output. A merged output has no logits, and only cross-entropies can use logits.
 */
export function gradientPath(
  output: OutputPlan,
  members: readonly MemberPlan[],
  loss: Named<'loss'>,
): LogitsActivation | null {
  if (mergeRegistry.of(output.merge).passesThrough !== true) return null;
  const logits = members.find(({ name }) => name === output.merge.members[0])?.logits ?? null;
  return logits !== null && lossFunction(lossRegistry.of(loss), logits) !== undefined ? logits : null;
}

/**
 * The exchange of a group, between its members' forward and backward. It computes merges, losses and metrics, and the gradient of
 * Σ_o lossWeight_o · (mean over rows of loss_o) at each member's output or logits. The constructor allocates all arrays; a run allocates none.
 */
export class Exchange {
  /** Each merged output: `batchSize` rows, of which a run fills the first `rows`. */
  readonly merged: readonly Float32Array[];
  readonly #outputs: readonly OutputExchange[];
  /** The members' gradient slots, zeroed before outputs add to them. */
  readonly #gradients: readonly Float32Array[];

  /** @param slots the slots of the plan's members, in the same order */
  constructor(plan: ExchangePlan, slots: readonly MemberSlots[], batchSize: number) {
    const layout = sumsLayout(plan.outputs);
    const largest = Math.max(0, ...plan.outputs.map((output) => sizeOf(output.plan.shape)));
    // Outputs share this array, because they are computed one after the other.
    const gradient = new Float32Array(batchSize * largest);
    const byName = new Map<string, Part>();
    for (const [i, member] of plan.members.entries()) {
      const own = slots[i];
      if (own !== undefined) byName.set(member.name, { member, slots: own });
    }
    this.#outputs = plan.outputs.map((output, i) => {
      const parts = output.plan.merge.members.map((name) => {
        const part = byName.get(name);
        if (part !== undefined) return part;
        throw new Error(`Output ${output.plan.name} uses the member ${name}, which has no place in its group.`);
      });
      return new OutputExchange(output, parts, layout.outputs[i] ?? null, gradient, batchSize);
    });
    this.merged = this.#outputs.map(({ merged }) => merged);
    this.#gradients = slots.flatMap(({ outputGradient, logitsGradient }) =>
      [outputGradient, logitsGradient].filter((slot) => slot !== null),
    );
  }

  /**
   * Merges the outputs of a batch of `rows` rows. For each output that has an objective and a target, adds loss and metrics to `sums`
   * (see {@link sumsLayout}). If `withGradients`, adds the outputs' gradients to the members' gradient slots, which are zeroed first.
   * @param targets in the order of the outputs; an output without a target, or with null, is only merged
   * @throws EnsembleError `LOSS_NOT_FINITE` naming the output
   */
  run(targets: readonly (Float32Array | null)[], rows: number, sums: Float64Array, withGradients: boolean): void {
    if (withGradients) for (const slot of this.#gradients) slot.fill(0);
    for (let i = 0; i < this.#outputs.length; i++) {
      this.#outputs[i]?.run(targets[i] ?? null, rows, sums, withGradients);
    }
  }
}

const NOTHING = new Float32Array(0);
const NO_SUMS = new Float64Array(0);

/** A member that an output uses, and its slots. */
interface Part {
  readonly member: MemberPlan;
  readonly slots: MemberSlots;
}

/** The loss and metrics of an output, with the arrays that they need. Made once. */
interface Judge {
  readonly loss: LossFunction;
  readonly lossOptions: Readonly<Record<string, unknown>>;
  readonly lossWeight: number;
  readonly metrics: readonly ResolvedMetric[];
  readonly places: OutputSums;
  /** The slots that receive the gradient: those of the members' outputs, or of the one member's logits. */
  readonly dys: readonly Float32Array[];
  /** ∂L/∂y, before it goes back through the merge. */
  readonly gradient: Float32Array;
  /** The loss's batch, reused in every step. Its `y` is the merged output, or the one member's logits. */
  readonly batch: { -readonly [Key in keyof LossBatch]: LossBatch[Key] };
  /** The metrics' batch, reused in every step. Its `y` is always the merged output. */
  readonly metricBatch: { -readonly [Key in keyof MetricBatch]: MetricBatch[Key] };
  /** Each metric's own range of the group's sums. */
  metricSums: { readonly of: Float64Array; readonly parts: readonly Float64Array[] } | null;
}

/** The exchange of one output. */
class OutputExchange {
  readonly merged: Float32Array;
  readonly #plan: OutputPlan;
  readonly #merge: Merge;
  /** Reused in every step, with its number of rows. */
  readonly #batch: { -readonly [Key in keyof MergeBatch]: MergeBatch[Key] };
  readonly #judge: Judge | null;

  constructor(
    output: ThreadOutput,
    parts: readonly Part[],
    sums: OutputSums | null,
    gradient: Float32Array,
    batchSize: number,
  ) {
    this.#plan = output.plan;
    this.#merge = mergeRegistry.of(output.plan.merge);
    this.#batch = {
      config: output.plan.merge,
      ys: parts.map(({ slots }) => slots.output),
      shapes: parts.map(({ member }) => member.outputShape),
      rows: 0,
      // Planning refuses a merge with weights of its own.
      weights: NOTHING,
      weightGradients: NOTHING,
    };
    this.merged = new Float32Array(batchSize * sizeOf(output.plan.shape));
    this.#judge = sums === null ? null : createJudge(output, parts, sums, this.merged, gradient);
  }

  run(target: Float32Array | null, rows: number, sums: Float64Array, withGradients: boolean): void {
    this.#batch.rows = rows;
    this.#merge.forward(this.#batch, this.merged);
    if (this.#judge === null || target === null) return;

    const { batch, metricBatch, dys, gradient, places, metrics } = this.#judge;
    batch.target = target;
    batch.rows = rows;
    batch.scale = this.#judge.lossWeight / rows;
    batch.dy = withGradients ? gradient : null;
    const loss = this.#judge.loss(batch, this.#judge.lossOptions);
    if (!Number.isFinite(loss)) {
      throw new EnsembleError(
        'LOSS_NOT_FINITE',
        `Expected the loss of output ${JSON.stringify(this.#plan.name)} to be finite. Received: ${loss}. Try a smaller learning rate, ` +
          'and check the inputs and targets for very large numbers.',
      );
    }
    sums[places.loss] = (sums[places.loss] ?? 0) + loss;
    metricBatch.target = target;
    metricBatch.rows = rows;
    const parts = metricSumsIn(sums, this.#judge);
    for (let m = 0; m < metrics.length; m++) metrics[m]?.update(metricBatch, parts[m] ?? NO_SUMS);
    if (withGradients) this.#merge.backward(this.#batch, gradient, dys);
  }
}

function createJudge(
  { plan, gradientThrough }: ThreadOutput,
  parts: readonly Part[],
  places: OutputSums,
  merged: Float32Array,
  gradient: Float32Array,
): Judge {
  const { loss, lossOptions, lossWeight, metrics } = places.objective;
  const place = (slot: Float32Array | null | undefined, what: string): Float32Array => {
    if (slot !== null && slot !== undefined) return slot;
    throw new Error(`Output ${plan.name} needs a slot for ${what} of ${plan.merge.members.join(', ')}.`);
  };
  const form = lossFunction(loss, gradientThrough);
  if (form === undefined) throw new Error(`${loss.name} can't go through logits (output ${plan.name}).`);
  const size = sizeOf(plan.shape);
  const width = plan.shape.at(-1) ?? 1;
  return {
    loss: form,
    lossOptions,
    lossWeight,
    metrics: metrics.map(({ metric }) => metric),
    places,
    dys: parts.map(({ slots }) =>
      gradientThrough === null
        ? place(slots.outputGradient, "the outputs' gradients")
        : place(slots.logitsGradient, "the logits' gradients"),
    ),
    gradient,
    batch: {
      target: NOTHING,
      y: gradientThrough === null ? merged : place(parts[0]?.slots.logits, 'the logits'),
      dy: null,
      rows: 0,
      size,
      width,
      scale: 0,
    },
    metricBatch: { target: NOTHING, y: merged, rows: 0, size, width },
    metricSums: null,
  };
}

/** Each metric's own range of the group's sums. Made once, because the sums are the same array in every step. */
function metricSumsIn(sums: Float64Array, judge: Judge): readonly Float64Array[] {
  if (judge.metricSums?.of !== sums)
    judge.metricSums = { of: sums, parts: judge.places.metrics.map(([start, end]) => sums.subarray(start, end)) };
  return judge.metricSums.parts;
}
