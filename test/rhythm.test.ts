import { take, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { DEFAULTS } from '../lib/core/options.ts';
import { newMemory, type PassResult } from '../lib/mirror.ts';
import { fullPasses, type FullPasses } from '../lib/rhythm.ts';

const due = suite('full passes by themselves');

/** When they come, in seconds, while something happens; the intervals that are told of. */
function seconds(
  act: (passes: FullPasses) => void, { auto = false, minutes = 10, most = 5 } = {},
): { readonly at: number[]; readonly told: number[] } {
  const at: number[] = [];
  const told: number[] = [];
  const scheduler = new TestScheduler(assert.equal);
  scheduler.run(() => {
    const options = { ...DEFAULTS, source: '/s', replica: '/r', intervalMs: minutes * 60_000,
      intervalAdapts: auto };
    const passes = fullPasses(options, newMemory(options.intervalMs));
    passes.news$.subscribe((event) =>
      void (event.kind === 'interval' && told.push(event.intervalMs / 1_000)));
    passes.trigger$.pipe(take(most)).subscribe((one) => {
      assert.equal([one.full, one.reason], [true, 'interval']);
      at.push(scheduler.now() / 1_000);
    });
    act(passes);
  });
  return { at, told };
}

const after = (ms: number, act: () => void): void => void timer(ms).subscribe(act);
const passed = (ms: number, missed?: number): PassResult => ({ full: { ms, missed } });

due('come at the interval, whatever the passes were', () => {
  const { at, told } = seconds((passes) => {
    after(1_000, () => passes.hear({ kind: 'ready', folders: 3 }));
    after(700_000, () => passes.take(passed(50_000, 4)));
  });
  assert.equal([at, told], [[600, 1200, 1800, 2400, 3000], []]);
});

due('come more often where a limit leaves folders without a watch', () => {
  const { at, told } = seconds((passes) => after(5_000, () =>
    passes.hear({ kind: 'trouble', code: 'ENOSPC', folders: 31, limit: 10, of: 41 })));
  assert.equal([at, told], [[35, 65, 95, 125, 155], [30]]);
});

due('come at the interval again once all have theirs', () => {
  const { at, told } = seconds((passes) => {
    after(5_000, () => passes.hear({ kind: 'trouble', code: 'EMFILE', folders: 41 }));
    after(70_000, () => passes.hear({ kind: 'ready', folders: 41 }));
  }, { most: 4 });
  assert.equal([at, told], [[35, 65, 670, 1270], [30, 600]]);
});

due('come more often where other machines change the source', () => {
  const { at } = seconds((passes) => after(5_000, () =>
    passes.hear({ kind: 'ready', folders: 3, remote: 'NFS' })));
  assert.equal(at, [35, 65, 95, 125, 155]);
});

due('come as often as before where folders cannot be watched for another reason', () => {
  const { at } = seconds((passes) => after(5_000, () =>
    passes.hear({ kind: 'trouble', code: 'unwatchable-name', folders: 1 })));
  assert.equal(at[0], 600);
});

due('leave time between them, from start to start, where they take long', () => {
  const { at, told } = seconds((passes) => {
    passes.hear({ kind: 'ready', folders: 3, remote: 'NFS' });
    // The first one began at once, and took 4 s.
    after(4_000, () => passes.take(passed(4_000)));
  });
  assert.equal([at, told], [[120, 240, 360, 480, 600], [30, 120]]);
});

due('by --interval auto come sooner after misses, and later without', () => {
  const { at, told } = seconds((passes) => {
    after(600_000 + 2_000, () => passes.take(passed(2_000, 3)));
    after(750_000 + 2_000, () => passes.take(passed(2_000, 0)));
  }, { auto: true });
  assert.equal([at, told], [[600, 750, 975, 1200, 1425], [150, 225]]);
});

due.run();
