import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { DEFAULTS } from '../../lib/core/options.ts';

const options = suite('options');

options('every default is the one that is promised', () => {
  const { outputs, ...rest } = DEFAULTS;
  assert.equal(outputs(), []);
  assert.equal(rest, {
    intervalMs: 10 * 60 * 1000, intervalAdapts: false, settleMs: 50, maxWaitMs: 1000,
    hash: 'md5', checksum: false, scrubPercent: undefined,
    dryRun: false, maxDelete: undefined, approveDeletes: false, ignore: [], gitignore: false,
    deleteIgnored: false, trash: undefined, trashKeepMs: undefined, durable: false,
    workers: undefined, chunkBytes: 1024 * 1024, stateDir: undefined,
    events: true, measure: false, onSync: undefined, detail: false,
  });
});

options.run();
