/** The part of JSON Schema that ours uses. */
export interface Schema {
  readonly description?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly format?: string;
  readonly contentEncoding?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
  readonly items?: Schema;
}

/** What is wrong with a value, by a schema: a line each, none where all is well. */
export function faults(value: unknown, schema: Schema, root = schema, at = ''): string[] {
  const wrong = (what: string): string[] => [`${at || 'it'}: ${what}: ${JSON.stringify(value)}`];
  const unknown = Object.keys(schema).filter((word) => !KNOWN.has(word));
  if (unknown.length > 0) throw new Error(`the test does not know ${unknown.join(', ')}`);

  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/$defs/', '');
    return faults(value, root.$defs?.[name] ?? {}, root, at);
  }
  if (schema.oneOf !== undefined) {
    const kind = (value as { kind?: unknown } | null)?.kind;
    const one = root.$defs?.[String(kind)];
    return one === undefined ? wrong('of no known kind') : faults(value, one, root, String(kind));
  }
  if ('const' in schema) return value === schema.const ? [] : wrong(`not ${schema.const}`);
  if (schema.enum !== undefined) return schema.enum.includes(value) ? [] : wrong('not listed');

  switch (schema.type) {
    case 'string':
      return isText(value, schema) ? [] : wrong(`no ${schema.format ?? 'string'}`);
    case 'boolean':
      return typeof value === 'boolean' ? [] : wrong('no boolean');
    case 'integer': case 'number':
      return isNumber(value, schema) ? [] : wrong(`no ${schema.type}`);
    case 'array':
      return !Array.isArray(value) ? wrong('no array') : value.flatMap((item, n) =>
        faults(item, schema.items ?? {}, root, `${at}[${n}]`));
    case 'object':
      return typeof value !== 'object' || value === null ? wrong('no object')
        : objectFaults(value as Record<string, unknown>, schema, root, at);
    default:
      throw new Error(`the test does not know the type ${schema.type}`);
  }
}

const KNOWN: ReadonlySet<string> = new Set([
  '$schema', 'title', 'description', '$ref', '$defs', 'oneOf', 'type', 'const', 'enum', 'minimum',
  'format', 'contentEncoding', 'properties', 'required', 'additionalProperties', 'items',
]);

function objectFaults(
  value: Readonly<Record<string, unknown>>, schema: Schema, root: Schema, at: string,
): string[] {
  const { properties = {}, required = [] } = schema;
  const missing = required.filter((name) => !(name in value));
  const names = Object.keys(value);
  const extra = schema.additionalProperties === false
    ? names.filter((name) => !Object.hasOwn(properties, name)) : [];
  return [
    ...missing.map((name) => `${at}: ${name} is missing`),
    ...extra.map((name) => `${at}: ${name} is not described`),
    ...names.flatMap((name) => (Object.hasOwn(properties, name)
      ? faults(value[name], properties[name]!, root, `${at}.${name}`) : [])),
  ];
}

function isText(value: unknown, { format, contentEncoding }: Schema): boolean {
  if (typeof value !== 'string') return false;
  if (format === 'date-time') return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);
  return contentEncoding !== 'base64' || /^[\w+/]+={0,2}$/.test(value);
}

const isNumber = (value: unknown, { type, minimum = -Infinity }: Schema): boolean =>
  typeof value === 'number' && value >= minimum && (type === 'number' || Number.isInteger(value));
