import { reasonOf } from '../core/reasons.ts';
import type { EventOf, Line } from './line.ts';
import { line } from './line.ts';
import { size } from './numbers.ts';
import { printable } from './printable.ts';

/** One line of the answer to `explain`. */
export function explainedLine(
  event: EventOf<'explained-rule' | 'explained-entry' | 'explained-record' | 'explained-pass'>,
): Line {
  switch (event.kind) {
    case 'explained-rule':
      return line('log', `${printable(event.path)}: ${ruleText(event)}`);
    case 'explained-entry':
      return line('log', `${event.side}: ${entryText(event)}`);
    case 'explained-record':
      return line('log', `record: ${recordText(event)}`);
    case 'explained-pass':
      return line('log', `a pass would ${passText(event)}`);
    default:
      return event satisfies never;
  }
}

function ruleText(event: EventOf<'explained-rule'>): string {
  const { path, whose, why } = event;
  switch (why) {
    case 'no-rule': return 'mirrored, no rule ignores it';
    case 'taken-back': return `mirrored, taken back by ${where(event)}`;
    case 'ignored': return path === whose ? `ignored by ${where(event)}`
      : `ignored with its folder ${printable(whose)}/, by ${where(event)}`;
    case 'own': return 'not mirrored: fsync keeps its own things there';
    case 'special': return 'not mirrored: it is a socket, a device or a FIFO';
    case 'link': return `not mirrored: ${printable(whose)} is a symlink, and never followed`;
    case 'unreadable': return 'kept as it is: an ignore file above it cannot be read';
    default: return why satisfies never;
  }
}

/** `.gitignore:3: *.log`, as git writes it. */
const where = ({ file, line: at, pattern = '' }: EventOf<'explained-rule'>): string =>
  (file === undefined ? `--ignore: ${printable(pattern)}`
    : `${printable(file)}:${at}: ${printable(pattern)}`);

function entryText(event: EventOf<'explained-entry'>): string {
  const { type, code, bytes, mode, changedAt } = event;
  if (code !== undefined) return `unknown, ${reasonOf(code)}`;
  if (type === 'nothing') return 'nothing there';
  const told = [type === 'special' ? 'socket, device or FIFO' : type];
  if (bytes !== undefined) told.push(size(bytes));
  if (mode !== undefined && type !== 'symlink') told.push(`mode ${mode.toString(8)}`);
  if (changedAt !== undefined) told.push(`changed ${new Date(changedAt).toISOString()}`);
  return told.join(', ');
}

function recordText({ says, differs }: EventOf<'explained-record'>): string {
  switch (says) {
    case 'never': return 'nothing, it was never seen equal on both sides';
    case 'equal': return 'both sides are as they were when they were last seen equal';
    case 'differs': return `not as when both sides were last seen equal: ${differs.join(', ')}`;
    case 'unreadable': return 'unknown, another fsync is writing in it: ask again';
    default: return says satisfies never;
  }
}

function passText({ does, because, path, whose }: EventOf<'explained-pass'>): string {
  const whole = whose === path ? 'it' : `${printable(whose)}/ with all in it`;
  const why = REASONS[because] ?? because;
  switch (does) {
    case 'nothing': return `do nothing: ${why}`;
    case 'copy': case 'copy-tree':
      return `copy ${whole}${because === 'missing' ? ', or rename what moved there' : ''}: ${why}`;
    case 'symlink': return `make the symlink: ${why}`;
    case 'set': return `set its ${because}: ${why}`;
    case 'compare': return `compare its content: ${why}`;
    case 'replace': return `replace ${whole}: ${why}`;
    case 'look-inside': return `compare all that is in ${whole}: ${why}`;
    case 'remove':
      return `remove ${because === 'ignored-inside' ? 'all else in it' : whole}, `
        + `unless it moved elsewhere or is held: ${why}`;
    case 'hold': return `hold the removal of ${whole}: fsync pending lists what is held`;
    case 'keep': return `leave ${whole} as it is: ${reasonOf(because)}`;
    default: return does satisfies never;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  recorded: 'both sides are as recorded, so nothing is read',
  equal: 'size, time and attributes are equal',
  absent: 'neither side has it',
  ignored: 'it is ignored',
  special: 'such things are never mirrored',
  missing: 'the replica lacks it',
  size: 'its size differs',
  target: 'it leads elsewhere',
  type: 'it is something else there',
  mode: 'the modes differ',
  owner: 'the owners differ',
  time: 'the times differ',
  'not-as-recorded': 'the sizes are equal, but not all is as recorded',
  'another-folder': 'it is another folder than before',
  gone: 'the source has it no more',
  extraneous: 'the source does not have it',
  'ignored-inside': 'what is ignored in it stays',
  litter: 'it is a temporary file that a killed fsync left',
};
