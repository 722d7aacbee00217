import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import path from 'node:path';

/** The tree that is measured: a tenth of it in each of ten folders, at the start. */
export interface Tree {
  readonly root: string;
  /** Folders that hold files, by their paths below the root. */
  folders: string[];
  /** How many files there are. */
  files: number;
  /** Counts up with each change, so that no two files are ever alike. */
  serial: number;
}

const FILE_BYTES = 2_000;
const FILES_A_FOLDER = 10;
const TENTHS = 10;
/** Folders side by side; more would be a tree that nobody has. */
const FOLDERS_A_GROUP = 40;

/** Makes the tree at a path that does not exist yet. Ten files a folder, as in a checkout. */
export function makeTree(root: string, files: number): Tree {
  const tree: Tree = { root, folders: [], files: 0, serial: 0 };
  const folders = Math.max(TENTHS, Math.round(files / FILES_A_FOLDER));
  for (let at = 0; at < folders; at += 1) {
    const group = Math.floor(at / TENTHS / FOLDERS_A_GROUP);
    const folder = path.join(`part-${at % TENTHS}`, `group-${group}`, `folder-${at}`);
    fs.mkdirSync(path.join(root, folder), { recursive: true });
    tree.folders.push(folder);
    for (let file = 0; file < FILES_A_FOLDER && tree.files < files; file += 1) {
      write(tree, path.join(folder, `file-${file}.txt`));
      tree.files += 1;
    }
  }
  return tree;
}

/** One file in a hundred changed, as many added, as many removed, all over the tree. */
export function churn(tree: Tree, round: number): void {
  const steps = Math.round(tree.files / 100);
  const stride = tree.folders.length / steps;
  for (let step = 0; step < steps; step += 1) {
    const folder = tree.folders[Math.floor(step * stride)]!;
    const names = fs.readdirSync(path.join(tree.root, folder)).sort();
    write(tree, path.join(folder, names[0]!));
    write(tree, path.join(folder, `added-${round}-${step}.txt`));
    fs.unlinkSync(path.join(tree.root, folder, names[1]!));
  }
}

/** A tenth of the tree goes elsewhere, with its folder. */
export function moveTenth(tree: Tree, round: number): void {
  const [from, to] = [tree.folders[0]!.split('/')[0]!, path.join(`moved-${round}`, 'inside')];
  fs.mkdirSync(path.join(tree.root, `moved-${round}`));
  fs.renameSync(path.join(tree.root, from), path.join(tree.root, to));
  tree.folders = tree.folders
    .map((folder) => (folder.startsWith(`${from}/`) ? to + folder.slice(from.length) : folder));
  // Another tenth is the first the next time, one that was not moved before.
  const next = tree.folders.findIndex((folder) => folder.startsWith('part-'));
  if (next > 0) tree.folders.push(...tree.folders.splice(0, next));
}

/** One file in ten gets another name, each for itself, all over the tree. */
export function renameTenth(tree: Tree, round: number): void {
  for (const folder of tree.folders) {
    const [name] = fs.readdirSync(path.join(tree.root, folder)).sort();
    const at = (to: string): string => path.join(tree.root, folder, to);
    fs.renameSync(at(name!), at(`renamed-${round}-${name!.slice(-40)}`));
  }
}

function write(tree: Tree, file: string): void {
  tree.serial += 1;
  const line = `${tree.serial} is the number of this file, and of no other\n`;
  fs.writeFileSync(path.join(tree.root, file), Buffer.alloc(FILE_BYTES, line));
}
