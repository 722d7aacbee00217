import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { line } from '../../lib/report/line.ts';
import { datedStyle, shortStyle, wantsColor } from '../../lib/report/style.ts';

const NOW = new Date(Date.UTC(2026, 10, 21, 9));
const TIME = '2026-11-21T09:00:00.000Z';

const dated = suite('datedStyle');

dated('has time and level in columns', () => {
  const style = datedStyle(false);
  $.is(style(line('info', 'copied a', 'added'), NOW), `${TIME} INFO  copied a`);
  $.is(style(line('log', 'watching'), NOW), `${TIME} INFO  watching`);
  $.is(style(line('warn', 'cannot'), NOW), `${TIME} WARN  cannot`);
  $.is(style(line('error', 'failed'), NOW), `${TIME} ERROR failed`);
  $.is(style(line('debug', 'detail'), NOW), `${TIME} DEBUG detail`);
});

dated('has colours where they are forced', () => {
  $.is(datedStyle(true)(line('warn', 'cannot'), NOW), `${TIME} \x1b[33mWARN \x1b[0m cannot`);
});

dated.run();

// ---

const short = suite('shortStyle');

short('is the text, without colours', () => {
  $.is(shortStyle(false)(line('info', 'copied a', 'added'), NOW), 'copied a');
  $.is(shortStyle(false)(line('warn', 'cannot'), NOW), 'warning: cannot');
  $.is(shortStyle(false)(line('error', 'failed'), NOW), 'error: failed');
});

short('has the pair before the word that is coloured', () => {
  $.is(shortStyle(true)(line('info', 'copied a', 'added'), NOW, 'caf\u00e9 → b'),
    '[caf\u00e9 → b] \x1b[32mcopied\x1b[0m a');
  $.is(shortStyle(false)(line('warn', 'cannot'), NOW, 'p'), '[p] warning: cannot');
});

short('colours the first word, and dims a detail', () => {
  $.is(shortStyle(true)(line('info', 'copied a copied', 'added'), NOW),
    '\x1b[32mcopied\x1b[0m a copied');
  $.is(shortStyle(true)(line('info', 'would remove a', 'removed'), NOW),
    'would \x1b[31mremove\x1b[0m a');
  $.is(shortStyle(true)(line('info', '* a (mode)', 'changed'), NOW), '\x1b[36m*\x1b[0m a (mode)');
  $.is(shortStyle(true)(line('info', 'full pass: …'), NOW), 'full pass: …');
  $.is(shortStyle(true)(line('debug', 'copied a', 'added'), NOW), '\x1b[2mcopied a\x1b[0m');
  $.is(shortStyle(true)(line('error', 'failed'), NOW), '\x1b[31merror:\x1b[0m failed');
});

short.run();

// ---

const color = suite('wantsColor');

const wishes: readonly [string, boolean, NodeJS.ProcessEnv, boolean][] = [
  ['colours a terminal', true, {}, true],
  ['colours no pipe', false, {}, false],
  ['obeys NO_COLOR', true, { NO_COLOR: '1' }, false],
  ['takes an empty NO_COLOR for none', true, { NO_COLOR: '' }, true],
  ['obeys FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
  ['obeys FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
  ['takes NO_COLOR first', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ['colours no dumb terminal', true, { TERM: 'dumb' }, false],
];

for (const [name, isTerminal, env, wanted] of wishes) {
  color(name, () => $.is(wantsColor(isTerminal, env), wanted));
}

color.run();
