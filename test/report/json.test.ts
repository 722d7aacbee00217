import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { fromText } from '../../lib/core/entry.ts';
import type { SyncEvent } from '../../lib/core/event.ts';
import { droppedJsonLine, eventOfJson, jsonLine } from '../../lib/report/json.ts';

const json = suite('jsonLine');

const NOW = new Date(Date.UTC(2026, 10, 21, 9));
const TIME = '2026-11-21T09:00:00.000Z';

function check(name: string, event: SyncEvent, line: string): void {
  json(name, () => {
    $.is(jsonLine(event, NOW), line);
    // A text for people stays text; all else comes back as it was.
    $.equal(eventOfJson(line), 'text' in event ? { ...event, text: JSON.parse(line).text } : event);
  });
}

check('begins with time and kind', { kind: 'paused' }, `{"time":"${TIME}","kind":"paused"}`);

check('keeps the names of the event',
  { kind: 'problem', path: 'a', code: 'EACCES', action: 'read', retryMs: 1_000 },
  `{"time":"${TIME}","kind":"problem","path":"a","code":"EACCES","action":"read","retryMs":1000}`);

check('has the bytes of each path that is not UTF-8',
  { kind: 'operation-done', operation: 'rename', type: 'file', path: fromText('é'), from: '\xff' },
  `{"time":"${TIME}","kind":"operation-done","operation":"rename","type":"file","path":"é",`
  + '"from":"\ufffd","fromBytes":"/w=="}');

check('has a list of held paths', {
  kind: 'held', reason: 'max-delete', entries: 2, of: 3, limit: 1, paths: ['a', '\xff'] },
`{"time":"${TIME}","kind":"held","reason":"max-delete","entries":2,"of":3,"limit":1,`
  + '"paths":[{"path":"a"},{"path":"\ufffd","pathBytes":"/w=="}]}');

check('stays on one line, for all who read lines, and obeys nobody',
  { kind: 'notice', level: 'info', code: 'x', text: fromText('\n\u2028\u009b\u202e') },
  `{"time":"${TIME}","kind":"notice","level":"info","code":"x",`
  + String.raw`"text":"\n\u2028\u009b\u202e"}`);

check('has roots as text',
  { kind: 'started', source: fromText('/é'), replica: '/\xe9', command: 'sync', dryRun: false },
  `{"time":"${TIME}","kind":"started","source":"/é","replica":"/\ufffd","replicaBytes":"L+k=",`
  + '"command":"sync","dryRun":false}');

json('tells of dropped lines', () => {
  $.is(droppedJsonLine(7, NOW), `{"time":"${TIME}","kind":"dropped","lines":7}`);
});

json.run();
