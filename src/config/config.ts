import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { flagOptions, yamlOptions } from '../coordinator/options.js';
import { shapeOf } from '../coordinator/settings.js';
import { oneNamed, settingSchema } from '../registry/setting.js';
import { didYouMean } from '../text/names.js';
import { dataSetSchema, limitSamples, type DataSetting } from './dataSets.js';
import { mergesOf, outputSchema } from './outputs.js';
import { checkData, type Checked, mistakes, parseYaml, readText } from './yaml.js';

const name = z.string().min(1);
const count = z.int().min(1);

const layer = oneNamed('one layer, such as `- dense: { units: 32 }`');

const optimizer = settingSchema('one optimizer, such as { adam: { learningRate: 0.001 } }');

const member = z.strictObject({
  net: name.optional(),
  model: z.string().optional(),
  input: z.union([name, z.array(name).min(1)]).optional(),
  optimizer: optimizer.optional(),
});

/** Read when the first configuration is checked: until then, a user's module may add merges. */
const output = z.lazy(outputSchema);

const loss = settingSchema('one loss, such as categoricalCrossentropy');
/** `accuracy`, or a list. */
const metrics = z.union([
  z.string().transform((metric) => [metric]),
  z.array(settingSchema('one metric, such as accuracy')),
]);
/** One value for all outputs, or a value for each. */
const byOutput = <T extends z.ZodType>(value: T) => z.union([value, z.record(name, value)]);

const config = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, { error: 'letters, digits, "-" and "_" (it names a folder)' }),
  data: z.record(name, dataSetSchema),
  nets: z.record(name, z.array(layer).min(1)).default({}),
  members: z.record(name, member),
  inputs: z.record(name, z.strictObject({ from: name, shape: z.array(count).min(1) })),
  outputs: z.record(name, output),
  /** Outputs of the model that is tested and saved, where they are not those that are trained. */
  assemble: z.record(name, output).optional(),
  compile: z.strictObject({
    optimizer,
    loss: byOutput(loss),
    lossWeights: z.record(name, z.number()).optional(),
    metrics: byOutput(metrics).optional(),
  }),
  fit: z.strictObject(shapeOf(yamlOptions)).prefault({}),
  /** Told of the training, in this order. */
  callbacks: z.array(settingSchema('one callback, such as { csvLogger: { filename: log.csv } }')).optional(),
  /** The data set to test on; by data set used in training where members have their own. */
  evaluate: z.strictObject({ on: z.union([name, z.record(name, name)]) }).optional(),
});

/** A run's configuration, defaults filled in. */
export type Config = z.output<typeof config>;

/** What the command line may change. */
export interface Overrides extends Partial<Pick<Config['fit'], keyof typeof flagOptions>> {
  /** The `limit` of each data set that is trained on, where its source has that option. */
  readonly samples?: number;
}

/**
 * Reads a configuration. Paths of models, which are relative to its folder, become absolute: the same configuration is
 * written into the run's folder.
 * @throws EnsembleError `CONFIG`
 */
export async function readConfig(file: string): Promise<Config> {
  return withAbsolutePaths(parseConfig(await readText(file), file), dirname(file));
}

/** The configuration with paths of models that don't depend on where it stands. */
export function withAbsolutePaths(given: Config, folder: string): Config {
  const members = Object.entries(given.members).map(([key, { model, ...rest }]) => {
    return [key, model === undefined ? rest : { ...rest, model: resolve(folder, model) }];
  });
  return { ...given, members: Object.fromEntries(members) as Config['members'] };
}

/**
 * Checks a configuration's text; tells everything that is wrong with it at once.
 * @param file its name, for messages
 * @throws EnsembleError `CONFIG`
 */
export function parseConfig(text: string, file: string): Config {
  const { value, problems } = checkConfig(parseYaml(text, file));
  if (value === null) throw mistakes(file, problems);
  return value;
}

/** A configuration as plain data: what it says with defaults filled in, or all that is wrong with it. */
export function checkConfig(given: unknown): Checked<Config> {
  // The two kinds of files lie side by side.
  if (typeof given === 'object' && given !== null && 'base' in given && !('members' in given))
    return { value: null, problems: ['expected the configuration of a run; this is a series, for `experiment FILE`'] };
  return checkData(given, config, references);
}

/** Names that must stand elsewhere in the file. (The plan checks members and outputs further.) */
function* references(given: Config): Generator<string> {
  const expect = function* (path: string, value: string, section: string, record: object): Generator<string> {
    const names = Object.keys(record);
    if (names.includes(value)) return;
    yield `${path}: expected a name in \`${section}\` (${names.join(', ') || 'none'}), found "${value}"${didYouMean(value, names)}`;
  };
  for (const [input, { from }] of Object.entries(given.inputs))
    yield* expect(`inputs.${input}.from`, from, 'data', given.data);
  for (const [key, { net, model, input }] of Object.entries(given.members)) {
    if ((net === undefined) === (model === undefined)) yield `members.${key}: expected either \`net\` or \`model\``;
    if (net !== undefined) yield* expect(`members.${key}.net`, net, 'nets', given.nets);
    for (const end of [input ?? 'input'].flat()) yield* expect(`members.${key}.input`, end, 'inputs', given.inputs);
  }
  for (const section of ['outputs', 'assemble'] as const) {
    for (const [key, written] of Object.entries(given[section] ?? {})) {
      const path = `${section}.${key}`;
      yield* expect(`${path}.target`, written.target, 'data', given.data);
      const merges = mergesOf(written);
      if (merges.length !== 1) yield `${path}: expected one merge, such as \`mean: [...]\` or \`direct: member\``;
      for (const { merge, members } of merges)
        for (const member of members) yield* expect(`${path}.${merge}`, member, 'members', given.members);
    }
  }
  const on = given.evaluate?.on ?? {};
  for (const [key, value] of typeof on === 'string' ? [['', on] as const] : Object.entries(on)) {
    yield* expect(`evaluate.on${key && `.${key}`}`, value, 'data', given.data);
    if (key !== '') yield* expect('evaluate.on', key, 'data', given.data);
  }
}

/** The configuration with the command line's word: what is run, and what is written down to run again. */
export function overrideConfig(given: Config, options: Overrides): Config {
  const { samples, ...others } = options;
  const trained = new Set([
    ...Object.values(given.inputs).map(({ from }) => from),
    ...Object.values(given.outputs).map(({ target }) => target),
  ]);
  const data = Object.entries(given.data).map(([key, set]): [string, DataSetting] => {
    return [key, samples !== undefined && trained.has(key) ? limitSamples(set, samples) : set];
  });
  const fit = Object.entries(others).filter(([key]) => key in flagOptions);
  return {
    ...given,
    data: Object.fromEntries(data),
    fit: { ...given.fit, ...(Object.fromEntries(fit) as Partial<Config['fit']>) },
  };
}
