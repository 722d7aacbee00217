import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { fromText } from '../../lib/core/entry.ts';
import type { Counts, SyncEvent } from '../../lib/core/event.ts';
import type { Context } from '../../lib/report/line.ts';
import { textLine } from '../../lib/report/text.ts';

const WATCH: Context = { source: '/s', replica: "/it's r", command: 'watch', dryRun: false };

/** What is told of an event, as `level text`. */
function told(event: SyncEvent, context = WATCH): string | undefined {
  const line = textLine(event, context);
  return line === undefined ? undefined : `${line.level} ${line.text}`;
}

type Row = readonly [name: string, event: SyncEvent, text: string | undefined, context?: Context];

function check(test: ReturnType<typeof suite>, rows: readonly Row[]): void {
  for (const [name, event, text, context] of rows) {
    test(name, () => $.is(told(event, context), text));
  }
}

const operation = suite('textLine of an operation');

type Done = Extract<SyncEvent, { kind: 'operation-done' }>;
const did = (fields: Omit<Done, 'kind'>): Done => ({ kind: 'operation-done', ...fields });

check(operation, [
  ['tells a copy', did({ operation: 'copy', path: 'a/b.txt', type: 'file', bytes: 1_234 }),
    'info copied a/b.txt (1.2 kB)'],
  ['tells a copied folder in one line',
    did({ operation: 'copy-tree', path: 'node_modules', type: 'folder', entries: 5_144,
      bytes: 60_000_000 }), 'info copied folder node_modules/ (5,144 entries, 60 MB)'],
  ['tells what is inside it in detail only',
    did({ operation: 'copy', path: 'x', type: 'file', bytes: 1, inTree: true }),
    'debug copied x (1 B)'],
  ['tells a rename', did({ operation: 'rename', path: 'new', from: 'old', type: 'file' }),
    'info renamed old → new'],
  ['tells a renamed folder', did({ operation: 'rename', path: 'b', from: 'a', type: 'folder' }),
    'info renamed folder a/ → b/'],
  ['tells a made folder', did({ operation: 'mkdir', path: 'a', type: 'folder' }),
    'info made folder a/'],
  ['tells a hard link', did({ operation: 'link', path: 'a', target: 'b', type: 'file' }),
    'info linked a → b'],
  ['tells a symlink', did({ operation: 'symlink', path: 'a', target: '../b', type: 'symlink' }),
    'info symlinked a → ../b'],
  ['tells attributes of a file', did({ operation: 'set', path: 'a', type: 'file' }),
    'info set attributes of a'],
  ['tells those of a folder in detail only', did({ operation: 'set', path: '', type: 'folder' }),
    'debug set attributes of .'],
  ['tells a removal', did({ operation: 'remove', path: 'a', type: 'file', entries: 1 }),
    'info removed a'],
  ['tells a folder of which something stays',
    did({ operation: 'remove', path: 'a', type: 'folder', entries: 12, partly: true }),
    'info removed from folder a/ (12 entries)'],
  ['tells a folder of which something would stay', did({ operation: 'remove', path: 'a',
    type: 'folder', entries: 12, partly: true, dryRun: true }),
    'info would remove from folder a/ (12 entries)'],
  ['tells a removed folder',
    did({ operation: 'remove', path: 'a', type: 'folder', entries: 12 }),
    'info removed folder a/ (12 entries)'],
  ['tells what would be done',
    did({ operation: 'copy', path: 'a', type: 'file', bytes: 0, dryRun: true }),
    'info would copy a (0 B)'],
  ['escapes names', did({ operation: 'copy', path: 'a\n\xff', type: 'file' }),
    String.raw`info copied a\n\xff`],
]);

operation.run();

// ---

const pass = suite('textLine of a pass');

const NONE: Counts = { copied: 0, folders: 0, renamed: 0, linked: 0, set: 0, removed: 0 };
type Finished = Extract<SyncEvent, { kind: 'pass-finished' }>;
const finished = (fields: Partial<Finished>): Finished => ({
  kind: 'pass-finished', pass: 2, scope: 'full', reason: 'interval', quiet: false, counts: NONE,
  bytes: 0, ms: 1_300, checked: 5_144, problems: 0, held: 0, missed: 0, dryRun: false, ...fields,
});

