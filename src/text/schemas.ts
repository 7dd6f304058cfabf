import { z } from 'zod';
import { TYPES } from './issues.js';

type JsonSchema = z.core.JSONSchema.BaseSchema;

const alternatives = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/**
 * What a schema expects, in words: the `rule` of its metadata, or else its type, values and limits.
 * @example expectedBy(z.int().min(1)) // 'an integer >= 1'
 */
export function expectedBy(schema: z.ZodType): string {
  return inWords(toJsonSchema(schema));
}

/** The schema as data, with its default and its metadata. A check in code, such as `z.instanceof`, has no form as data but its `rule`. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

function inWords(schema: JsonSchema): string {
  if (typeof schema['rule'] === 'string') return schema['rule'];
  // null stands for an option that is left out.
  const kinds = schema.anyOf?.filter(({ type }) => type !== 'null').map(inWords);
  const values = schema.enum ?? ('const' in schema ? [schema.const] : undefined);
  const words = kinds ?? values?.map((value) => JSON.stringify(value));
  if (words !== undefined) return alternatives.format(words);
  const { type } = schema;
  const kind = typeof type === 'string' ? (TYPES[type] ?? type) : 'any value';
  return [kind, limits(schema)].join(' ').trimEnd();
}

/** `>= 0 and < 1` */
function limits({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: JsonSchema): string {
  const known = [
    ['>=', minimum],
    ['>', exclusiveMinimum],
    ['<=', maximum],
    ['<', exclusiveMaximum],
  ] as const;
  // Every integer has the limits of safe integers.
  const told = known.filter(([, limit]) => typeof limit === 'number' && Math.abs(limit) !== Number.MAX_SAFE_INTEGER);
  return told.map(([relation, limit]) => `${relation} ${limit}`).join(' and ');
}
