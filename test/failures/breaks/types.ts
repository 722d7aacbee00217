import type { Break } from '../../breaks/break.ts';

/** How the rows T of the catalogue were seen to fail. */
export const types: readonly Break[] = [
  { promise: 'T01', file: 'lib/core/difference.ts',
    find: '  if (source.type !== replica.type) return \'type\';',
    replace: '  if (source.type !== replica.type) return \'equal\';' },
  { promise: 'T02', file: 'lib/disk/scan-eyes.ts',
    find: 'readLink(this.pathOf(\'source\', at)) === readLink(this.pathOf(\'replica\', at))',
    replace: 'readLink(this.pathOf(\'source\', at)).length === readLink(this.pathOf(\'repl'
    + 'ica\', at)).length' },
  { promise: 'T03', file: 'lib/disk/place.ts',
    find: '  symlinkSync(fsPath(read.target), at);',
    replace: '  symlinkSync(fsPath(read.target.replace(/^\\.\\./, \'/\')), at);' },
  { promise: 'T04', file: 'lib/disk/scan-eyes.ts',
    find: 'return quickLstat(fsPath(this.pathOf(side, at)));',
    replace: 'return statSync(fsPath(this.pathOf(side, at)), { throwIfNoEntry: false });',
    and: [{ file: 'lib/disk/scan-eyes.ts',
        find: 'import type { Stats }',
        replace: 'import { statSync, type Stats }' }] },
  { promise: 'T05', file: 'lib/disk/place.ts',
    find: 'return readlinkSync(at, \'latin1\');',
    replace: 'return readlinkSync(at, \'utf8\');' },
  { promise: 'T06', file: 'lib/disk/scan-eyes.ts',
    find: 'if (!source.isFile() || (source.nlink < 2 && (replica?.nlink ?? 0) < 2)) ret'
    + 'urn undefined;',
    replace: 'if (!source.isFile() || source.nlink > 0) return undefined;' },
  { promise: 'T07', file: 'lib/disk/copy-file.ts',
    find: 'if (input.sparse) writeData(out, buffer, read, total);\n      else writeAll',
    replace: 'writeAll' },
  { promise: 'T08', file: 'lib/disk/stat.ts',
    find: '    default: return \'special\';',
    replace: '    default: return \'file\';' },
  { promise: 'T09', file: 'lib/disk/stat.ts',
    find: 'mode: mode & 0o7777,',
    replace: 'mode: mode & 0o777,' },
  { promise: 'T10', file: 'lib/core/difference.ts',
    find: '  if (source.type !== \'symlink\' && source.mode !== replica.mode) return \''
    + 'mode\';\n',
    replace: '' },
  { promise: 'T11', file: 'lib/disk/copy-folder.ts',
    find: '    const made = place(replica, hidden, to, stat, options.durable === true);',
    replace: '    if (entries.length === 0) throw new Error(\'empty\');\n'
    + '    const made = place(replica, hidden, to, stat, options.durable === true);' },
  { promise: 'T12', file: 'lib/core/plan.ts',
    find: 'return [...body, ...sets.filter((one) => !findings.waits(one.path))];',
    replace: 'return [...sets.filter((one) => !findings.waits(one.path)), ...body];' },
  { promise: 'T13', file: 'lib/core/difference.ts',
    find: '    if (source.size !== replica.size) return \'content\';',
    replace: '    if (source.size === 0) return \'equal\';\n'
    + '    if (source.size !== replica.size) return \'content\';' },
  { promise: 'T14', file: 'lib/disk/copy-file.ts',
    find: '    const read = readSync(input.fd, buffer, total, chunk - total, total);',
    replace: '    const read = readSync(input.fd, buffer, total, Math.min(chunk, size) - t'
    + 'otal, total);' },
];
