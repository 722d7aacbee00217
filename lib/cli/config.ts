import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { reasonOf } from '../core/reasons.ts';
import { fullPath } from '../full-path.ts';
import type { ConfigJob } from './arguments.ts';
import { readPairs, type Pairs } from './config-pairs.ts';
import { foldersMissing } from './folders.ts';
import { quoted } from './quote.ts';

/** The names under which a config file is found in the working folder. */
const NAMES = ['fsync.config.json', 'fsync.config.mjs', 'fsync.config.ts'] as const;

/** Reads the config file, and checks all that it says before any pair is begun. */
export async function readConfig({ command, config, flags }: ConfigJob): Promise<Pairs> {
  const found = config === undefined ? NAMES.filter((name) => fs.existsSync(name)) : [config];
  const [file, other] = found;
  if (file === undefined) return refuse(foldersMissing(command));
  if (other !== undefined) {
    return refuse(`${file} and ${other} are both there: `
      + 'remove one of them, or say with --config which counts');
  }
  const name = /[\p{C}\p{Z}]/u.test(file) ? quoted(file) : file;
  try {
    const folder = path.dirname(fullPath(file));
    return readPairs(await load(file), flags, { name, folder });
  } catch (error) {
    return refuse(`${name}: ${troubleOf(file, error as NodeJS.ErrnoException)}`);
  }
}

/** Refuses other bytes, which would be another name; leaves out a mark of byte order. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

async function load(file: string): Promise<unknown> {
  fs.accessSync(file, fs.constants.R_OK);
  if (fs.statSync(file).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
  const ending = path.extname(file);
  if (ending === '.json') return JSON.parse(UTF8.decode(fs.readFileSync(file)));
  if (ending !== '.mjs' && ending !== '.ts') {
    throw Object.assign(new Error(), { code: 'ending' });
  }
  const module = import(pathToFileURL(fullPath(file)).href) as Promise<{ default?: unknown }>;
  return (await Promise.race([module, nothingLeft()])).default;
}

/** Nothing else is going on any more: what the file waits for cannot come. */
const nothingLeft = (): Promise<never> => new Promise((_, reject) => {
  process.once('beforeExit', () => reject(new Error('it waits for what never comes')));
});

function troubleOf(file: string, error: NodeJS.ErrnoException): string {
  const { code, syscall, message = '' } = Object(error) as Partial<NodeJS.ErrnoException>;
  const [said = ''] = (message || String(error)).split('\n', 1);
  // Of the file itself, and not of what it may do when it is loaded.
  if (syscall === 'access') {
    return code === 'ENOENT' ? 'there is no such file'
      : `it cannot be read: ${reasonOf(String(code))}`;
  }
  switch (code) {
    case 'ending':
      return 'the name of a config file ends in .json, .mjs or .ts';
    case 'EISDIR':
      return 'it is a folder: name a file';
    case 'ERR_UNKNOWN_FILE_EXTENSION':
      return `Node ${process.versions.node} does not read TypeScript: run fsync with Node 22.18 or `
        + 'newer, or write the file as fsync.config.mjs';
    default:
      return path.extname(file) === '.json' ? `it is not valid JSON: ${quoted(said)}`
        : `it cannot be loaded: ${quoted(said)}`;
  }
}

const refuse = (message: string) => ({ ok: false, message }) as const;
