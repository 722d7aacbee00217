import fs from 'node:fs';
import path from 'node:path';
import { hasTool } from '../test/support/needs.ts';
import type { Command } from './measure.ts';

/** What is measured. */
export type Work =
  'first copy' | 'nothing to do' | '1 % each way' | 'a tenth moved' | 'a tenth renamed';

/** A program that mirrors, as it is measured. */
export interface Peer {
  readonly name: string;
  /** It cannot do the others. */
  readonly onlyWork?: Work;
  /** `first`: there is no replica yet. `state` is a folder for what it keeps of earlier runs. */
  command(source: string, replica: string, state: string, first: boolean): Command;
  /** Files it copied, from its output; undefined where it does not tell. */
  copied(output: string): number | undefined;
}

const tool = (
  name: string, command: Peer['command'], onlyWork?: Work,
): Peer => ({ name, command, copied: () => undefined, ...(onlyWork && { onlyWork }) });

/** What all others are compared with. */
export const rsync: Peer = tool('rsync', (source, replica, _state, first) =>
  ({ line: ['rsync', '-a', ...(first ? [] : ['--delete']), `${source}/`, `${replica}/`] }));

/** Those that are installed beside it, each asked to keep all that rsync keeps. */
export const others = (): Peer[] => [
  tool('cp', (source, replica) => ({ line: ['cp', '-a', source, replica] }), 'first copy'),
  tool('rclone', (source, replica) => ({
    line: ['rclone', 'sync', '--links', '--metadata', '--create-empty-src-dirs', source, replica],
  })),
  tool('unison', (source, replica, state) => ({
    line: ['unison', source, replica, '-batch', '-silent', '-force', source,
      '-times', '-owner', '-group', '-perms', '-1'],
    env: { UNISON: state },
  })),
].filter(({ name }) => hasTool(name));

/** A build of fsync, by its cli.js: this tree's own, or another to compare it with. */
export const fsync = (name: string, cli: string): Peer => ({
  name,
  command: (source, replica, state) => ({
    line: [process.execPath, path.resolve(cli), 'sync', source, replica, '--json',
      '--state-dir', state],
  }),
  copied(output) {
    const lines = fs.readFileSync(output, 'utf8').trimEnd().split('\n');
    const finished = lines.map((line) => JSON.parse(line) as Finished)
      .find(({ kind }) => kind === 'pass-finished');
    return finished?.counts?.copied;
  },
});

interface Finished {
  readonly kind: string;
  readonly counts?: { readonly copied: number };
}
