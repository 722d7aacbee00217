import type { Break } from './break.ts';

/** `--durable`. */
export const durable: readonly Break[] = [
  { promise: 'durable.first', file: 'lib/disk/copy-file.ts',
    find: 'if (options.durable === true) fsyncSync(out);',
    replace: '' },
  { promise: 'durable.tree', file: 'lib/disk/copy-entry.ts',
    find: 'if (options.durable === true) fsyncSync(out);',
    replace: '' },
  { promise: 'durable.told', file: 'lib/disk/perform.ts',
    find: '? durably(job.operations, outcomes, hands.roots(context).replica) : outcomes;',
    replace: '? outcomes : outcomes;' },
  { promise: 'durable.power', file: 'lib/disk/durable.ts',
    find: 'fsyncSync(fd);\n  } catch (error) {',
    replace: '} catch (error) {' },
  { promise: 'durable.trash', file: 'lib/disk/trash.ts',
    find: 'if (durable) syncFolder(trash.folder(parentOf(to)));',
    replace: '' },
  { promise: 'durable.problem', file: 'lib/disk/durable.ts',
    find: "const CANNOT = new Set(['EINVAL', ",
    replace: "const CANNOT = new Set(['EIO', 'EINVAL', " },
  { promise: 'durable.folders', file: 'lib/disk/durable.ts',
    find: "const CANNOT = new Set(['EINVAL', ",
    replace: 'const CANNOT = new Set([' },
  { promise: 'durable.asked', file: 'lib/steps/begin.ts',
    find: 'durable: options.durable,',
    replace: 'durable: true,' },
];