check(pass, [
  ['sums up what was done, then what needs attention', finished({
    counts: { copied: 1_003, folders: 1, renamed: 2, linked: 3, set: 4, removed: 5 },
    bytes: 1_200_000, problems: 1, held: 4, missed: 3 }),
  'info full pass: 1,003 copied, 1 folder made, 2 renamed, 3 linked, 4 set, 5 removed, 1.2 MB in'
    + ' 1.3 s; 3 not announced by the watcher; 1 problem; 4 deletions held'],
  ['sums up a plan', finished({ dryRun: true, counts: { ...NONE, folders: 2, copied: 1 } }),
    'info full pass (dry run): 1 to copy, 2 folders to make in 1.3 s'],
  ['names an incremental pass', finished({ scope: 'incremental', ms: 4,
    counts: { ...NONE, removed: 1 } }), 'info incremental pass: 1 removed in 4 ms'],
  ['tells a pass that only met problems', finished({ problems: 2 }),
    'info full pass: nothing done in 1.3 s; 2 problems'],
  ['tells a quiet pass in detail only', finished({ quiet: true }),
    'debug full pass: nothing to do, 5,144 entries checked in 1.3 s'],
  ['tells who asked for a pass nothing else', finished({ quiet: true, reason: 'asked' }),
    'debug full pass: nothing to do, 5,144 entries checked in 1.3 s'],
  ['tells its start in detail only',
    { kind: 'pass-started', pass: 1, scope: 'full', reason: 'watcher-ready' },
    'debug full pass started (watcher ready)'],
  ['says nothing of progress', { kind: 'progress', phase: 'scan', files: 1, bytes: 1 }, undefined],
]);

pass.run();

// ---

const trouble = suite('textLine of trouble');

const held = {
  kind: 'held', entries: 120, of: 1_130, limit: 100, paths: ['a', 'b', 'c', 'd'],
} as const;
const SYNC: Context = { ...WATCH, command: 'sync' };

check(trouble, [
  ['says the reason in words, and the next try',
    { kind: 'problem', path: 'a', code: 'ENOSPC', action: 'copy', retryMs: 2_000 },
    'warn cannot copy a: no space left on the disk (ENOSPC): make room there; tried again in 2 s'],
  ['says our own reasons', { kind: 'problem', path: 'a', code: 'never-rests', action: 'copy' },
    'warn cannot copy a: it changes while it is read: the last complete reading is kept'],
  ['says an unknown code as it is', { kind: 'problem', path: '', code: 'EBADFD', action: 'mkdir' },
    'warn cannot make folder .: EBADFD'],
  ['says an unknown reason of ours in its words',
    { kind: 'problem', path: 'a', code: 'odd-thing', action: 'list' },
    'warn cannot list a: odd thing'],
  ['tells a hold, and how to approve it', { ...held, reason: 'max-delete' },
    'warn held: 120 deletions of 1,130 entries, because the limit (--max-delete) is 100;'
    + String.raw` first: a, b, c and 1 more; to approve, run fsync approve /s '/it'\''s r',`
    + ' or give this watch the word "approve"'],
  ['lists what is held', { kind: 'pending', path: 'a/\x1b' }, 'log - a/\\x1b'],
  ['has no stdin to name in sync', { ...held, reason: 'source-emptied', limit: 0, paths: [] },
    'warn held: 120 deletions of 1,130 entries, because the source is empty;'
    + String.raw` to approve, run fsync sync /s '/it'\''s r' --approve-deletes`, SYNC],
  ['says that a hold stands', { ...held, reason: 'source-emptied', limit: 60, paths: [] },
    'warn held: 120 deletions of 1,130 entries, because the source was empty, and has less than'
    + " half of it back; to approve, run fsync sync /s '/it'\\''s r' --approve-deletes", SYNC],
  ['tells what would be held', { ...held, reason: 'first-contact', paths: ['\x1b'] },
    'warn would be held: 120 deletions of 1,130 entries, because more than half of a replica that'
    + ' was never in step would go (are source and replica swapped?); first: \\x1b;'
    + String.raw` to approve, run fsync sync /s '/it'\''s r' --approve-deletes`,
    { ...SYNC, dryRun: true }],
  ['tells a failure', { kind: 'pass-failed', code: 'x', exitCode: 3,
    text: `${fromText('/é')} is missing\n` }, String.raw`error /é is missing\n`],
  ['tells what it waits for', { kind: 'waiting', code: 'x', text: 'the source is gone' },
    'warn waiting: the source is gone'],
  ['tells a notice', { kind: 'notice', level: 'info', code: 'x', text: 'events were lost' },
    'info events were lost'],
  ['names the path of a notice, though its text may have the same letters',
    { kind: 'notice', level: 'info', code: 'x', text: 'not mirrored: a socket', path: 'sock' },
    'info sock: not mirrored: a socket'],
  ['names the path of a notice',
    { kind: 'notice', level: 'warn', code: 'x', text: 'not mirrored: a socket', path: 'b/s' },
    'warn b/s: not mirrored: a socket'],
]);

