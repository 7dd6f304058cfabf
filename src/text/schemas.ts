import { z } from 'zod';
import { TYPES } from './issues.js';

type JsonSchema = z.core.JSONSchema.BaseSchema;

const alternatives = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/**
 * The rule of a schema in words: the `rule` of its metadata, else its type, values and limits.
 * @example expectedBy(z.int().min(1)) // 'an integer >= 1'
 */
export function expectedBy(schema: z.ZodType): string {
  return inWords(toJsonSchema(schema));
}

/** The schema as JSON Schema, with its default and its metadata. Only the `rule` describes a check in code, such as `z.instanceof`. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

function inWords(schema: JsonSchema): string {
  if (typeof schema['rule'] === 'string') return schema['rule'];
  // null means that the option is left out.
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
  // zod gives every integer the limits of safe integers; they are not shown.
  const told = known.filter(([, limit]) => typeof limit === 'number' && Math.abs(limit) !== Number.MAX_SAFE_INTEGER);
  return told.map(([relation, limit]) => `${relation} ${limit}`).join(' and ');
}
