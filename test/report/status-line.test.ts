import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { columnsOf } from '../../lib/report/columns.ts';
import { fit, mostUrgent, textOf, type Part } from '../../lib/report/status-line.ts';

const fitting = suite('fit');

const PARTS: readonly Part[] = [
  { text: 'copying', rank: 0 }, { text: '[##]', rank: 2 }, { text: '25%', rank: 1 },
];
const fitted = (parts: readonly Part[], columns: number): string => textOf(fit(parts, columns));

fitting('drops the least important first', () => {
  $.is(fitted(PARTS, 18), 'copying  [##]  25%');
  $.is(fitted(PARTS, 17), 'copying  25%');
  $.is(fitted(PARTS, 11), 'copying');
});

fitting('cuts what is left by columns', () => {
  $.is(fitted(PARTS, 4), 'copy');
  $.is(fitted(PARTS, -1), '');
  $.is(fitted([{ text: '漢字ab', rank: 0 }], 5), '漢字a');
  $.is(fitted([], 10), '');
});

fitting('keeps what is of the first rank, a gap at the end say', () => {
  const gapped = [{ text: 'watching', rank: 0 }, { text: '3 folders', rank: 5 },
    { text: '', rank: 0 }];
  $.is(fitted(gapped, 21), 'watching  3 folders  ');
  $.is(fitted(gapped, 20), 'watching  ');
  $.is(fitted(gapped, 9), 'watchin  ');
  $.is(fitted(gapped, 2), 'wa');
});

fitting('is never wider than it may be, whatever is in it', () => {
  const parts = [{ text: 'waiting: 漢字🎉/données e\u0301', rank: 0 }, { text: '漢字', rank: 1 }];
  for (let columns = 0; columns < 50; columns += 1) {
    $.ok(columnsOf(fitted(parts, columns)) <= columns);
  }
});

fitting.run();

// ---

const urgent = suite('mostUrgent');

urgent('is what has to be heeded, then what is at work, then what was told last', () => {
  const [held, busy, well]: (readonly Part[])[] = [
    [{ text: 'a', rank: 0 }, { text: '1 deletion held', rank: 1, mood: 'heed' }],
    [{ text: 'copying', rank: 0, mood: 'busy' }],
    [{ text: 'watching', rank: 0, mood: 'well' }],
  ];
  const other: readonly Part[] = [{ text: 'watching, too', rank: 0, mood: 'well' }];
  $.is(mostUrgent([held!, busy!, well!]), held);
  $.is(mostUrgent([well!, busy!, other]), busy);
  $.is(mostUrgent([well!, other, []]), other);
  $.equal(mostUrgent([[]]), []);
});

urgent.run();
