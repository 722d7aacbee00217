import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A file of the project's own, by its path from the root. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** All TypeScript files below some of the project's files and folders that exist, in order. */
export function sources(...below: readonly string[]): Source[] {
  return below.flatMap(namesBelow).toSorted()
    .map((name) => ({ name, text: fs.readFileSync(ROOT + name, 'utf8') }));
}

function namesBelow(name: string): string[] {
  if (!fs.existsSync(ROOT + name)) return [];
  if (!fs.statSync(ROOT + name).isDirectory()) return [name];
  return fs.readdirSync(ROOT + name, { recursive: true, encoding: 'utf8' })
    .filter((below) => below.endsWith('.ts')).map((below) => `${name}/${below}`);
}

/** The lines of a text without comments: what the program does, not what is said of it. */
export const withoutComments = (text: string): string =>
  text.replace(/\/\*[^]*?\*\//g, '').replace(/(?<=^|\s)\/\/.*$/gm, '');
