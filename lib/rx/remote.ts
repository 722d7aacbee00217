import { statfsSync } from 'node:fs';

import type { Path } from '../core/entry.ts';

/** File systems that others may change behind this system's back, by the type that statfs gives. */
const REMOTE = new Map([
  [0x6969, 'NFS'], [0xff534d42, 'SMB'], [0xfe534d42, 'SMB'], [0x517b, 'SMB'],
  [0x65735546, 'FUSE'], [0x01021997, '9P'], [0x00c36400, 'Ceph'], [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'], [0x73757245, 'Coda'], [0x564c, 'NCP'],
  // Those of clusters, whose disks several machines have at once.
  [0x0bd00bd0, 'Lustre'], [0x01161970, 'GFS2'], [0x7461636f, 'OCFS2'], [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  // What a virtual machine sees of the one it runs on.
  [0x786f4256, 'vboxsf'], [0xbacbacbc, 'vmhgfs'], [0x7c7c6673, 'prl_fs'], [0x00c0ffee, 'hostfs'],
]);

/** Which of them a folder is on, if any. `typeOf` is a seam for tests. */
export function remoteOf(folder: Path, typeOf = typeOfFileSystem): { remote?: string } {
  try {
    const remote = REMOTE.get(typeOf(folder));
    return remote === undefined ? {} : { remote };
  } catch {
    return {};
  }
}

/** The numbers are Linux's own, which gives some of them as negative ones. */
const typeOfFileSystem = (folder: Path): number =>
  (process.platform === 'linux' ? statfsSync(Buffer.from(folder, 'latin1')).type >>> 0 : 0);
