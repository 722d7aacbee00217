import { CONFIG_OPTIONS } from './option-table.ts';
import type { OptionRow } from './option-table.ts';

/** The JSON schema of a config file, made from the options: for editors, which complete from it. */
export function configSchema(): object {
  const rows = [...CONFIG_OPTIONS];
  const pair = {
    name: { type: 'string', description: 'what lines and events of this pair are told apart by' },
    ...propertiesOf(rows.filter(([, row]) => !row.whole)),
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'fsync.config.json',
    description: 'pairs of folders that fsync keeps equal, and their options',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      pairs: {
        description: 'the pairs; without them the file is one pair itself',
        type: 'array', minItems: 1,
        items: { type: 'object', properties: pair, additionalProperties: false },
      },
      ...pair,
      ...propertiesOf(rows.filter(([, row]) => row.whole)),
    },
    additionalProperties: false,
  };
}

const propertiesOf = (rows: readonly (readonly [string, OptionRow])[]): object =>
  Object.fromEntries(rows.map(([key, row]) => [key, { ...typeOf(row), description: row.help }]));

function typeOf({ value, choices, many, number }: OptionRow): object {
  if (value === undefined) return { type: 'boolean' };
  if (choices !== undefined) return { enum: choices };
  const text = { type: 'string', minLength: 1 };
  if (many) return { anyOf: [text, { type: 'array', items: text }] };
  return number ? { ...text, type: ['string', 'number'] } : text;
}