trouble.run();

// ---

const rest = suite('textLine of the rest');

check(rest, [
  ['marks what is missing',
    { kind: 'difference', path: 'a', type: 'folder', what: 'missing' }, 'info + a/'],
  ['marks what is too much',
    { kind: 'difference', path: 'a', type: 'file', what: 'extra' }, 'info - a'],
  ['marks what differs',
    { kind: 'difference', path: 'a', type: 'file', what: 'mode' }, 'info * a (mode)'],
  ['marks what cannot be read',
    { kind: 'difference', path: 'a', type: 'file', what: 'unreadable' },
    'warn ! a (unreadable)'],
  ['says in detail what is equal', { kind: 'equal', path: 'a', type: 'folder' }, 'debug = a/'],
  ['ends a check', { kind: 'checked', entries: 5_144, differences: 1_004, missing: 1_000, extra: 1,
    changed: 2, unreadable: 1, ms: 1_200 },
    'info 1,004 differences in 5,144 entries: 1,000 +, 1 -, 2 *, 1 ! (1.2 s)'],
  ['ends a check that found nothing', { kind: 'checked', entries: 1, differences: 0, missing: 0,
    extra: 0, changed: 0, unreadable: 0, ms: 1 }, 'info 0 differences in 1 entry (1 ms)'],
  ['begins a watch',
    { kind: 'started', source: '/s', replica: '/r', command: 'watch', dryRun: false },
    'info mirroring /s to /r'],
  ['begins a sync in detail only',
    { kind: 'started', source: '/s', replica: '/r', command: 'sync', dryRun: true },
    'debug mirroring /s to /r (dry run)'],
  ['has another interval from now on', { kind: 'interval', intervalMs: 900_000, nextFullAt: 0 },
    'debug a full pass every 15 min from now on'],
  ['watches', { kind: 'watching', folders: 10_111, intervalMs: 600_000 },
    'info watching 10,111 folders, a full pass every 10 min'],
  ['answers status, even to the quiet',
    { kind: 'status', pid: 7, state: 'passing', passes: 1, problems: 3, held: 2, missed: 3,
      paths: ['a', '\n'],
      nextFullAt: Date.UTC(2026, 10, 21, 9), lastPassAt: Date.UTC(2026, 10, 21, 8) },
    'log a pass is running (process 7): 1 pass, 3 problems, 2 deletions held, 3 not announced by '
    + 'the watcher; failing: a, \\n and 1 more; last pass at 2026-11-21T08:00:00Z;'
    + ' next full pass at 2026-11-21T09:00:00Z'],
  ['answers status with what it waits for',
    { kind: 'status', pid: 7, state: 'waiting', text: 'the source /s does not exist', passes: 1,
      problems: 0, held: 0, missed: 0, paths: [], nextFullAt: Date.UTC(2026, 10, 21, 9) },
    'log waiting (process 7): the source /s does not exist; 1 pass, 0 problems, 0 deletions held, '
    + '0 not announced by the watcher; next full pass at 2026-11-21T09:00:00Z'],
  ['explains a copy, which may prove to be a rename',
    { kind: 'explained-pass', path: 'a', whose: 'a', does: 'copy', because: 'missing' },
    'log a pass would copy it, or rename what moved there: the replica lacks it'],
  ['explains a copy that is none',
    { kind: 'explained-pass', path: 'a', whose: 'a', does: 'copy', because: 'size' },
    'log a pass would copy it: its size differs'],
  ['explains a removal that may not come',
    { kind: 'explained-pass', path: 'd/a', whose: 'd', does: 'remove', because: 'gone' },
    'log a pass would remove d/ with all in it, unless it moved elsewhere or is held: the source '
    + 'has it no more'],
  ['explains a removal that leaves something',
    { kind: 'explained-pass', path: 'd', whose: 'd', does: 'remove', because: 'ignored-inside' },
    'log a pass would remove all else in it, unless it moved elsewhere or is held: what is '
    + 'ignored in it stays'],
  ['pauses', { kind: 'paused' }, 'log paused: changes are not carried over until "resume"'],
  ['resumes', { kind: 'resumed' }, 'log resumed'],
  ['stops', { kind: 'stopped', reason: 'SIGTERM' }, 'info stopped: SIGTERM'],
]);

rest.run();
