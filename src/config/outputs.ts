import { z } from 'zod';
import { EnsembleError } from '../errors.js';
import type { Merge, MergeForm } from '../merge/merge.js';
import { mergeRegistry } from '../merge/registry.js';
import type { MergeConfig } from '../protocol/plan.js';

const name = z.string().min(1);
const members = z.array(name).min(1);

/** An output in a configuration: `{ target: digits, mean: [cnn1, cnn2] }`. */
export type OutputSetting = { readonly target: string } & Readonly<Record<string, unknown>>;

/** The schema of an output: its target, and each registered merge in its own form. */
export function outputSchema(): z.ZodType<OutputSetting> {
  const merges = mergeRegistry.definitions.map((merge): [string, z.ZodType] => {
    const written = formsOf(merge).map((form) => form.in);
    return [merge.name, z.union(written).optional()];
  });
  return z.strictObject({ ...Object.fromEntries(merges), target: name });
}

/** All ways to write a merge. */
function formsOf(merge: Merge): MergeForm[] {
  const short = merge.yaml ?? shortForm(merge);
  if (Object.keys(merge.options).length === 0) return [short];
  const withOptions = z.strictObject({ members, ...merge.options }).transform((written) => written);
  return [withOptions, short];
}

/** `mean: [cnn1, cnn2]`, `direct: cnn3` */
function shortForm({ takes }: Merge): MergeForm {
  return takes === 'one'
    ? name.transform((member) => ({ members: [member] }))
    : members.transform((names) => ({ members: names }));
}

/** The merges of an output that has passed the schema. A correct configuration has exactly one. */
export function mergesOf(output: OutputSetting): MergeConfig[] {
  const merges = Object.entries(output).filter(([key, written]) => key !== 'target' && written !== undefined);
  return merges.map(([merge, written]) => {
    return { merge, ...z.union(formsOf(mergeRegistry.get(merge))).parse(written) };
  });
}

/** The merge of an output. */
export function readMerge(output: OutputSetting): MergeConfig {
  const [merge] = mergesOf(output);
  if (merge === undefined) throw new EnsembleError('CONFIG', 'An output has no merge.');
  return merge;
}
