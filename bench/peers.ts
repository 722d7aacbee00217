import fs from 'node:fs';
import path from 'node:path';

/** A program that mirrors, as it is measured. */
export interface Peer {
  readonly name: string;
  /** `first`: there is no replica yet. `state` is a folder for what it keeps of earlier runs. */
  command(source: string, replica: string, state: string, first: boolean): readonly string[];
  /** Files it copied, from its output; undefined where it does not tell. */
  copied(output: string): number | undefined;
}

/** What all others are compared with. */
export const rsync: Peer = {
  name: 'rsync',
  command: (source, replica, _state, first) =>
    ['rsync', '-a', ...(first ? [] : ['--delete']), `${source}/`, `${replica}/`],
  copied: () => undefined,
};

/** A build of fsync, by its cli.js: this tree's own, or another to compare it with. */
export const fsync = (name: string, cli: string): Peer => ({
  name,
  command: (source, replica, state) =>
    [process.execPath, path.resolve(cli), 'sync', source, replica, '--json', '--state-dir', state],
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
