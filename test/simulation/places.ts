/** Where things are on the disk in memory. */
export const SOURCE = '/sim/S';
export const REPLICA = '/sim/D';
export const STATE = '/sim/state';
export const OUTSIDE = '/sim/outside';
export const TRASH = '/sim/trash';
