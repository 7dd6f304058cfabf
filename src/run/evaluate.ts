import type { RunOptions } from '../coordinator/options.js';
import { scorePrefix, type Scores } from '../train/scores.js';
import { Ensemble, prepared } from '../ensemble.js';
import { direct } from '../merge/index.js';
import type { SharedArray } from '../protocol/data.js';
import type { Objective, OutputPlan } from '../protocol/plan.js';
import { lossRegistry } from '../train/losses/registry.js';
import { sizeOf } from '../protocol/shape.js';
import { argMax } from '../train/metrics/argMax.js';
import type { MemberSpecs, OutputSpecs } from '../plan/types.js';
import type { BuiltEnsemble } from '../config/build.js';
import { inputsOf, type RunData } from '../config/data.js';

/** Samples of the test data by true class (row) and predicted class (column). */
export type ConfusionMatrix = readonly (readonly number[])[];

/** The results of a trained ensemble on test data. */
export interface Evaluation {
  readonly test: Scores;
  /**
   * The scores of each single member, `{ cnn1: { loss, accuracy } }`. Its target is the target of the first output that merges it and has the same
   * shape. A member without such an output is missing, for example a member of a concatenation.
   */
  readonly members: Readonly<Record<string, Scores>>;
  /** A confusion matrix for each output that predicts classes. */
  readonly confusion: Readonly<Record<string, ConfusionMatrix>>;
}

/** Tests an ensemble and its members. */
export async function evaluateRun(built: BuiltEnsemble, data: RunData, options: RunOptions): Promise<Evaluation> {
  const { ensemble, plan, objectives } = built;
  const test = await prepared.evaluate(ensemble, data.bound, options);
  const predicted = await prepared.predict(ensemble, data.bound, options);
  const confusion: Record<string, ConfusionMatrix> = {};
  for (const output of plan.outputs) {
    const { name, shape } = output;
    const [target, objective, y] = [data.targets[name], objectives[name], predicted[name]];
    if (target && objective && y && tellsClasses(output, target, objective))
      confusion[name] = countClasses(y.dataSync<'float32'>(), target.values, sizeOf(shape));
    y?.dispose();
  }
  return { test, members: await testMembers(built, data, options), confusion };
}

async function testMembers(
  { members, plan, objectives }: BuiltEnsemble,
  data: RunData,
  options: RunOptions,
): Promise<Record<string, Scores>> {
  const tested = plan.members.flatMap(({ name, outputShape }) => {
    const output = plan.outputs.find(
      ({ merge, shape }) => merge.members.includes(name) && shape.join() === outputShape.join(),
    )?.name;
    if (output === undefined) return [];
    const [spec, objective, target] = [members[name], objectives[output], data.targets[output]];
    return spec && objective && target ? [{ name, spec, objective, target }] : [];
  });
  type Tested = (typeof tested)[number];
  const byName = <T>(get: (member: Tested) => T): Record<string, T> =>
    Object.fromEntries(tested.map((member) => [member.name, get(member)]));
  if (tested.length === 0) return {};
  await using apart = new Ensemble<MemberSpecs, OutputSpecs<string>>({
    members: byName(({ spec }) => spec),
    outputs: byName(({ name }) => direct(name)),
  });
  apart.compile({
    optimizer: 'sgd', // not used
    loss: byName(({ objective }) => objective.loss),
    metrics: byName(({ objective }) => objective.metrics),
  });
  const scores = await apart.evaluate(
    inputsOf(apart.plan, data.inputs),
    byName(({ target }) => target),
    options,
  );
  return byName(({ name, objective }) => {
    const prefix = scorePrefix(name, tested.length);
    const names = ['loss', ...objective.metrics.map(({ metric }) => metric)];
    return Object.fromEntries(names.map((score) => [score, scores[prefix + score] ?? NaN]));
  });
}

function tellsClasses({ shape }: OutputPlan, target: SharedArray, { loss }: Objective): boolean {
  return lossRegistry.of(loss).overClasses && shape.length === 1 && sizeOf(target.shape) === 1;
}

/** @param outputs `(samples, classes)` */
function countClasses(outputs: Float32Array, labels: ArrayLike<number>, classes: number): ConfusionMatrix {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let sample = 0; sample * classes < outputs.length; sample++) {
    const predicted = argMax(outputs, sample * classes, classes);
    const counted = counts[labels[sample] ?? NaN];
    if (counted?.[predicted] !== undefined) counted[predicted]++;
  }
  return counts;
}
