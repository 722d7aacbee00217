import type { Break } from './break.ts';

/** How the promises on "asking running watches from another terminal" would be broken. */
export const asking: readonly Break[] = [
  { promise: 'ask.status', file: 'lib/cli/peers.ts',
    find: 'filter((name) => pidOfSocket(name) !== undefined)',
    replace: "filter((name) => pidOfSocket(name)?.endsWith('x'))" },
  { promise: 'ask.private', file: 'lib/rx/control.ts',
    find: 'server.listen(at, () => fs.chmodSync(at, 0o600));',
    replace: 'server.listen(at, () => fs.chmodSync(at, 0o666));' },
  { promise: 'ask.planted', file: 'lib/rx/control-folder.ts',
    find: '(stat.mode & 0o077) === 0;',
    replace: 'stat.mode !== 0;' },
  { promise: 'ask.flush', file: 'lib/watcher-news.ts',
    find: "case 'sync': return [trigger({ reason: 'asked', full: true })];",
    replace: "case 'sync': return [];" },
  { promise: 'ask.flush-late', file: 'lib/cli/peers.ts',
    find: "if (peer === 'silent') silent.add(",
    replace: 'if (peer === undefined) silent.add(' },
  { promise: 'ask.pending', file: 'lib/watcher-news.ts',
    find: "[{ kind: 'held', ...mirror.memory.hold }];",
    replace: '[];' },
  { promise: 'ask.sync-now', file: 'lib/cli/arguments.ts',
    find: "const command = given.length < apart.given.length ? 'flush' : named;",
    replace: 'const command = named;' },
  { promise: 'ask.which', file: 'lib/cli/ask.ts',
    find: 'if (peers.length === 1 || isForAll(question)) return undefined;',
    replace: 'if (peers.length >= 1 || isForAll(question)) return undefined;' },
];
