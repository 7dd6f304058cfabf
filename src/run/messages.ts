import { relative } from 'node:path';
import { explainEngines } from '../engines/choose.js';
import type { BuiltRun } from '../config/build.js';
import type { RunOutcome } from './record.js';
import { counted } from '../text/phrases.js';

/** The lines that `train` prints before it starts. */
export function introduction(
  { name, fit }: RunOutcome['config'],
  engines: RunOutcome['engines'],
  { trained: { plan }, training }: BuiltRun,
): string[] {
  const { members, groups } = plan;
  const counts = Object.entries(training.inputs).map(
    ([input, data]) => `${input} ${data.samples.toLocaleString('en')}`,
  );
  return [
    `${name}: ${counted(members.length, 'member')} in ${counted(groups.length, 'group')}; samples: ${counts.join(', ')}; ` +
      `${counted(fit.epochs, 'epoch')} of batches of ${fit.batchSize}`,
    `engine    ${engineNames(engines, explainEngines(plan, engines))}`,
  ];
}

/** For example `wasm`, or `cnn wasm, rnn tfjs (layer "lstm" is a LSTM)`. */
function engineNames(engines: RunOutcome['engines'], reasons: Readonly<Record<string, string>>): string {
  const entries = Object.entries(engines);
  const [only = '', ...others] = new Set(Object.values(engines));
  if (others.length === 0 && !entries.some(([member]) => member in reasons)) return only;
  return entries
    .map(([member, engine]) => `${member} ${engine}${member in reasons ? ` (${reasons[member] ?? ''})` : ''}`)
    .join(', ');
}

/** The lines that `train` prints at its end. */
export function conclusion(folder: string, { history, run, evaluation, parity, interrupted }: RunOutcome): string[] {
  const here = relative(process.cwd(), folder) || '.';
  const lines: string[] = [];
  if (interrupted) lines.push(`Interrupted. The weights so far are saved; complete epochs: ${history.epoch.length}.`);
  if (evaluation !== null) {
    const scores = Object.entries(evaluation.test).map(([name, value]) => `${name} ${value.toFixed(4)}`);
    lines.push(`test      ${scores.join('  ')}`);
  }
  if (run !== null) {
    const { msPerStep, threads, builds } = run;
    lines.push(`training  ${msPerStep.toFixed(1)} ms a step on ${counted(threads, 'thread')}; ${builds.join(', ')}`);
  }
  if (parity !== null) {
    lines.push(
      `parity    the assembled model is within ${parity.maxAbsDiff.toExponential(1)} of the workers on ${parity.samples} samples`,
    );
  }
  lines.push(
    `saved     ${here}: model/model.json loads with tf.loadLayersModel; the whole with Ensemble.load('${here}')`,
  );
  return lines;
}
