import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { ROOT } from './support/sources.ts';
import type { Schema } from './support/schema.ts';

const read = (name: string): string => fs.readFileSync(`${ROOT}${name}`, 'utf8');
const schema = JSON.parse(read('fsync.events.schema.json')) as Schema;
const kinds = (schema.oneOf ?? []).map(({ $ref = '' }) => $ref.replace('#/$defs/', ''));

/** `name` or, where it may be absent, `name?` of each field in some source of types. */
const fieldsIn = (text: string): string[] =>
  [...text.matchAll(/readonly (\w+)(\??):/g)].map(([, name, mark]) => `${name}${mark}`);

/** The fields of each kind, as lib/core/event.ts has them. */
function typed(): Map<string, string[]> {
  const plain = (name: string): string => read(name).replaceAll(/\/\*\*.*?\*\//gs, '');
  const union = /export type SyncEvent =(.*?);\n\n/s.exec(plain('lib/core/event.ts'))?.[1] ?? '';
  const operations = plain('lib/core/operation.ts');
  return new Map(union.split(/\n {2}\| /).slice(1).map((member) => {
    const joined = [...member.matchAll(/& (\w+)/g)].map(([, name]) =>
      new RegExp(`interface ${name} \\{(.*?)\n\\}`, 's').exec(operations)?.[1] ?? '');
    const kind = /kind: '([\w-]+)'/.exec(member)?.[1] ?? '';
    const fields = [member, ...joined].flatMap(fieldsIn).filter((name) => name !== 'kind');
    return [kind, fields.toSorted()];
  }));
}

/** The same, as the schema has them. */
function described(kind: string): string[] {
  const { properties = {}, required = [] } = schema.$defs?.[kind] ?? {};
  return Object.keys(properties)
    .filter((name) => !/^(?:time|kind|pair)$/.test(name) && !isBytesOf(name, properties))
    .map((name) => (required.includes(name) ? name : `${name}?`)).toSorted();
}

const isBytesOf = (name: string, properties: object): boolean =>
  name.endsWith('Bytes') && name.slice(0, -'Bytes'.length) in properties;

const events = suite('fsync.events.schema.json and docs/events.md');

/** The one line that is no event. */
const NO_EVENT = 'dropped';

events('describe every kind of event, with its fields', () => {
  const types = typed();
  assert.ok(types.size > 15);
  assert.equal(kinds.filter((kind) => kind !== NO_EVENT).toSorted(), [...types.keys()].toSorted());
  for (const [kind, fields] of types) assert.equal(described(kind), fields, kind);
});

events('agree', () => {
  const sections = read('docs/events.md').split(/^## /m).slice(1);
  const told = sections.map((section) => ({
    kind: section.split('\n', 1)[0] ?? '',
    fields: [...section.matchAll(/^\| `(\w+)`(\??) \|/gm)]
      .map(([, name, mark]) => `${name}${mark}`).toSorted(),
  }));
  assert.equal(told, [...kinds, 'counts'].map((kind) => ({ kind, fields: described(kind) })));
});

events('are shipped', () => {
  const { files } = JSON.parse(read('package.json')) as { files: readonly string[] };
  assert.equal(['docs', 'fsync.events.schema.json'].filter((one) => !files.includes(one)),
    []);
});

events.run();
