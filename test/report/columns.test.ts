import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { columnsOf, cut } from '../../lib/report/columns.ts';

const columns = suite('columnsOf');

const rows: readonly (readonly [string, number])[] = [
  ['', 0], ['copied a.txt', 12], ['Größe', 5], ['e\u0301', 1], ['漢字', 4], ['カタカナ', 8], ['한글', 4],
  ['ｆｕｌｌ', 8], ['a → b', 5], ['…', 1], ['🎉', 2], ['✅', 2], ['©', 1], ['𝒳', 2], ['नमस्ते', 4],
];
for (const [text, expected] of rows) {
  columns(`of ${JSON.stringify(text)}`, () => $.is(columnsOf(text), expected));
}

columns('never too few, for emoji of several characters', () => {
  for (const text of ['👨‍👩‍👧', '©️', '🇩🇪', '👍🏽']) $.ok(columnsOf(text) >= 2);
});

columns.run();

// ---

const cutting = suite('cut');

cutting('takes what fits, and no half of a wide character', () => {
  $.is(cut('copied', 4), 'copi');
  $.is(cut('漢字ab', 5), '漢字a');
  $.is(cut('漢字ab', 3), '漢');
  $.is(cut('e\u0301a', 1), 'e\u0301');
  $.is(cut('a', 0), '');
  $.is(cut('a', -1), '');
});

cutting.run();
