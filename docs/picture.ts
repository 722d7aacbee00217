import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Makes docs/terminal.svg, the picture of the README: a real `fsync watch` in a real terminal
 * (tmux) whose source changes, as its screen is at the end.
 *
 *     npm run picture
 */
const HERE = import.meta.dirname;
const [COLUMNS, ROWS] = [84, 20];

const CLASSES: Readonly<Record<string, string>> = {
  1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow', 34: 'blue', 35: 'magenta', 36: 'cyan',
  90: 'dim',
};

const home = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'fsync-picture-')));
try {
  fs.writeFileSync(path.join(HERE, 'terminal.svg'), svgOf(await takePicture()));
} finally {
  spawnSync('tmux', ['-S', `${home}/tmux`, 'kill-server']);
  fs.rmSync(home, { recursive: true, force: true });
}

async function takePicture(): Promise<string> {
  write('project/src/main.ts', 'project/src/list.ts', 'project/docs/guide.md', 'project/README.md');
  fs.mkdirSync(`${home}/backup`);
  const cli = path.join(HERE, '..', 'dist', 'cli.js');
  tmux('new-session', '-d', '-x', `${COLUMNS}`, '-y', `${ROWS}`,
    `PS1='$ ' ENV= sh`);
  tmux('send-keys', `fsync() { ${process.execPath} ${cli} "$@"; }; clear`, 'Enter');
  await shows(/^\$\s*$/);
  tmux('send-keys', 'fsync watch project backup/project', 'Enter');
  await shows(/watching \d/);

  // One change after the other, each seen on the screen before the next is made.
  write('project/notes.md');
  await shows(/copied notes\.md/);
  fs.renameSync(`${home}/project/docs`, `${home}/project/papers`);
  await shows(/papers/);
  fs.rmSync(`${home}/project/notes.md`);
  await shows(/removed notes\.md/);
  fs.chmodSync(`${home}/project/src/main.ts`, 0o755);
  await shows(/set .*main\.ts/);
  await shows(/next full pass|full pass in|due/);

  return tmux('capture-pane', '-e', '-p');
}

function tmux(...args: readonly string[]): string {
  return execFileSync('tmux', ['-S', `${home}/tmux`, '-f', '/dev/null', ...args], {
    encoding: 'utf8', cwd: home,
    env: { ...process.env, HOME: home, LANG: 'C.UTF-8', TERM: 'xterm-256color',
      XDG_STATE_HOME: `${home}/state`, XDG_RUNTIME_DIR: home },
  });
}

/** Waits until the screen shows something. */
async function shows(pattern: RegExp): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (pattern.test(tmux('capture-pane', '-p').trimEnd())) return;
    await delay(50);
  }
  throw new Error(`never seen: ${pattern}\n${tmux('capture-pane', '-p')}`);
}

function write(...names: readonly string[]): void {
  for (const name of names) {
    fs.mkdirSync(path.join(home, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(home, name), `${name}\n`.repeat(40));
  }
}

/** Text with the colours of a terminal as a picture. */
function svgOf(screen: string): string {
  const lines = screen.trimEnd().split('\n');
  const [width, height] = [COLUMNS * 8.43 + 40, lines.length * 19 + 64];
  let style = '';
  const rows = lines.map((line, at) => {
    // oxlint-disable-next-line no-control-regex -- the colours
    const parts = line.split(/\x1b\[([\d;]*)m/);
    const spans = parts.map((part, index) => {
      if (index % 2 === 1) {
        style = styleOf(part, style);
        return '';
      }
      if (part === '') return '';
      return `<tspan${style === '' ? '' : ` class="${style}"`}>${escaped(part)}</tspan>`;
    });
    return `  <text x="20" y="${at * 19 + 56}">${spans.join('')}</text>`;
  });

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.ceil(width)} ${height}" `
    + `role="img" aria-label="A terminal in which fsync watch tells what it mirrors">
  <style>
    text { font: 14px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #d8dee6;
      white-space: pre; }
    .red { fill: #f47067; } .green { fill: #6bc46d; } .yellow { fill: #daaa3f; }
    .blue { fill: #6cb6ff; } .magenta { fill: #dcbdfb; } .cyan { fill: #76e3ea; }
    .dim { fill: #8b949e; } .bold { font-weight: bold; }
  </style>
  <rect width="100%" height="100%" rx="8" fill="#1c2128"/>
  <circle cx="22" cy="20" r="6" fill="#f47067"/>
  <circle cx="42" cy="20" r="6" fill="#daaa3f"/>
  <circle cx="62" cy="20" r="6" fill="#6bc46d"/>
${rows.join('\n')}
</svg>
`;
}

/** What text looks like after a sequence of colours. */
function styleOf(codes: string, before: string): string {
  return codes.split(';').reduce((style, code) => {
    const name = CLASSES[Number(code)];
    return Number(code) === 0 || code === '39' ? '' : name ? `${style} ${name}`.trim() : style;
  }, before);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
