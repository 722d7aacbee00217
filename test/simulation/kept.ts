import type { Row } from './row.ts';

/** Rows that once failed, shrunk; each found something, and is run always. */
export const KEPT: readonly (Row & { readonly found: string })[] = [
  {
    found: 'an emptied folder was removed though the source had it again',
    seed: 10020, settings: { reuse: true, chunk: 4096 },
    steps: [
      { edit: 'S', seed: 390306, times: 3 }, { edit: 'D', seed: 761979, times: 3 }, { sync: [] },
      { edit: 'S', seed: 306003, times: 7 }, { sync: [{ at: 276, hit: 'S', seed: 87280 }] },
    ],
  },
  {
    found: 'a file lost its content and its row in a power cut, and was taken for equal',
    seed: 1113, settings: { hearing: { twice: 20, invented: 10 } },
    steps: [
      { edit: 'S', seed: 823683 },
      { watch: 6000, during: [
        { ms: 216, edit: 'S', seed: 613049 }, { ms: 64, edit: 'S', seed: 150360 },
        { at: 285, hit: 'S', seed: 664870 },
      ] },
      { power: 969944 },
    ],
  },
  {
    found: 'a half file that could not be removed showed under its name in a new folder',
    seed: 3249, settings: { chunk: 4096 },
    steps: [
      { edit: 'S', seed: 226579, times: 24 }, { sync: [{ at: 153, blind: 'EBUSY', calls: 2000 }] },
    ],
  },
  {
    found: 'a rename that was done though it failed: what it had placed was removed again',
    seed: 3503,
    steps: [
      { edit: 'S', seed: 985726, times: 5 }, { edit: 'D', seed: 71743, times: 3 },
      { edit: 'S', seed: 904128, times: 5 },
      { watch: 6000, during: [{ at: 155, error: 'EBUSY', after: true }] },
    ],
  },
  {
    found: 'a file that had moved with its folder was removed for being gone from its old place',
    seed: 40682, settings: { hearing: { twice: 20, invented: 10 }, grain: 4000 },
    steps: [
      { sync: [] },
      { watch: 6000, during: [
        { ms: 316, edit: 'S', seed: 697021 }, { ms: 317, edit: 'S', seed: 143774 },
        { ms: 317, edit: 'S', seed: 703514 }, { ms: 410, edit: 'S', seed: 293510 },
        { ms: 410, edit: 'S', seed: 783224 }, { ms: 285, edit: 'S', seed: 395677 },
        { at: 106, edit: 'S', seed: 696801 }, { at: 139, edit: 'S', seed: 249819 },
        { at: 242, hit: 'S', seed: 275641 },
      ] },
    ],
  },
  {
    found: 'the simulation itself measured what a power cut takes by a clock that was set back',
    seed: 40359,
    steps: [
      { sync: [{ at: 39, edit: 'S', seed: 386579 }] }, { watch: 1000, during: [] },
      { clock: -3_600_000 }, { watch: 1000, during: [{ ms: 12, edit: 'S', seed: 608766 }] },
      { power: 584067 },
    ],
  },
  {
    found: 'what was written after the clock was set back was believed after a power cut',
    seed: 43,
    steps: [
      { edit: 'S', seed: 302, times: 2 },
      { watch: 6000, during: [
        { ms: 1500, edit: 'S', seed: 473 }, { ms: 1700, clock: -3_600_000 },
        { ms: 1900, edit: 'S', seed: 564 }, { ms: 4500, crash: true },
      ] },
      { power: 731 },
    ],
  },
  {
    found: 'a folder that somebody put in the place of a new symlink was recorded as its copy',
    seed: 7466, settings: { grain: 10_000 },
    steps: [
      { edit: 'S', seed: 64498, times: 17 }, { edit: 'D', seed: 866673, times: 1 },
      { watch: 30000, during: [{ at: 25, edit: 'S', seed: 220916 }, { at: 41, crash: true }] },
      { edit: 'D', seed: 171014, times: 3 },
      { watch: 6000, during: [
        { ms: 75, edit: 'S', seed: 102235 }, { ms: 30, edit: 'S', seed: 316721 },
        { ms: 30, edit: 'S', seed: 448647 }, { at: 25, edit: 'D', seed: 383733 },
        { at: 54, edit: 'S', seed: 551453 }, { at: 131, hit: 'S', seed: 587099 },
        { at: 238, edit: 'S', seed: 944911 }, { at: 284, edit: 'S', seed: 883523 },
        { at: 297, edit: 'S', seed: 615871 }, { at: 378, hit: 'S', seed: 595363 },
        { at: 631, hit: 'D', seed: 140346 },
      ] },
    ],
  },
  {
    found: 'a file made room for a folder of the source that had become a file by then',
    seed: 1789,
    steps: [
      { edit: 'S', seed: 219371, times: 2 }, { edit: 'D', seed: 807071, times: 3 },
      { sync: [{ at: 13, edit: 'S', seed: 993269 }, { at: 70, hit: 'S', seed: 552568 }] },
    ],
  },
  {
    found: 'a folder made anew with the inode of the one before was scanned twice, and left litter',
    seed: 104, settings: { reuse: true },
    steps: [
      { edit: 'S', seed: 993336, times: 25 },
      { watch: 30000, during: [
        { ms: 511, edit: 'S', seed: 7282 }, { ms: 504, edit: 'S', seed: 759974 },
      ] },
    ],
  },
  {
    found: 'what was written in a file that had just been renamed was taken for its content',
    seed: 995196, settings: { interval: 20000 },
    steps: [
      { edit: 'S', seed: 583644, times: 16 },
      { watch: 30000, during: [
        { ms: 223, edit: 'D', seed: 327272 }, { ms: 93, edit: 'D', seed: 956735 },
        { at: 304, edit: 'D', seed: 837967 },
      ] },
    ],
  },
  {
    found: 'what was written in the replica just before its time was set stayed, hidden by it',
    seed: 700359,
    steps: [
      { edit: 'S', seed: 285273, times: 17 },
      { watch: 30000, during: [
        { ms: 108, edit: 'S', seed: 590500 }, { at: 6, edit: 'S', seed: 380140 },
        { at: 202, hit: 'D', seed: 707388 },
      ] },
    ],
  },
  {
    found: 'a folder that was emptied before a power cut took its row was taken for a mount gone',
    seed: 2001744, settings: {},
    steps: [
      { edit: 'S', seed: 879286, times: 2 },
      { sync: [] },
      { edit: 'S', seed: 332422, times: 1 },
      { power: 69785 },
    ],
  },
  {
    found: 'what somebody did in the replica to a file just before it was linked stayed, hidden',
    seed: 2003098, settings: { slow: 300 },
    steps: [
      { edit: 'S', seed: 99889, times: 8 },
      { watch: 30000, during: [
        { ms: 2877, edit: 'S', seed: 764657 }, { ms: 271, edit: 'S', seed: 211352 },
      ] },
      { edit: 'S', seed: 841050, times: 2 },
      { sync: [] },
      { edit: 'S', seed: 909051, times: 6 },
      { watch: 1000, during: [{ at: 180, edit: 'D', seed: 152933 }] },
    ],
  },
  {
    found: 'a folder that was touched when it had just got its time kept the wrong one',
    seed: 3006869, settings: { slow: 300, durable: true },
    steps: [
      { edit: 'S', seed: 114990, times: 2 },
      { sync: [{ at: 14, edit: 'S', seed: 414866 }, { at: 137, edit: 'D', seed: 95396 }] },
    ],
  },
  {
    found: 'what was placed in a folder that others had moved was removed from where it had been',
    seed: 3003218, settings: { slow: 300 },
    steps: [
      { edit: 'S', seed: 531220, times: 13 },
      { watch: 6000, during: [
        { ms: 250, edit: 'S', seed: 665518 }, { ms: 118, edit: 'S', seed: 881553 },
        { ms: 243, edit: 'S', seed: 715317 }, { at: 231, hit: 'D', seed: 655127 },
        { at: 483, edit: 'D', seed: 875996 },
      ] },
    ],
  },
  {
    found: 'what was written to a file that had just got its name was recorded as its copy',
    seed: 5000170,
    steps: [
      { watch: 30000, during: [{ ms: 926, edit: 'S', seed: 159024 }, { at: 34, spoil: 196841 }] },
    ],
  },
  {
    found: 'a symlink that took the name of one that had just got it was recorded as its copy',
    seed: 70,
    steps: [
      { edit: 'S', seed: 70, times: 23 }, { edit: 'S', seed: 773912, times: 2 },
      { sync: [{ at: 20, spoil: 701393 }] },
    ],
  },
  {
    found: 'what was written to a file that had just been renamed was hidden by its time',
    seed: 215,
    steps: [
      { edit: 'S', seed: 215, times: 17 },
      { watch: 1000, during: [{ at: 112, spoil: 783496 }, { at: 304, spoil: 346737 }] },
    ],
  },
  {
    found: 'what was written to a file that had just been linked was recorded as its copy',
    seed: 155,
    steps: [
      { edit: 'S', seed: 155, times: 20 }, { edit: 'S', seed: 368339, times: 8 },
      { watch: 6000, during: [{ at: 148, spoil: 200501 }, { at: 67, spoil: 870181 }] },
    ],
  },
  {
    found: 'what the source had again was removed after a folder beside it that took long',
    seed: 8000925, settings: { durable: true, rules: true },
    steps: [
      { edit: 'S', seed: 398062, times: 17 }, { edit: 'D', seed: 883135, times: 5 },
      { sync: [{ at: 299, hit: 'S', seed: 445617 }] },
    ],
  },
  {
    found: 'half a copy that a kill had left was renamed to a name before it was on the disk',
    seed: 9000733, settings: { durable: true },
    steps: [
      { edit: 'S', seed: 362251, times: 20 },
      { sync: [{ at: 78, spoil: 89025 }, { at: 110, crash: true }] },
    ],
  },
  {
    found: 'what was written to a renamed file got the time of its source, and no row after a kill',
    seed: 40000574,
    steps: [
      { edit: 'S', seed: 280927, times: 11 }, { watch: 6000, during: [] },
      { edit: 'S', seed: 292451, times: 3 }, { edit: 'D', seed: 785847, times: 2 },
      { sync: [{ at: 56, spoil: 20135 }, { at: 298, crash: true }] },
    ],
  },
  {
    found: 'a pass aside copied a name that the long pass had just made a link',
    seed: 67003420, settings: { hearing: { twice: 20, invented: 10 }, slow: 3000 },
    steps: [
      { edit: 'S', seed: 614578, times: 26 }, { edit: 'D', seed: 652817, times: 2 },
      { sync: [{ at: 55, error: 'EDQUOT', after: true }, { at: 123, crash: true }] },
      { watch: 30000, during: [
        { ms: 231, edit: 'S', seed: 23109 }, { ms: 231, edit: 'S', seed: 332636 },
        { ms: 363, edit: 'S', seed: 434625 },
      ] },
      { edit: 'S', seed: 35470, times: 5 }, { sync: [{ at: 16, crash: true }] },
      { edit: 'S', seed: 74464, times: 1 },
      { watch: 6000, during: [
        { ms: 2999, edit: 'S', seed: 213847 }, { ms: 2914, edit: 'S', seed: 509042 },
        { ms: 2960, edit: 'S', seed: 203013 }, { ms: 2925, edit: 'S', seed: 597576 },
        { ms: 260, edit: 'S', seed: 606142 }, { ms: 341, edit: 'S', seed: 408549 },
        { ms: 191, edit: 'S', seed: 549609 }, { ms: 190, edit: 'S', seed: 501772 },
        { at: 159, hit: 'S', seed: 522344 },
      ] },
    ],
  },
  {
    found: 'by the simulation, wrongly: what was replaced, and gone after the last look, was held',
    seed: 71003826, settings: { maxDelete: 0 },
    steps: [
      { edit: 'S', seed: 326196, times: 3 },
      { watch: 1000, during: [
        { ms: 139, edit: 'S', seed: 338264 }, { ms: 138, edit: 'S', seed: 730158 },
        { at: 232, hit: 'S', seed: 616279 },
      ] },
    ],
  },
];
