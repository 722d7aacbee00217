/** What a code means in plain words, and what to do where something can be done. */
export function reasonOf(code: string): string {
  const words = REASONS[code];
  if (words === undefined) return /^E[A-Z0-9]+$/.test(code) ? code : code.replaceAll('-', ' ');
  return /^E[A-Z]/.test(code) ? words.replace(/^[^:]*/, `$& (${code})`) : words;
}

/** What was being done, as it follows `cannot`. */
export const actionOf = (action: string): string => ACTIONS[action] ?? action;

const ACTIONS: Readonly<Record<string, string>> =
  { mkdir: 'make folder', set: 'set attributes of', 'copy-tree': 'copy folder', stat: 'look at',
    park: 'put aside', 'read-replica': 'read, in the replica,' };

/** The reason, then after a colon what to do. */
const REASONS: Readonly<Record<string, string>> = {
  // The system's codes.
  EACCES: 'permission denied: give the user that runs fsync access to it',
  EPERM: 'operation not permitted: the owner, root or a file attribute (lsattr) forbids it',
  ENOSPC: 'no space left on the disk: make room there',
  EDQUOT: 'disk quota exceeded: make room there, or raise the quota',
  EROFS: 'read-only file system: mount it writable',
  EIO: 'input/output error: check the disk or the connection (dmesg)',
  EUCLEAN: 'the file system is damaged: unmount and check it (fsck)',
  ENOENT: 'no such file or folder, it vanished meanwhile',
  ENOTDIR: 'something that is not a folder is in the way',
  EISDIR: 'a folder is in the way',
  EEXIST: 'something else appeared there meanwhile',
  ENOTEMPTY: 'the folder is not empty',
  EBUSY: 'in use, or a mount point: unmount it, or ignore it',
  ELOOP: 'a symlink is in the way where none may be followed',
  EXDEV: 'it lies on another file system',
  ENAMETOOLONG: 'the name is too long for the file system: shorten it, or ignore it',
  EILSEQ: 'the file system does not allow this name: rename it, or ignore it',
  EINVAL: 'the file system does not allow this',
  EOPNOTSUPP: 'the file system does not support this',
  ENOTSUP: 'the file system does not support this',
  ENOSYS: 'the file system does not support this',
  EFBIG: 'the file is too large for the file system or the limit (ulimit -f)',
  EMLINK: 'too many links',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
  ENFILE: 'too many open files in the whole system',
  ENOMEM: 'out of memory',
  ETXTBSY: 'the program is running',
  ESTALE: 'the network file system lost it: mount it again',
  ETIMEDOUT: 'the network file system does not answer',
  EHOSTDOWN: 'the server of the network file system is down',
  ENOTCONN: 'the file system lost its connection: mount it again',
  EOVERFLOW: 'a number is too large for the file system',
  // Ours.
  'trash-gone': 'the trash, where it is to be kept, is gone',
  'trash-unusable': 'something is in the way in the trash, where it is to be kept: move it away',
  'trash-full': 'no space left in the trash, where the old one is to be kept: make room there',
  'never-rests': 'it changes while it is read: the last complete reading is kept',
  'never-ends': 'it grows faster than it can be read',
  'ignored-inside': 'what is ignored in the folder of the replica has its place: remove it there',
  'ignored-there': 'what the replica has there is ignored, and stays: remove it there',
  'is-the-replica': 'it is the replica itself: choose folders that do not overlap',
  changed: 'it changed meanwhile',
  'changed-type': 'it became something else meanwhile',
  'root-moved': 'the source or the replica is another folder by now: sync once more',
  mount: 'another file system is mounted there: unmount it, or ignore it',
  'mount-other': 'another file system than before is mounted there: mount that again, or approve'
    + ' this (the word "approve", or sync --approve-deletes)',
  'mount-gone': 'what was mounted there is gone: mount it again, or approve that'
    + ' (the word "approve", or sync --approve-deletes)',
  'mount-new': 'something is mounted over what was there: unmount it, or approve that'
    + ' (the word "approve", or sync --approve-deletes)',
  'mount-unknown': 'it is empty, and what was recorded of it is lost: mount what was there, or'
    + ' approve that (the word "approve", or sync --approve-deletes)',
  'same-name': 'the file system takes it for another name that is there: rename one of them',
  'source-missing': 'the source is missing',
  'not-a-folder': 'it is no folder',
};
