import { format, resolveConfig } from 'prettier';
import type { z } from 'zod';
import { callbackRegistry } from '../../src/callbacks/registry.js';
import { fitOptions, type FitOption } from '../../src/coordinator/options.js';
import { sourceRegistry } from '../../src/data/sources/registry.js';
import { engineCatalog } from '../../src/engines/catalog.js';
import { layerDefinitions } from '../../src/engines/wasm/layers/registry.js';
import { show } from '../../src/errors.js';
import { mergeRegistry } from '../../src/merge/registry.js';
import type { Definition } from '../../src/registry/types.js';
import { expectedBy, toJsonSchema } from '../../src/text/schemas.js';
import { lossRegistry } from '../../src/train/losses/registry.js';
import { metricRegistry } from '../../src/train/metrics/registry.js';
import { optimizerRegistry } from '../../src/train/optimizers/registry.js';
import { scheduleRegistry } from '../../src/train/schedules/registry.js';
import { docComments } from './docComments.js';

/** The file for {@link referenceText}. */
export const REFERENCE = new URL('../../docs/reference.md', import.meta.url);

/** The file that declares the options of `fit`. */
export const OPTIONS = new URL('../../src/coordinator/options.ts', import.meta.url);

/** An entry of a section. `options` is missing if the thing has no options. */
type Listed = Pick<Definition, 'name' | 'summary'> & Partial<Pick<Definition, 'options'>>;

interface Section {
  readonly title: string;
  /** A sentence that says where the names are used. */
  readonly use: string;
  readonly listed: readonly Listed[];
}

const sections: readonly Section[] = [
  { title: 'Losses', use: 'For `loss` of `compile`.', listed: lossRegistry.definitions },
  { title: 'Metrics', use: 'For `metrics` of `compile`.', listed: metricRegistry.definitions },
  { title: 'Optimizers', use: 'For `optimizer` of `compile` and of a member.', listed: optimizerRegistry.definitions },
  { title: 'Schedules', use: 'For `learningRate` of an optimizer.', listed: scheduleRegistry.definitions },
  { title: 'Merges', use: 'For `outputs` of an ensemble.', listed: mergeRegistry.definitions },
  {
    title: 'Data sources',
    use: 'Functions of `tfjs-ensemble/data`, and keys of a data set under `data` in a configuration.',
    listed: sourceRegistry.definitions,
  },
  { title: 'Callbacks', use: 'For `callbacks` of `fit`.', listed: callbackRegistry.definitions },
  {
    title: 'Engines',
    use: 'For `engine` of `fit`, `evaluate` and `predict`. [Engines](engines.md) has more about them.',
    listed: engineCatalog.engines,
  },
  {
    title: 'Layers of the engine `wasm`',
    use: 'By their classes in Keras. A member with another layer runs on another engine.',
    listed: layerDefinitions.flatMap(({ classes, summary }) => classes.map((name) => ({ name, summary }))),
  },
];

/** The text of docs/reference.md. */
export async function referenceText(): Promise<string> {
  const text = [
    '# Reference',
    'This page lists all options and names. `npm run reference` generates it from the sources.',
    ...optionsOfFit(),
    ...sections.flatMap(sectionText),
  ].join('\n\n');
  return format(text, { ...(await resolveConfig(REFERENCE)), parser: 'markdown' });
}

function optionsOfFit(): string[] {
  const comments = docComments(OPTIONS);
  const rows = Object.entries<FitOption>(fitOptions).map(([name, { schema, everyCall, yaml, flag }]) => {
    const comment = comments.get(name);
    if (comment === undefined) throw new Error(`Expected a doc comment for the option \`${name}\` of \`fit\`.`);
    return [
      code(name),
      valueOf(schema),
      comment.defaultValue,
      everyCall === undefined ? '' : 'yes',
      yaml === undefined ? '' : 'yes',
      flag === undefined ? '' : code(flag.usage),
      comment.description,
    ];
  });
  return [
    '## Options of `fit`',
    'An option of every call is also an option of `evaluate` and `predict`. An option with "yes" under YAML can stand under `fit` in a ' +
      '[configuration](configuration.md). A flag of the command `train` overrides the configuration.',
    table(['option', 'value', 'default', 'every call', 'YAML', 'flag', 'description'], rows),
  ];
}

function sectionText({ title, use, listed }: Section): string[] {
  const options = listed.flatMap(({ name, options: shape = {} }) =>
    Object.entries(shape).map(([key, schema]) => [code(name), code(key), ...optionCells(key, schema as z.ZodType)]),
  );
  return [
    `## ${title}`,
    use,
    table(
      ['name', 'description'],
      listed.map(({ name, summary }) => [code(name), summary]),
    ),
    ...(options.length === 0
      ? []
      : ['Their options:', table(['of', 'option', 'value', 'default', 'description'], options)]),
  ];
}

function optionCells(key: string, schema: z.ZodType): string[] {
  const { description } = toJsonSchema(schema);
  if (description === undefined) throw new Error(`Expected a description of the option \`${key}\`.`);
  return [valueOf(schema), defaultOf(schema), description];
}

/** `an integer >= 1 (samples)` */
function valueOf(schema: z.ZodType): string {
  const { unit } = toJsonSchema(schema);
  return typeof unit === 'string' ? `${expectedBy(schema)} (${unit})` : expectedBy(schema);
}

function defaultOf(schema: z.ZodType): string {
  const { success, data } = schema.safeParse(undefined);
  if (!success) return 'required';
  return data === undefined ? 'none' : code(show(data));
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
