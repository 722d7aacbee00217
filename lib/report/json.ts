import type { Path } from '../core/entry.ts';
import type { PairEvent, SyncEvent } from '../core/event.ts';
import { CONTROLS, jsonPath, jsonText, pathOfJson } from './printable.ts';

/**
 * An event as one line of JSON: `{"time":"2026-11-21T09:00:00.000Z","kind":"problem","path":…}`.
 *
 * The fields are the event's, under the same names. A field that holds a path is text; where its
 * bytes are not valid UTF-8, a second field with `Bytes` after its name has them in base64.
 */
export function jsonLine(event: PairEvent, time: Date): string {
  const fields: { [name: string]: unknown } = { time: time.toISOString() };
  for (const [name, value] of Object.entries(event)) {
    if (PATH_FIELDS.has(name)) putPath(fields, name, value as Path);
    else if (name === 'paths') fields[name] = (value as readonly Path[]).map(jsonPath);
    else if (TEXT_FIELDS.has(name)) fields[name] = jsonText(value as string);
    else if (value !== undefined) fields[name] = value;
  }
  return serialized(fields);
}

/** The event that a line of JSON was made of. */
export function eventOfJson(text: string): SyncEvent {
  const { time: _time, ...fields } = JSON.parse(text) as { [name: string]: unknown };
  const event: { [name: string]: unknown } = {};
  for (const [name, value] of Object.entries(fields)) {
    if (PATH_FIELDS.has(name)) {
      const pathBytes = fields[`${name}Bytes`] as string | undefined;
      event[name] = pathOfJson({ path: value as string, pathBytes });
    } else if (name === 'paths') {
      event[name] = (value as ReturnType<typeof jsonPath>[]).map(pathOfJson);
    } else if (!name.endsWith('Bytes')) {
      event[name] = value;
    }
  }
  return event as unknown as SyncEvent;
}

/** The one line of JSON that is no event: so many lines were dropped here, for want of a reader. */
export const droppedJsonLine = (lines: number, time: Date): string =>
  serialized({ time: time.toISOString(), kind: 'dropped', lines });

/** What a line of `--json` parses to. @public */
export type JsonEvent = JsonOf<SyncEvent> & { readonly pair?: string } | {
  readonly time: string; readonly kind: 'dropped'; readonly lines: number;
};

type PathField = 'path' | 'from' | 'target' | 'source' | 'replica' | 'whose' | 'file';

type JsonOf<E extends SyncEvent> = E extends SyncEvent
  ? { readonly time: string }
    & { readonly [K in keyof E]: K extends 'paths' ? readonly ReturnType<typeof jsonPath>[] : E[K] }
    & { readonly [K in keyof E & PathField as `${K}Bytes`]?: string }
  : never;

const PATH_FIELDS: ReadonlySet<string> =
  new Set<PathField>(['path', 'from', 'target', 'source', 'replica', 'whose', 'file']);
const TEXT_FIELDS: ReadonlySet<string> = new Set(['text', 'pattern']);

function putPath(fields: { [name: string]: unknown }, name: string, value: Path | undefined): void {
  if (value === undefined) return;
  const { path, pathBytes } = jsonPath(value);
  fields[name] = path;
  if (pathBytes !== undefined) fields[`${name}Bytes`] = pathBytes;
}

/** JSON leaves DEL, C1 and U+2028 as they are, which terminals and readers of lines do not. */
const serialized = (value: unknown): string =>
  JSON.stringify(value).replace(CONTROLS, (character) =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
